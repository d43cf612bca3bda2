"""A protected address stands nowhere but behind the reason that was given; every page of the desk is walked for it."""

import html
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django import Settings

from parvis.cases import services as cases
from parvis.cases.models import Case, PaperLetter
from parvis.directory.models import User
from parvis.directory.permissions import Role
from parvis.intake import services as intake
from parvis.intake.channels import Arrival
from parvis.intake.models import Callback, Contact
from parvis.places.models import Address
from parvis.residents import services
from parvis.residents.models import Person
from tests.desk.case.made import TUESDAY, opened
from tests.factories import SmallTown, make_address, make_person, unique

pytestmark = pytest.mark.django_db
ADDRESS, PHONE, EMAIL, POINT = "4711, chemin du Hérisson", "450 555-7319", "cachette@exemple.ca", (45.4711, -73.48)
SECRETS = ("4711", "555-7319", "5557319", "7319", EMAIL)


@pytest.fixture(autouse=True)
def _tuesday(settings: Settings) -> None:
    settings.PARVIS_NOW = TUESDAY


@dataclass(frozen=True)
class Hidden:
    """Someone whose address is protected, all that was kept of them, and a neighbour who is not."""

    person: Person
    address: Address
    case: Case
    contact: Contact
    callback: Callback
    letter: PaperLetter
    neighbour: Case

    @property
    def values(self) -> dict[str, object]:
        """What each part of an address of the desk is filled with."""
        others = (
            *("visit_id", "device_id", "declaration_id", "works_id", "incident_id", "report_id", "alert_id", "rule_id"),
            *("key_id", "membership_id", "view_id", "batch_id", "absence_id", "organisation_id", "row_id", "flag_id"),
            *("mention_id", "follow_up_id", "snippet_id", "number", "matter_id", "merger_id"),
        )
        return {
            **dict.fromkeys(others, 1),
            **{"person_id": self.person.pk, "contact_id": self.contact.pk, "reference": self.case.reference},
            **{"callback_id": self.callback.pk, "user_id": self.contact.agent_id, "seq": 1, "slug": "voirie"},
            **{"name": "case", "key": uuid.UUID(int=1), "page": "controls"},
        }


def planted(town: SmallTown) -> tuple[Person, Address]:
    """Rose Huot, whom a court protects, at an address that nothing else of the town resembles."""
    address = make_address(4711, "chemin du Hérisson", latitude=POINT[0], longitude=POINT[1])
    person = services.register(name="Rose Huot", phone=PHONE, address=address, by=town.agent)
    services.add_address(person_id=person.pk, role="owner", text="4711, rang Double, Ailleurs", by=town.agent)
    return person, address


@pytest.fixture
def hidden(town: SmallTown, run_jobs: Any) -> Hidden:
    person, address = planted(town)
    case = opened(town, person=person, address=address, words="Le bac n’a pas été vidé.")
    beside = make_address(4713, "chemin du Hérisson", latitude=POINT[0] + 0.0002, longitude=POINT[1])
    neighbour = opened(town, person=make_person("Paul Roy"), address=beside, words="Le bac n’a pas été vidé.")
    contact = intake.receive(Arrival(channel="phone", key=unique(), agent=town.agent, person=person, text="bac"))
    contact.matters.create(key=unique(), outcome="case", case=case, at=contact.started_at, by=town.agent)
    over = intake.receive(Arrival(channel="phone", key=unique(), agent=town.agent, person=person, text="hibou"))
    over.matters.create(
        key=unique(), outcome="case", case=case, subject=case.subject, at=over.started_at, by=town.agent
    )
    intake.finish(contact_id=over.pk, by=town.agent)
    cases.answer(case_id=case.pk, words="On passe jeudi.", by=town.technician)
    run_jobs()
    services.update(person=person, reach="paper", by=town.agent)
    cases.answer(case_id=case.pk, words="On repasse vendredi.", by=town.technician)
    run_jobs()
    services.flag_file(person_id=person.pk, kind="protected", why="Ordonnance", by=town.manager)
    run_jobs()
    person.refresh_from_db()
    case.refresh_from_db()
    return Hidden(person, address, case, contact, Callback.objects.get(case=case), PaperLetter.objects.get(), neighbour)


def pages(hidden: Hidden) -> Iterator[str]:
    """Each address of the desk that may be opened, those of this person among them; and searches for them."""
    for resolver in get_resolver().url_patterns:
        if isinstance(resolver, URLResolver) and resolver.namespace == "desk":
            for pattern in resolver.url_patterns:
                assert isinstance(pattern, URLPattern) and pattern.name
                values = {name: hidden.values[name] for name in pattern.pattern.converters}
                yield reverse(f"desk:{pattern.name}", kwargs=values) + "?as=page"
    for words in ("Huot", "Rose", "bac", "hibou", hidden.case.reference, "450 555"):
        for search in ("search/", "search/beside/", "search/instant", "people", "organisations/options"):
            yield f"/desk/{search}?q={words}"
    yield from (f"/desk/queue/voirie/?view={view}" for view in ("mine", "late", "today", "paused", "to_take"))
    yield f"/desk/queue/voirie/{hidden.case.reference}/"
    yield from (f"/desk/cases/{hidden.case.reference}/?do={move}" for move in ("answer", "visit", "pass-on", "close"))
    yield from (f"/desk/cases/{hidden.neighbour.reference}/{rest}" for rest in ("", "together/", "beside/map"))
    yield f"/desk/cases/{hidden.case.reference}/merge/?with={hidden.neighbour.reference}"
    yield f"/desk/letters/print/?letter={hidden.letter.pk}&as=page"
    yield f"/desk/people/{make_person('Une autre').pk}/merge/?q=huot"
    yield from (f"/desk/contacts/{hidden.contact.pk}/pane/{name}" for name in ("callback", "place", "case"))
    yield f"/desk/contacts/{hidden.contact.pk}/pane/case?subject={hidden.case.subject.slug}"
    yield f"/desk/contacts/{hidden.contact.pk}/?case={hidden.case.pk}"


def told(response: Any) -> str:
    """All that an answer says, whatever it is."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return html.unescape(body.decode(errors="replace")).replace("\u00a0", " ")


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("role", list(Role))
def test_no_page_of_the_desk_tells_a_protected_address_to_someone_who_gave_no_reason(
    town: SmallTown, hidden: Hidden, role: Role
) -> None:
    client = client_of(town.staff[role])
    leaks, read = dict[str, list[str]](), 0
    for address in pages(hidden):
        response = client.get(address, follow=True)
        said, read = told(response), read + (response.status_code == 200)
        if found := [secret for secret in SECRETS if secret in said]:
            leaks[address] = found
    assert leaks == {}
    assert read >= 5, "the walk saw pages"
