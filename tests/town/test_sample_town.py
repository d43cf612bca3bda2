"""The quality of the sample town."""

import csv
from pathlib import Path

import pytest
from pytest_django import Settings

from parvis.apps.catalogue.rules.routing import Route, RouteRequest, Rule, route
from parvis.apps.catalogue.schemas import SubjectData
from parvis.apps.content.queries.checking import Weight, findings
from parvis.operations.town import load, reading
from parvis.operations.town.reading import TownFiles
from tests.conftest import SAMPLE_MOMENT
from tests.town.conftest import CARIGNAN


@pytest.fixture(scope="module")
def carignan() -> TownFiles:
    return reading.read(CARIGNAN)


def subject(files: TownFiles, slug: str) -> SubjectData:
    return next(subject for subject in files.subjects if subject.slug == slug)


def test_every_subject_is_asked_in_many_ways_in_both_languages(carignan: TownFiles) -> None:
    starved = [
        subject.slug for subject in carignan.subjects if len(subject.variants.fr) < 8 or len(subject.variants.en) < 4
    ]

    assert starved == []


def test_no_way_of_asking_belongs_to_two_subjects(carignan: TownFiles) -> None:
    owners: dict[str, set[str]] = {}
    for subject in carignan.subjects:
        for text in subject.variants.fr + subject.variants.en:
            owners.setdefault(text.casefold(), set()).add(subject.slug)

    assert {text: slugs for text, slugs in owners.items() if len(slugs) > 1} == {}


@pytest.mark.parametrize(
    ("slug", "department", "ack", "target"),
    [
        ("nid-de-poule", "travaux-publics", "1d", "5d"),
        ("lampadaire", "travaux-publics", "1d", "21d"),
        ("signalisation", "travaux-publics", "1d", "15d"),
        ("fuite-eau", "travaux-publics", "1H", "4H"),
        ("bruit", "urbanisme", "2d", "10d"),
        ("paiement-taxes", "tresorerie", "2d", "5d"),
        ("plainte-service", "dg", "2d", "20d"),
        ("acces-information", "greffe", "1h", "20D"),
    ],
)
def test_promises_are_the_proposed_defaults(
    carignan: TownFiles, slug: str, department: str, ack: str, target: str
) -> None:
    each = subject(carignan, slug)

    assert (each.department, each.promise.ack, each.promise.target) == (department, ack, target)


def routed(files: TownFiles, asked: RouteRequest) -> Route:
    rules = [
        Rule(
            name=rule.name,
            to=rule.to,
            subjects=rule.subjects,
            sectors=rule.sectors,
            streets=rule.streets,
            street_owners=rule.street_owners,
            words=rule.words,
            audiences=rule.audiences,
            natures=rule.natures,
            owner=rule.owner,
            urgent=rule.urgent,
            why_fr=rule.why[0],
            why_en=rule.why[1],
        )
        for rule in files.rules
    ]
    return route(asked, rules, subject(files, asked.subject).department)


@pytest.mark.parametrize(
    ("asked", "department", "urgent"),
    [
        (RouteRequest("nid-de-poule", street_owner="town", text="un petit trou"), "travaux-publics", False),
        (RouteRequest("nid-de-poule", street_owner="town", text="c'est rendu dangereux"), "travaux-publics", True),
        (RouteRequest("nid-de-poule", street_owner="mtmd", text="un petit trou"), "mtmd", False),
        (RouteRequest("nid-de-poule", street_owner="mtmd", text="très dangereux à vélo"), "mtmd", True),
        (RouteRequest("arbre", text="une branche est tombée sur les fils"), "hydro", True),
        (RouteRequest("arbre", text="mon fils joue en dessous de la branche"), "travaux-publics", False),
        (RouteRequest("bac-brise", text="une roue cassée"), "mrc", False),
        (RouteRequest("collecte-oubliee", text="mes branches sont encore là"), "travaux-publics", False),
        (RouteRequest("collecte-oubliee", text="le bac brun est plein"), "mrc", False),
        (RouteRequest("animaux", text="un chien m'a mordu la main"), "police", True),
        (RouteRequest("animaux", text="une médaille pour mon chien"), "sac", False),
        (RouteRequest("bruit", text="gros party chez le voisin"), "police", False),
        (RouteRequest("bruit", text="sa thermopompe jour et nuit"), "urbanisme", False),
        (RouteRequest("cabanon-unifamilial", text="un cabanon près de la rivière"), "environnement", False),
        (
            RouteRequest("remblai-deblai", sectors=frozenset({"collecte-iles"}), text="deux voyages de terre"),
            "environnement",
            False,
        ),
        (RouteRequest("loisirs", text="prolonger un livre"), "bibliotheque", False),
        (RouteRequest("permis-autre", text="vingt maisons", audience="promoter"), "urbanisme", False),
    ],
    ids=lambda value: f"{value.subject}-{value.text}" if isinstance(value, RouteRequest) else str(value),
)
def test_case_goes_to_whom_it_belongs(carignan: TownFiles, asked: RouteRequest, department: str, urgent: bool) -> None:
    result = routed(carignan, asked)

    assert (result.department, result.urgent) == (department, urgent)


def test_four_people_answer_at_the_desk_and_three_of_them_also_work_in_a_department(carignan: TownFiles) -> None:
    places = [[(place.department, place.role) for place in person.memberships] for person in carignan.staff]
    agents = [held for held in places if ("sac", "agent") in held]
    also_elsewhere = [held for held in agents if any(role == "technician" for _, role in held)]

    assert (len(agents), len(also_elsewhere)) == (4, 3)


def test_invented_places_are_marked_as_such(carignan: TownFiles) -> None:
    assert all(address.example for address in carignan.addresses)
    assert all(sector.example for sector in carignan.sectors)
    assert carignan.calendar.example


def test_no_example_is_shown_as_verified_on_a_date(carignan: TownFiles) -> None:
    assert [fact.key for fact in carignan.facts if fact.example and fact.verified_on] == []


def test_subjects_are_split_into_files_that_can_be_read() -> None:
    lengths = {file.name: len(file.read_text(encoding="utf-8").splitlines()) for file in _yaml(CARIGNAN)}

    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_addresses_have_one_row_each() -> None:
    with (CARIGNAN / "addresses.csv").open(encoding="utf-8", newline="") as lines:
        rows = [(row["civic"], row["street"], row["unit"]) for row in csv.DictReader(lines)]

    assert len(rows) == len(set(rows)) >= 300


def _yaml(folder: Path) -> list[Path]:
    return sorted((folder / "subjects").glob("*.yaml"))


@pytest.mark.django_db
def test_a_fresh_clone_has_nothing_to_mend_in_what_it_says(settings: Settings) -> None:
    """On the day of the sample: later, what is to be read again is said to be so."""
    settings.PARVIS_NOW = SAMPLE_MOMENT
    load.load(CARIGNAN, demo=True)

    assert [finding for finding in findings() if finding.weight == Weight.MEND] == []
