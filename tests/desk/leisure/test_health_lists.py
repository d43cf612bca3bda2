"""Health, consents and custody in the lists of groups: for whoever leads the group alone, each reading logged."""

import html
import re
from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.directory.models import AccessLogEntry, Actor, User
from parvis.apps.households.models import (
    EmergencyContact,
    HealthForm,
    Household,
    HouseholdLink,
    Individual,
    PickUpRestriction,
)
from parvis.apps.households.queries import members_of
from parvis.apps.households.services.custody import ask_to_end_restriction, decide_ending, restrict_pick_up
from parvis.apps.households.services.health import HealthAnswers, answer_consents, sign_health_form
from parvis.apps.leisure.models import Group
from tests.desk.leisure.made import NOW, child_of, lead, make_activity, make_group, make_home, make_season, put
from tests.factories import SmallTown

pytestmark = pytest.mark.both_databases
SignIn = Callable[[User], Client]
SAID = HealthAnswers(
    allergies="Arachides-secret",
    medication="Ventolin-secret",
    what_to_do="EpiPen-secret",
    contact_name="Contact-secret",
    contact_phone="450 555-0147",
)
SECRETS = ("Arachides-secret", "Ventolin-secret", "EpiPen-secret", "Contact-secret", "555-0147", "5550147")
ME = Actor.citizen()


@pytest.fixture(autouse=True)
def _the_morning(settings: Settings) -> None:
    settings.PARVIS_NOW = NOW


@pytest.fixture
def group(town: SmallTown) -> Group:
    """A group that asks for a health form, led by the instructor."""
    return lead(make_group(make_season(), activity=make_activity(health_form=True)), town.instructor)


@pytest.fixture
def home(group: Group) -> Household:
    """Léa and Émile, both of the group."""
    made = make_home()
    for name in ("Léa", "Émile"):
        put(group, made, child_of(made, name))
    return made


def adult_of(home: Household) -> Individual:
    return members_of(home)[0].individual


def sign(home: Household, name: str, answers: HealthAnswers = SAID) -> None:
    sign_health_form(household=home, individual=child_of(home, name), answers=answers, said_by=adult_of(home), by=ME)


def text(response: object) -> str:
    page = html.unescape(response.content.decode()).replace("\u00a0", " ")  # type: ignore[attr-defined]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def of_list(group: Group, rest: str = "liste/") -> str:
    return f"/desk/loisirs/groupe/{group.slug}/{rest}"


def logged(subject: str) -> list[int]:
    rows = AccessLogEntry.objects.filter(subject=subject).order_by("pk")
    return list(rows.values_list("subject_id", flat=True))


def test_the_list_says_who_may_not_attend_and_until_when_a_form_is_good(
    town: SmallTown, signed_in: SignIn, group: Group, home: Household, settings: Settings
) -> None:
    """Point 22."""
    sign(home, "Léa")
    for user in (town.instructor, town.leisure_manager):
        page = text(signed_in(user).get(of_list(group)))
        assert "Fiche santé bonne jusqu’au mercredi 8 décembre 2027" in page
        assert page.count("Pas de présence avant que la fiche santé soit remplie") == 1
    settings.PARVIS_NOW = "2027-12-09T09:00:00-05:00"
    assert "Pas de présence avant que la fiche santé soit renouvelée" in text(
        signed_in(town.instructor).get(of_list(group))
    )


def test_the_words_are_for_whoever_leads_the_group_and_each_reading_is_logged_once_in_half_an_hour(
    town: SmallTown, signed_in: SignIn, group: Group, home: Household, settings: Settings
) -> None:
    """Points 22, and 16 of privacy."""
    sign(home, "Léa")
    client = signed_in(town.instructor)
    assert not any(secret in text(client.get(of_list(group))) for secret in SECRETS)
    assert logged("health") == []
    for _twice in range(2):
        page = text(client.get(of_list(group, "sante/")))
        assert "Arachides-secret" in page and "Contact-secret" in page and "450 555-0147" in page
    lea = child_of(home, "Léa").pk
    assert logged("health") == [lea]
    settings.PARVIS_NOW = "2026-12-08T09:31:00-05:00"
    client.get(of_list(group, "sante/"))
    assert logged("health") == [lea, lea]
    assert "santé de Léa Gagné" in text(signed_in(town.privacy_officer).get("/desk/access-log/"))
    for user in (town.leisure_manager, town.agent, town.technician, town.privacy_officer):
        assert signed_in(user).get(of_list(group, "sante/")).status_code in (403, 404)
    other = lead(make_group(group.season, "autre", activity=group.activity), town.leisure_manager)
    put(other, home, child_of(home, "Léa"))
    assert client.get(of_list(other, "sante/")).status_code == 404
    assert "Arachides-secret" in text(signed_in(town.leisure_manager).get(of_list(other, "sante/"))), (
        "a manager who leads it"
    )


def test_a_withdrawn_consent_is_withdrawn_in_the_list_at_once(
    town: SmallTown, signed_in: SignIn, group: Group, home: Household
) -> None:
    """Point 12 of privacy."""
    lea, client = child_of(home, "Léa"), signed_in(town.instructor)

    def say(**answers: bool) -> str:
        answer_consents(household=home, individual=lea, answers=answers, said_by=adult_of(home), by=ME)
        return text(client.get(of_list(group)))

    assert "Photographies : oui" in say(photographs=True)
    assert "Photographies : oui" not in say(photographs=False)
    assert "Photographies :" not in text(signed_in(town.leisure_manager).get(of_list(group)))


def test_who_must_not_come_is_shown_to_the_instructor_of_the_child_only_and_logged(
    town: SmallTown, signed_in: SignIn, group: Group, home: Household
) -> None:
    """Point 23."""
    lea = child_of(home, "Léa")
    father = make_home("Martin Roy", (), phone="+14185550124", email="martin@example.org")
    HouseholdLink.objects.create(household=father, individual=lea, role="child", created_at=father.created_at)
    instructor, manager = signed_in(town.instructor), signed_in(town.leisure_manager)
    assert "Louise Gagné, Martin Roy" in text(instructor.get(of_list(group)))
    row = restrict_pick_up(
        child=lea,
        adult=adult_of(father),
        name="",
        document="judgment",
        document_on=date(2026, 6, 2),
        by=town.leisure_manager,
    )
    for _twice in range(2):
        page = text(instructor.get(of_list(group)))
        assert page.count("Martin Roy") == 1 and "Ne doit pas venir le chercher : Martin Roy" in page
    assert logged("custody") == [lea.pk]
    assert "garde de Léa Gagné" in text(signed_in(town.privacy_officer).get("/desk/access-log/"))
    for address in (
        of_list(group),
        of_list(group, ""),
        of_list(group, "annuler/"),
        f"/desk/loisirs/menage/{home.public_id}/",
    ):
        page = text(manager.get(address))
        assert "Martin Roy" not in page and "Ne doit pas venir" not in page, address
    assert "Ne doit pas venir" not in text(signed_in(town.agent).get(f"/desk/loisirs/menage/{home.public_id}/"))
    other = make_group(group.season, "autre", activity=group.activity)
    put(other, home, lea)
    assert instructor.get(of_list(other)).status_code == 404
    day = date(2026, 12, 4)
    ending = ask_to_end_restriction(
        restriction=row, document="judgment", document_on=day, why="Jugement", by=town.leisure_manager
    )
    assert "Louise Gagné, Martin Roy" not in text(instructor.get(of_list(group)))
    decide_ending(ending=ending, approved=True, by=town.clerk)
    assert "Louise Gagné, Martin Roy" in text(instructor.get(of_list(group)))


def test_the_list_and_the_health_of_a_group_cost_the_same_for_one_and_for_many(
    town: SmallTown, signed_in: SignIn, group: Group, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for rank in range(6):
        home = make_home(f"Anne Nom{rank}", phone=f"+1418555020{rank}", email=f"a{rank}@example.org")
        put(group, home, child_of(home, "Léa"))
        sign(home, "Léa")
        restrict_pick_up(
            child=child_of(home, "Léa"),
            adult=None,
            name="Martin Roy",
            document="judgment",
            document_on=date(2026, 6, 2),
            by=town.leisure_manager,
        )
    client = signed_in(town.instructor)
    client.get("/desk/loisirs/listes/")
    with django_assert_max_num_queries(22):
        client.get(of_list(group))
    with django_assert_max_num_queries(15):
        client.get(of_list(group, "sante/"))


def test_words_of_health_and_of_courts_are_kept_in_their_own_tables_alone(
    town: SmallTown, signed_in: SignIn, group: Group, home: Household, run_jobs: Callable[[], int]
) -> None:
    """Out of the search, the letters, the webhooks, the jobs and the log of readings, once all was read and sent."""
    sign(home, "Léa")
    restrict_pick_up(
        child=child_of(home, "Léa"),
        adult=None,
        name="Interdit-secret",
        document="judgment",
        document_on=date(2026, 6, 2),
        by=town.leisure_manager,
    )
    reader = signed_in(town.instructor)
    assert "Interdit-secret" in text(reader.get(of_list(group)))
    assert "Arachides-secret" in text(reader.get(of_list(group, "sante/")))
    run_jobs()
    own = {model._meta.db_table for model in (HealthForm, EmergencyContact, PickUpRestriction)}
    found = set[str]()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            rows = str(cursor.fetchall())
            if any(secret in rows for secret in (*SECRETS, "Interdit-secret")):
                found.add(table)
    assert found == own
