"""What any invented past of a town holds, whichever way it was written."""

from collections import Counter
from collections.abc import Callable

from django.test import Client

from parvis.apps.cases.models import Case, State
from parvis.apps.cases.queries import cases
from parvis.apps.cases.queries.lists import case_search
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.rules.permissions import Role
from parvis.apps.intake.models import Contact
from parvis.apps.residents.models import Person, PhoneNumber
from parvis.apps.residents.queries import people


def every_example_bears_its_mark(prefix: str) -> None:
    """The keys of its requests and contacts begin so; its people are said to be invented, and cannot be reached."""
    assert not Case.objects.exclude(key__startswith=prefix).exists()
    assert not Contact.objects.exclude(key__startswith=prefix).exists()
    assert not Person.objects.exclude(note__contains="fictive").exists()
    assert not Person.objects.exclude(email="").exclude(email__endswith="@courriel.example").exists()
    assert not PhoneNumber.objects.exclude(number__regex=r"^\+1\d{3}555\d{4}$").exists()


def every_queue_has_something_to_do_today(signed_in: Callable[[User], Client]) -> None:
    """Each view holds something in some department; a queue and a case open; each agent has taken calls."""
    manager = next(user for user in User.objects.all() if Role.MANAGER in user.roles)
    inside = Department.objects.exclude(kind=Department.Kind.EXTERNAL)
    counts = [cases.counts(department.pk, manager) for department in inside]
    for view in ("late", "today", "to_take", "paused", "reopened", "comments"):
        assert any(each[view] for each in counts), (view, counts)
    busiest = Counter(Case.objects.exclude(state=State.CLOSED).values_list("department", flat=True)).most_common(1)
    page = signed_in(manager).get(f"/desk/queue/{Department.objects.get(pk=busiest[0][0]).slug}/")
    assert page.status_code == 200
    reference = Case.objects.exclude(state=State.CLOSED).latest("opened_at").reference
    assert signed_in(manager).get(f"/desk/cases/{reference}/").status_code == 200
    agents = [user for user in User.objects.all() if Role.AGENT in user.roles]
    assert all(user.contacts.filter(state=Contact.State.DONE).count() >= 10 for user in agents)


def people_and_cases_are_found() -> None:
    """The last case by its person and reference; a person by name, and by number."""
    case = Case.objects.exclude(person=None).exclude(words="").latest("pk")
    assert case.person is not None
    manager = next(user for user in User.objects.all() if Role.MANAGER in user.roles)
    words = f"{case.person.name} {case.reference[3:7]}"
    assert case in case_search.search_cases(words, case_search.SearchFilter(), user=manager).cases
    assert case.person in people.find(case.person.name)
    phone = PhoneNumber.objects.latest("pk")
    assert phone.person in people.find(phone.number.removeprefix("+1"))
