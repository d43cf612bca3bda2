"""A full office in a house that has a past, as one JSON object: `python -m bench.office AGENTS OTHERS N`.

Opens the accounts of that many answering agents, as sample accounts of the demonstration, and names OTHERS people who
work on cases, the subjects that may be asked, N addresses, N people, and N cases that each of the others may read.
"""

import json
import random
import sys
from typing import Any

import django

django.setup()

from django.db import transaction  # noqa: E402

from bench.prepare import subject  # noqa: E402
from parvis.apps.cases.models import Case, State  # noqa: E402
from parvis.apps.cases.queries.access import unrestricted  # noqa: E402
from parvis.apps.catalogue.models import Subject  # noqa: E402
from parvis.apps.directory.models import Membership, User  # noqa: E402
from parvis.apps.directory.rules.permissions import Action  # noqa: E402
from parvis.apps.places.models import Address  # noqa: E402
from parvis.apps.residents.models import Person  # noqa: E402
from parvis.surfaces.desk.queue.screen import departments_of  # noqa: E402

SEED = 311


@transaction.atomic
def agents(count: int) -> list[str]:
    """The names of that many agents, whose place is that of the first answering agent of the sample town."""
    sample = User.objects.filter(sample=True, is_active=True).order_by("pk")
    first = next(user for user in sample if user.may(Action.TAKE_CONTACT))
    places = list(Membership.objects.filter(user=first))
    names = [f"banc.{rank:02d}" for rank in range(count)]
    for name in names:
        user, new = User.objects.get_or_create(
            username=name, defaults={"first_name": "Essai", "last_name": name, "sample": True}
        )
        for place in places if new else ():
            Membership.objects.create(user=user, department=place.department, role=place.role)
    return names


def workers(count: int, cases: int, rng: random.Random) -> list[dict[str, Any]]:
    """Who works on cases, with a queue of theirs and cases of it; the same person several times when there are few."""
    sample = list(User.objects.filter(sample=True, is_active=True).exclude(username__startswith="banc.").order_by("pk"))
    result: list[dict[str, Any]] = []
    for user in sample:
        for department in departments_of(user):
            if not user.may_in(Action.WORK_CASE, department.pk):
                continue
            rows = Case.objects.filter(unrestricted(), department=department, state__in=[State.NEW, State.WORKING])
            references = list(rows.order_by("pk").values_list("reference", flat=True)[:2000])
            if len(references) >= cases:
                outcome = {"who": user.username, "queue": department.slug, "cases": rng.sample(references, cases)}
                result.append(outcome)
    return [result[rank % len(result)] for rank in range(count)]


def office(count: int, others: int, cases: int) -> dict[str, Any]:
    """Who is there, and what they will be asked."""
    rng = random.Random(SEED)
    people = Person.objects.exclude(email="").order_by("pk")
    return {
        "agents": agents(count),
        "workers": workers(others, cases, rng),
        "subjects": [subject(row) for row in Subject.objects.filter(active=True, routable=True)],
        "addresses": list(Address.objects.order_by("pk").values_list("pk", flat=True)[:cases]),
        "people": list(people.values_list("pk", flat=True)[:cases]),
        "names": list(people.values_list("name", flat=True)[:cases]),
    }


if __name__ == "__main__":
    print(json.dumps(office(*(int(item) for item in sys.argv[1:4]))))
