"""Tonight's parking: declarations, their permissions and duration, and the resulting answers."""

from datetime import date

import pytest
from django.utils import translation
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.directory.models import User
from parvis.apps.places.models import Street
from parvis.apps.schedules.models import Declaration, WinterRule
from parvis.apps.schedules.queries import parking
from parvis.apps.schedules.queries.parking import declarations
from parvis.apps.schedules.rules.nights import Verdict
from parvis.apps.schedules.services.parking import declare_operation, undo_declaration
from parvis.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from parvis.operations.town import load
from tests.factories import SmallTown
from tests.schedules.makers import local, make_winter, plain
from tests.town.conftest import VILLAGE

pytestmark = pytest.mark.django_db
EVE = date(2026, 12, 24)


@pytest.fixture
def winter(town: SmallTown, settings: Settings) -> SmallTown:
    """The small town, whose roads department owns the operations, on Christmas Eve at 16 h."""
    settings.PARVIS_NOW = "2026-12-24T16:00:00-05:00"
    make_winter(town.works)
    return town


def said(lang: str, when: str) -> str:
    with translation.override(lang):
        return plain(parking.tonight(at=local(when)).words)


def test_an_operation_is_forbidden_until_the_morning_and_then_expires_by_itself(winter: SmallTown) -> None:
    declare_operation(night=EVE, word="on", by=winter.technician)

    for when in ("2026-12-24 16:01", "2026-12-25 00:00", "2026-12-25 06:59"):
        tonight = parking.tonight(at=local(when))
        assert (tonight.verdict, tonight.operation, tonight.night) == (Verdict.FORBIDDEN, True, EVE)
        assert tonight.ends == local("2026-12-25 07:00") and tonight.declared_by == "Voirie"
    after = parking.tonight(at=local("2026-12-25 07:00"))
    assert (after.verdict, after.operation, after.declared_at) == (Verdict.PENDING, None, None)


def test_words_of_each_moment_in_both_languages(winter: SmallTown) -> None:
    line = "418 555-0134"
    assert said("en", "2026-12-24 09:00") == (
        "Not decided yet (it is told each day, 3:30 p.m. to 5 p.m.): look again after 5 p.m., or ask: "
        f"Snow information line, {line}."
    )
    assert said("fr", "2026-12-24 16:00") == (
        "Pas encore déclaré (la décision s’annonce de 15 h 30 à 17 h) : regardez de nouveau après 17 h, ou demandez : "
        f"Ligne info-déneigement, {line}."
    )
    assert said("fr", "2026-12-24 17:00") == (
        "Rien n’a été déclaré pour cette nuit, et ce n’est pas une permission. Vérifiez avant de stationner : "
        f"Ligne info-déneigement, {line}."
    )
    assert said("en", "2026-11-10 12:00") == (
        "Yes: tonight is outside the winter season (from December 1 to March 15). Street signs still apply."
    )
    declare_operation(night=EVE, word="on", by=winter.manager)
    assert said("fr", "2026-12-24 17:00") == (
        "Non : une opération de déneigement est déclarée. Aucun stationnement dans la rue de 2 h à 7 h, jusqu’au matin "
        "du vendredi 25 décembre."
    )
    declare_operation(night=EVE, word="off", by=winter.manager)
    assert said("en", "2026-12-24 17:00") == (
        "Yes: the Town declared that there is no snow operation tonight. Street signs still apply."
    )


def test_the_last_word_counts_and_every_word_stays(winter: SmallTown) -> None:
    declare_operation(night=EVE, word="on", by=winter.technician, note="10 cm attendus")
    declare_operation(night=EVE, word="off", by=winter.manager)

    assert parking.tonight().verdict == Verdict.ALLOWED
    assert [(row.word, row.by, row.note) for row in declarations()] == [
        ("off", winter.manager, ""),
        ("on", winter.technician, "10 cm attendus"),
    ]


def test_the_same_word_said_twice_is_one(winter: SmallTown) -> None:
    declaration = declare_operation(night=EVE, word="on", by=winter.technician)
    assert declare_operation(night=EVE, word="on", by=winter.manager) == declaration
    assert Declaration.objects.count() == 1


def test_taking_a_word_back_gives_the_night_what_it_was_and_leaves_a_trace(winter: SmallTown) -> None:
    first = declare_operation(night=EVE, word="on", by=winter.technician, note="verglas")
    second = declare_operation(night=EVE, word="off", by=winter.technician)
    undo_declaration(declaration_id=second.pk, by=winter.technician)
    tonight = parking.tonight()
    assert (tonight.verdict, tonight.note) == (Verdict.FORBIDDEN, "verglas")
    undo_declaration(declaration_id=second.pk, by=winter.technician)  # idempotent
    assert Declaration.objects.count() == 3
    with pytest.raises(Conflict):
        undo_declaration(declaration_id=first.pk, by=winter.technician)
    with pytest.raises(NotFound):
        undo_declaration(declaration_id=987654, by=winter.technician)


def test_a_declaration_taken_back_is_silence_and_silence_is_no_permission(winter: SmallTown) -> None:
    mistake = declare_operation(night=EVE, word="off", by=winter.technician)
    undo_declaration(declaration_id=mistake.pk, by=winter.technician)

    tonight = parking.tonight(at=local("2026-12-24 20:00"))
    assert (tonight.verdict, tonight.allowed, tonight.operation) == (Verdict.SILENT, False, None)
    assert tonight.declared_at is None and tonight.declared_by == ""


@pytest.mark.parametrize(
    ("who", "may"),
    [
        ("technician", True),
        ("manager", True),
        ("planner", False),  # a technician, of another department
        ("agent_and_technician", False),
        ("agent", False),
        ("editor", False),
        ("privacy_officer", False),
        ("citizen", False),
    ],
)
def test_who_may_declare(winter: SmallTown, who: str, may: bool) -> None:
    person: User = getattr(winter, who)
    if may:
        assert declare_operation(night=EVE, word="on", by=person).by == person
        return
    with pytest.raises(NotAllowed):
        declare_operation(night=EVE, word="on", by=person)
    with pytest.raises(NotAllowed):
        undo_declaration(declaration_id=1, by=person)
    assert not Declaration.objects.exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"night": date(2026, 12, 23)}, "night"),  # over
        ({"night": date(2027, 1, 1)}, "night"),  # eight nights ahead
        ({"word": "peut-être"}, "word"),
        ({"word": "withdrawn"}, "word"),
        ({"note": "x" * 201}, "note"),
    ],
)
def test_what_cannot_be_declared_is_refused_by_name(winter: SmallTown, values: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        declare_operation(**{"night": EVE, "word": "on", "by": winter.technician} | values)  # type: ignore[arg-type]
    assert list(refused.value.fields) == [field]


def test_at_an_address_of_a_road_that_is_not_the_towns_a_permission_is_not_given(winter: SmallTown) -> None:
    declare_operation(night=EVE, word="off", by=winter.technician)
    assert parking.tonight(winter.address).verdict == Verdict.ALLOWED
    for owner in (Street.Owner.MTMD, Street.Owner.PRIVATE):
        Street.objects.update(owner=owner)
        winter.address.refresh_from_db()
        assert parking.tonight(winter.address).verdict == Verdict.UNKNOWN
    declare_operation(night=EVE, word="on", by=winter.technician)
    assert parking.tonight(winter.address).verdict == Verdict.FORBIDDEN


def test_without_a_rule_or_with_an_invented_one_nothing_is_allowed(winter: SmallTown, settings: Settings) -> None:
    WinterRule.objects.update(example=True)
    assert "(Example, not to be told.)" in said("en", "2026-11-10 12:00")
    settings.PARVIS_DEMO = False
    assert parking.tonight(at=local("2026-11-10 12:00")).verdict == Verdict.UNKNOWN
    WinterRule.objects.all().delete()
    with translation.override("en"):
        assert "is not known here. Ask Accueil, 418" in plain(parking.tonight().words)
    with pytest.raises(Conflict):
        declare_operation(night=EVE, word="on", by=winter.technician)


def test_asking_costs_two_queries(winter: SmallTown, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    declare_operation(night=EVE, word="on", by=winter.technician)
    parking.tonight()
    with django_assert_num_queries(2):
        parking.tonight()


def test_another_town_bans_every_night_and_a_second_load_keeps_what_was_declared() -> None:
    load.load(VILLAGE, demo=True)
    with translation.override("en"):
        tonight = parking.tonight(at=local("2027-01-10 12:00"))
    assert tonight.verdict == Verdict.FORBIDDEN and tonight.begins == local("2027-01-10 23:00")
    assert plain(tonight.words) == (
        "No: in winter (from November 15 to April 15), no parking in the street (11 p.m. to 7 a.m.), "
        "unless the Town lifts the ban."
    )
    assert tonight.contact_point.name == "Roads and parks"
