"""Health said to an agent, and the decisions of courts at the desk; nothing of either leaks anywhere else."""

import html
import logging
import re
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.directory.models import AccessLogEntry, Actor, User
from parvis.apps.households.models import Consent, HealthForm, Household, PickUpRestriction
from parvis.apps.households.services.health import HealthAnswers, sign_health_form
from parvis.apps.leisure.letters import confirmed, health_form
from parvis.apps.leisure.models import Group
from tests.desk.leisure.made import NOW, child_of, lead, make_activity, make_group, make_home, make_season, put
from tests.factories import SmallTown

pytestmark = pytest.mark.both_databases
SignIn = Callable[[User], Client]
SAID = {
    "allergies": "Arachides-secret",
    "what_to_do": "EpiPen-secret",
    "contact_name": "Contact-secret",
    "contact_phone": "450 555-0147",
}
SECRETS = ("Arachides-secret", "EpiPen-secret", "Contact-secret", "5550147", "555-0147", "Barré-secret")


@pytest.fixture(autouse=True)
def _the_morning(settings: Settings) -> None:
    settings.PARVIS_NOW = NOW


@pytest.fixture
def group(town: SmallTown) -> Group:
    """A group that asks for a health form, led by the instructor."""
    return lead(make_group(make_season(), activity=make_activity(health_form=True)), town.instructor)


@pytest.fixture
def home(group: Group) -> Household:
    """Léa is of the group."""
    made = make_home()
    put(group, made, child_of(made, "Léa"))
    return made


def at(home: Household, rest: str = "") -> str:
    return f"/desk/loisirs/menage/{home.public_id}/{rest}"


def health_of(home: Household) -> str:
    return at(home, f"sante/{child_of(home, 'Léa').public_id}/")


def custody_of(home: Household) -> str:
    return at(home, f"garde/{child_of(home, 'Léa').public_id}/")


def text(response: object) -> str:
    page = html.unescape(response.content.decode()).replace("\u00a0", " ")  # type: ignore[attr-defined]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def adult_of(home: Household) -> str:
    return home.links.get(role="adult").individual.public_id


def bar(client: Client, home: Household, **more: str) -> object:
    said = {"adult": "", "name": "Martin Barré-secret", "document": "judgment", "document_on": "2026-06-02"}
    return client.post(custody_of(home), said | {"seen": "on"} | more)


def test_an_agent_fills_the_form_of_a_caller_and_reads_nothing_of_the_one_before(
    town: SmallTown, signed_in: SignIn, home: Household
) -> None:
    """Point 22, and point 16 of privacy."""
    client = signed_in(town.agent)
    assert "fiche santé à remplir" in text(client.get(at(home)))
    wrong = client.post(health_of(home), SAID | {"said_by": adult_of(home), "contact_phone": "12"})
    assert wrong.status_code == 422 and "Arachides-secret" in wrong.content.decode(), "what was typed stays"
    assert client.post(health_of(home), SAID | {"said_by": adult_of(home)}).status_code == 302
    row = HealthForm.objects.get()
    assert (row.taken_by, row.allergies) == (town.agent, "Arachides-secret")
    assert row.signed_by and row.signed_by.name == "Louise Gagné"
    for user in (town.agent, town.leisure_manager):
        page = signed_in(user).get(health_of(home)).content.decode() + signed_in(user).get(at(home)).content.decode()
        assert "Fiche santé bonne" in page and not any(secret in page for secret in SECRETS)
        assert "fiche santé à remplir" not in page
    assert signed_in(town.instructor).get(health_of(home)).status_code == 403


def test_an_agent_keeps_the_consents_that_were_said_and_those_alone(
    town: SmallTown, signed_in: SignIn, home: Household
) -> None:
    """Point 12 of privacy."""
    said = {"do": "consents", "said_by": adult_of(home), "photographs": "no"}
    assert signed_in(town.agent).post(health_of(home), said)["Location"] == health_of(home)
    row = Consent.objects.get()
    assert (row.purpose, row.given, row.taken_by) == ("photographs", False, town.agent)


def test_who_manages_leisure_records_who_must_not_come_and_asks_to_end_it_each_reading_logged(
    town: SmallTown, signed_in: SignIn, home: Household
) -> None:
    """Point 23."""
    for user in (town.agent, town.instructor):
        assert signed_in(user).get(custody_of(home)).status_code == 403
        assert bar(signed_in(user), home).status_code == 403  # type: ignore[attr-defined]
    client = signed_in(town.leisure_manager)
    unseen = bar(client, home, seen="")
    assert unseen.status_code == 422 and "Martin Barré-secret" in unseen.content.decode()  # type: ignore[attr-defined]
    assert bar(client, home).status_code == 302  # type: ignore[attr-defined]
    row = PickUpRestriction.objects.get()
    page = text(client.get(custody_of(home)))
    assert "Martin Barré-secret" in page and "Jugement, mardi 2 juin 2026" in page
    entry = AccessLogEntry.objects.get(subject="custody", user=town.leisure_manager)
    assert entry.subject_id == child_of(home, "Léa").pk
    ending = {"end": row.pk, "document": "judgment", "document_on": "2026-12-04", "seen": "on"}
    assert client.post(custody_of(home), ending | {"why": ""}).status_code == 422
    assert client.post(custody_of(home), ending | {"why": "Jugement du 4 décembre"}).status_code == 302
    row.refresh_from_db()
    asked = row.endings.get()
    assert (asked.why, asked.asked_by, asked.decided_at) == ("Jugement du 4 décembre", town.leisure_manager, None)
    page = text(client.get(custody_of(home)))
    assert row.ended_at is None and "Martin Barré-secret" in page and town.leisure_manager.display_name in page
    assert 'name="end"' not in page, "it is asked once"
    adult = home.links.get(role="adult").individual
    assert client.get(at(home, f"garde/{adult.public_id}/")).status_code == 404


def test_an_adult_of_the_household_is_recorded_by_who_they_are(
    town: SmallTown, signed_in: SignIn, home: Household, group: Group
) -> None:
    bar(signed_in(town.leisure_manager), home, adult=adult_of(home), name="")
    page = text(signed_in(town.instructor).get(f"/desk/loisirs/groupe/{group.slug}/liste/"))
    assert "Ne doit pas venir le chercher : Louise Gagné" in page and "Personne n’est nommé" in page


def test_secrets_of_health_and_custody_are_nowhere_else(
    town: SmallTown, signed_in: SignIn, home: Household, group: Group, caplog: pytest.LogCaptureFixture
) -> None:
    """Points 20, 22 and 23: planted, then looked for in the lists, the search, the spreadsheet, the letters, the API
    and the logs.
    """
    caplog.set_level(logging.DEBUG)
    signed_in(town.agent).post(health_of(home), SAID | {"said_by": adult_of(home)})
    bar(signed_in(town.leisure_manager), home)
    row = group.registrations.get()
    person = home.links.get(role="adult").individual.person
    assert person
    pages = [
        *(f"/desk/loisirs/groupe/{group.slug}/{rest}" for rest in ("liste/", "", "annuler/", "liste.csv")),
        *("/desk/loisirs/", "/desk/loisirs/listes/", f"/desk/loisirs/saison/{group.season.slug}/"),
        *(at(home), health_of(home), at(home, "etapes"), f"/desk/people/{person.pk}/"),
        *(f"/desk/search/?q={word}" for word in SECRETS[:3]),
        *("/desk/access-log/", "/api/v1/openapi.json", "/api/v1/leisure/groups"),
        *("/loisirs/", f"/loisirs/groupe/{group.slug}/"),
    ]
    for user in (town.agent, town.leisure_manager, town.technician, town.privacy_officer, town.editor, town.treasurer):
        client = signed_in(user)
        for address in pages:
            page = client.get(address).content.decode()
            found = [secret for secret in SECRETS if secret in page.replace(f"q={secret}", "")]
            assert not found or address.startswith("/desk/search/"), (user, address, found)
            assert "Barré-secret" not in page or address.startswith("/desk/search/"), (user, address)
    letters = confirmed(row.pk), health_form(row.pk)
    said = " ".join(str(letter) for letter in letters) + caplog.text
    assert not any(secret in said for secret in SECRETS)


def test_the_page_of_a_household_costs_the_same_whatever_its_health_forms(
    signed_in: SignIn,
    town: SmallTown,
    home: Household,
    group: Group,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    client = signed_in(town.agent)
    client.get(at(home))
    answers = HealthAnswers(nothing_to_report=True, contact_name="Paul", contact_phone="450 555-0147")
    for start in ("Léa", "Émile"):
        child = child_of(home, start)
        adult = home.links.get(role="adult").individual
        sign_health_form(household=home, individual=child, answers=answers, said_by=adult, by=Actor.citizen())
    with django_assert_max_num_queries(40):
        client.get(at(home))
