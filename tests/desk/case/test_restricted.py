"""A request of a restricted subject: its posts open it; everyone else has its reference, and whom to ask."""

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.core import mail as sent_mail
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django import Settings

from parvis.apps.cases.models import Case, Entry, PaperLetter
from parvis.apps.cases.queries.access import may, may_read, may_work, readable, readers
from parvis.apps.cases.queries.assigning import workers_of
from parvis.apps.cases.queries.lists.case_search import SearchFilter, search_cases
from parvis.apps.cases.queries.warnings import BROKEN, warning
from parvis.apps.cases.rules.states import Transition
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.merging import merging
from parvis.apps.catalogue.models import Subject
from parvis.apps.directory.models import Actor, User
from parvis.apps.directory.rules.permissions import Role, Scope
from parvis.apps.intake.channels import Arrival
from parvis.apps.intake.models import Alert, Callback, Contact
from parvis.apps.intake.queries.contacts import file, find_contacts
from parvis.apps.intake.services import contacts
from parvis.apps.intake.services.alerts import raise_alert
from parvis.apps.integrations import tasks
from parvis.apps.residents.models import Person
from parvis.apps.workspace.services import workspace
from parvis.lib.errors import Conflict, NotAllowed
from parvis.lib.ttl_cache import forget_all
from tests.api.calls import Program, new_key
from tests.api.receiver import receiving
from tests.desk.case.made import TUESDAY, opened
from tests.desk.case.test_protected_address import client_of, told
from tests.factories import SmallTown, make_person, make_subject, make_user, unique
from tests.intake.test_received_mail import raw, received

pytestmark = pytest.mark.django_db
SECRETS = ("zibeline", "quokka", "wombat", "narval", "okapi", "fossane", "tamanoir", "Quenneville", "450 555-7319")
"""What was asked, its title, a note, an answer, the call, the message, the alert, the person and their number."""
POSTS = [{"department": "batiment", "role": "technician"}, {"department": "", "role": "privacy_officer"}]
OPENED = {Role.PRIVACY_OFFICER}


@pytest.fixture(autouse=True)
def _tuesday(settings: Settings) -> None:
    settings.PARVIS_NOW = TUESDAY


@dataclass(frozen=True)
class Reserved:
    """A restricted request given to a technician outside its posts, with all that surrounds it."""

    case: Case
    person: Person
    contact: Contact
    message: Contact
    letter: PaperLetter


def restrict(subject: Subject, posts: list[dict[str, str]] = POSTS) -> None:
    Subject.objects.filter(pk=subject.pk).update(restricted_to=posts)
    forget_all()


@pytest.fixture
def reserved(town: SmallTown, run_jobs: Any) -> Reserved:
    subject = make_subject("plainte", town.works, title="Plainte sur une personne", place="none", nature="complaint")
    person = make_person("Zoé Quenneville", phone="+14505557319", address_text="8, rue du Quai", reach="paper")
    values: dict[str, Any] = {"subject": subject, "nature": "complaint", "address": None, "person": person}
    case = opened(town, words="On m’a parlé de zibeline.", title="Un quokka", **values)
    contact = contacts.receive(
        Arrival(channel="phone", key=unique(), by=Actor.staff(town.agent), person=person, text="wombat")
    )
    message = Contact.objects.get(mails__incoming=received(raw("Il y a du narval.", Subject="narval")))
    for row in (contact, message):
        row.matters.create(
            key=unique(), outcome="case", case=case, words="wombat", subject=subject, at=row.started_at, by=town.agent
        )
    contacts.finish(contact_id=contact.pk, by=town.agent)
    Contact.objects.filter(pk=message.pk).update(state="done", agent=town.agent, ended_at=message.started_at)
    handling.assign(case_id=case.pk, to=town.technician, by=town.manager)
    workspace.note(case_id=case.pk, words=f"okapi @{town.agent.username}", by=town.technician)
    workspace.follow_up(case=case, on=date(2026, 11, 25), words="okapi", by=town.technician)
    handling.answer(case_id=case.pk, words="La fossane est partie.", by=town.technician)
    raise_alert(key=unique(), kind=Alert.Kind.THREAT, words="tamanoir", case=case, by=town.technician)
    entry = case.entries.filter(kind=Entry.Kind.ANSWERED).get()
    Callback.objects.create(case=case, person=person, phone="+14505557319", reason="fossane", due_at=entry.at)
    run_jobs()
    sent_mail.outbox.clear()
    restrict(subject)
    return Reserved(Case.objects.get(pk=case.pk), person, contact, message, PaperLetter.objects.latest("pk"))


def pages(reserved: Reserved) -> list[str]:
    """Every page of the desk but those of the person's own file, with those of this request and searches for it."""
    named: dict[str, object] = {
        **{"reference": reserved.case.reference, "contact_id": reserved.message.pk, "slug": "voirie", "seq": 1},
        **{"user_id": reserved.case.owner_id, "name": "case", "key": uuid.UUID(int=1), "page": "controls"},
        "alert_id": Alert.objects.get().pk,
    }
    result = []
    for resolver in get_resolver().url_patterns:
        if isinstance(resolver, URLResolver) and resolver.namespace == "desk":
            for pattern in resolver.url_patterns:
                assert isinstance(pattern, URLPattern) and pattern.name
                values = {name: named.get(name, 1) for name in pattern.pattern.converters}
                if "person_id" not in values:
                    result.append(reverse(f"desk:{pattern.name}", kwargs=values) + "?as=page")
    words = ("zibeline", "quokka", "wombat", "narval", "fossane", reserved.case.reference)
    result += [
        f"/desk/{search}?q={each}" for each in words for search in ("search/", "search/preview/", "search/instant")
    ]
    result += [f"/desk/queue/voirie/?sort={sort}" for sort in ("newest", "oldest", "street")]
    result += [f"/desk/queue/voirie/?view={view}" for view in ("open", "mine", "late", "today", "to_take", "paused")]
    result += [
        f"/desk/cases/{reserved.case.reference}/neighbours?queue=voirie",
        "/desk/?stay",
        "/desk/mine/",
        "/desk/alerts/",
    ]
    result += [f"/desk/inbox/?view={view}" for view in ("new", "mine", "answered", "awaited", "later", "spam")]
    result += [f"/desk/contacts/{reserved.contact.pk}/receipt/?as=page", f"/desk/contacts/{reserved.contact.pk}/"]
    result += [f"/desk/inbox/{reserved.message.pk}/print/", f"/desk/letters/print/?letter={reserved.letter.pk}&as=page"]
    result += ["/desk/opinions/?since=all", "/desk/opinions/opinions.csv?since=all", "/desk/mine/news"]
    return result


def typed(page: str, address: str) -> str:
    """The page without the words that its own address holds, which a search shows again."""
    query = address.partition("q=")[2]
    return page.replace(query, "") if query else page


@pytest.mark.parametrize("role", [role for role in Role if role not in OPENED])
def test_no_page_of_the_desk_tells_it_to_another_post(town: SmallTown, reserved: Reserved, role: Role) -> None:
    client, leaks, read = client_of(town.staff[role]), dict[str, list[str]](), 0
    for address in pages(reserved):
        response = client.get(address, follow=True)
        said, read = typed(told(response), address), read + (response.status_code == 200)
        if found := [secret for secret in SECRETS if secret in said]:
            leaks[address] = found
    assert leaks == {} and read >= 5


@pytest.mark.both_databases
def test_its_posts_open_it_whatever_their_department(town: SmallTown, reserved: Reserved) -> None:
    for user in (town.planner, town.privacy_officer):
        page = told(client_of(user).get(f"/desk/cases/{reserved.case.reference}/"))
        assert "zibeline" in page and "okapi" in page, user
        assert search_cases("zibeline", SearchFilter(), user=user).cases == [reserved.case]


def test_the_others_have_its_reference_and_whom_to_ask(town: SmallTown, reserved: Reserved) -> None:
    reference, asked = reserved.case.reference, "Paul Ouellet (Batiment, poste 31)"
    client = client_of(town.technician)
    for address in ("/desk/queue/voirie/", "/desk/mine/", f"/desk/search/instant?q={reference}"):
        page = told(client.get(address))
        assert reference in page and asked in page, address
    refused = client.get(f"/desk/cases/{reference}/")
    assert refused.status_code == 403 and reference in told(refused) and asked in told(refused)
    assert client_of(town.agent).get(f"/desk/cases/{reference}/").status_code == 403
    assert client_of(town.agent_and_technician).get(f"/desk/cases/{reference}/").status_code == 200, "a post of theirs"
    stranger = make_user("ines.roy", (town.desk, Role.TECHNICIAN))
    assert client_of(stranger).get(f"/desk/cases/{reference}/").status_code == 404, "it was never theirs to see"


_T = Transition
TRANSITIONS = (_T.TAKE, _T.ANSWER, _T.NOTE, _T.CLOSE, _T.PASS_ON, _T.REPLY, _T.ERASE, _T.NOT_FIXED)


@pytest.mark.both_databases
@pytest.mark.parametrize("role", list(Role))
def test_the_table_of_roles_and_actions_on_it(town: SmallTown, reserved: Reserved, role: Role) -> None:
    user, case = town.staff[role], reserved.case
    may_open = role in OPENED
    assert may_read(user, case) is may_open
    assert Case.objects.filter(readable(user), pk=case.pk).exists() is may_open
    assert User.objects.filter(readers(case), pk=user.pk).exists() is may_open
    if not may_open:
        assert not may_work(user, case) and not any(may(user, transition, case) for transition in TRANSITIONS)
        with pytest.raises(NotAllowed):
            handling.note(case_id=case.pk, words="Moi aussi.", by=user)
    assert [row.restricted for row in file(reserved.person, user=user).cases] == [not may_open]
    assert bool(find_contacts("Quenneville", user)) is may_open


def test_nothing_is_taken_or_merged_from_the_list(town: SmallTown, reserved: Reserved) -> None:
    page = told(client_of(town.technician).get("/desk/queue/voirie/"))
    assert f"/desk/cases/{reserved.case.reference}/take/" not in page
    other = opened(town, person=reserved.person)
    with pytest.raises((Conflict, NotAllowed)):
        merging.merge(case_id=reserved.case.pk, into_id=other.pk, words="la même", by=Actor.staff(town.privacy_officer))


def test_a_letter_to_the_staff_tells_only_its_reference(town: SmallTown, reserved: Reserved) -> None:
    letter = str(warning(reserved.case.pk, BROKEN))
    assert reserved.case.reference in letter and "Paul Ouellet" in letter
    assert not [secret for secret in SECRETS if secret in letter] and "Plainte" not in letter


def test_no_key_reads_it(town: SmallTown, reserved: Reserved) -> None:
    secret, _key = new_key(town.key_maker, Scope.CASES_READ, Scope.PERSONS_READ, Scope.CONTACTS_READ)
    program, reference = Program(secret), reserved.case.reference
    whole = program.get(f"/cases/{reference}")
    assert whole.value["subject"]["slug"] == "restricted" and "Paul Ouellet" in whole.value["subject"]["title"]
    assert whole.value["personal"] is None
    for answer in (whole, program.get("/cases"), program.get("/contacts"), program.get("/cases", subject="plainte")):
        said = answer.response.content.decode()
        assert not [word for word in (*SECRETS, "plainte", "Plainte") if word in said]
    assert program.get("/cases", subject="plainte").value["items"] == []


def test_figures_by_subject_do_not_count_it(town: SmallTown, reserved: Reserved) -> None:
    page = told(client_of(town.manager).get("/desk/opinions/?since=all"))
    assert "Plainte sur une personne" not in page
    assert "Plainte sur une personne" not in told(client_of(town.agent).get("/desk/?stay"))


def test_who_has_the_call_in_hand_goes_on_until_it_is_finished(town: SmallTown, reserved: Reserved) -> None:
    contact = contacts.receive(Arrival(channel="phone", key=unique(), by=Actor.staff(town.agent), text="numbat"))
    contact.matters.create(key=unique(), outcome="case", case=reserved.case, at=contact.started_at, by=town.agent)
    client = client_of(town.agent)
    assert client.get(f"/desk/contacts/{contact.pk}/").status_code == 200
    contacts.finish(contact_id=contact.pk, by=town.agent)
    assert client.get(f"/desk/contacts/{contact.pk}/receipt/?as=page").status_code == 404
    assert "numbat" not in told(client.get("/desk/recent/"))


def test_its_citizen_still_follows_it(reserved: Reserved) -> None:
    assert "zibeline" in told(Client().get(reverse("public:follow", args=[reserved.case.secret])))


def test_its_posts_print_its_letters_and_make_its_calls(town: SmallTown, reserved: Reserved) -> None:
    client = client_of(town.privacy_officer)
    assert "Quenneville" in told(client.get("/desk/letters/"))
    assert "fossane" in told(client.get(f"/desk/letters/print/?letter={reserved.letter.pk}&as=page"))
    assert "450 555-7319" in told(client.get("/desk/callbacks/"))


@pytest.mark.both_databases
def test_the_posting_of_its_letters_is_refused_to_others(town: SmallTown, reserved: Reserved) -> None:
    client_of(town.agent).post("/desk/letters/posted/", {"letter": reserved.letter.pk})
    reserved.letter.refresh_from_db()
    assert reserved.letter.posted_at is None


def test_the_load_gives_it_to_those_who_open_it(town: SmallTown, reserved: Reserved) -> None:
    town.planning.assignment = "load"
    town.planning.save()
    newcomer = make_user("ines.roy", (town.planning, Role.MANAGER))
    assert {worker.user for worker in workers_of(town.planning)} == {town.planner, town.agent_and_technician, newcomer}
    opens = {worker.user for worker in workers_of(town.planning, subject_id=reserved.case.subject_id)}
    assert opens == {town.planner, town.agent_and_technician}


def test_a_message_that_becomes_one_leads_back_to_the_list(town: SmallTown, reserved: Reserved) -> None:
    message = Contact.objects.get(mails__incoming=received(raw("Encore du narval.", Subject="Encore")))
    client = client_of(town.agent)
    assert "Encore du narval" in told(client.get(f"/desk/inbox/{message.pk}/"))
    answer = client.post(f"/desk/inbox/{message.pk}/request/", {"subject": "plainte"}, follow=True)
    assert answer.status_code == 200 and "est ouverte" in told(answer) and "narval" not in told(answer)
    assert client.get(f"/desk/inbox/{message.pk}/").status_code == 404
    assert client.get(f"/desk/inbox/{message.pk}/written/").status_code == 404


def test_a_webhook_tells_its_reference_alone(
    town: SmallTown, reserved: Reserved, run_jobs: Any, settings: Settings
) -> None:
    settings.PARVIS_WEBHOOK_TRUSTED_HOSTS = ["127.0.0.1"]
    scopes = (Scope.CASES_WRITE, Scope.WEBHOOKS_MANAGE, Scope.PERSONS_READ)
    secret, _key = new_key(town.key_maker, *scopes)
    with receiving() as receiver:
        made = Program(secret).post("/webhooks", {"url": receiver.url, "events": ["case.opened", "case.answered"]})
        assert made.status == 201
        case = opened(town, subject=reserved.case.subject, nature="complaint", address=None, words="zibeline")
        handling.answer(case_id=case.pk, words="fossane", by=town.planner)
        for _time in range(2):
            tasks.deliver_due()
            run_jobs()
        sent = " ".join(body.decode() for _headers, body in receiver.calls)
    assert case.reference in sent and not [word for word in (*SECRETS, "plainte") if word in sent]
