"""The page of the streets: tonight's operation declared and undone, notices published, corrected, lifted."""

import html
from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.directory.models import User
from parvis.apps.places.models import Sector, Street
from parvis.apps.schedules.models import Declaration, RoadNotice
from parvis.apps.schedules.queries import parking
from parvis.apps.schedules.queries.works import works_touching
from parvis.apps.schedules.rules.nights import Verdict
from parvis.apps.schedules.services.parking import declare_operation
from parvis.apps.schedules.services.works import NewRoadNotice, publish_works
from tests.factories import SmallTown, unique
from tests.schedules.makers import make_winter

SignIn = Callable[[User], Client]
FORM = {
    "kind": "works", "nature_fr": "Pavage", "street": "quai", "side": "both", "closure": "partial",
    "first_day": "2026-12-28", "last_day": "2026-12-30",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _eve(settings: Settings, town: SmallTown) -> None:
    settings.PARVIS_NOW = "2026-12-24T16:00:00-05:00"
    make_winter(town.works)


@pytest.fixture
def roads(town: SmallTown, signed_in: SignIn) -> Client:
    """A technician of the snow department."""
    return signed_in(town.technician)


def text(response: object) -> str:
    return html.unescape(response.content.decode()).replace("\u00a0", " ")  # type: ignore[attr-defined]


def page(client: Client, path: str = "/desk/streets/") -> str:
    return text(client.get(path))


def form(town: SmallTown, **values: object) -> dict[str, object]:
    return {"key": unique(), "owner": town.works.pk} | FORM | values


def test_an_operation_is_declared_and_taken_back_from_the_page(roads: Client) -> None:
    assert "Pas encore déclaré" in page(roads)
    answer = roads.post("/desk/streets/tonight/", {"night": "2026-12-24", "word": "on", "note": "10 cm"}, follow=True)
    assert "une opération de déneigement est déclarée" in text(answer)
    assert "Déclarée par Voirie, jeudi 24 décembre 2026 à 16 h. 10 cm" in text(answer)
    made = Declaration.objects.get()
    assert f'action="/desk/streets/tonight/{made.pk}/undo/"' in text(answer)
    back = roads.post(f"/desk/streets/tonight/{made.pk}/undo/", follow=True)
    assert "La déclaration est reprise." in text(back) and "Pas encore déclaré" in text(back)
    assert parking.tonight().verdict == Verdict.PENDING


def test_the_next_night_is_declared_ahead_and_the_wrong_one_is_refused(roads: Client) -> None:
    roads.post("/desk/streets/tonight/", {"night": "2026-12-25", "word": "on"})
    assert Declaration.objects.get().night == date(2026, 12, 25)
    assert parking.tonight().verdict == Verdict.PENDING
    for wrong in ("2026-12-23", "2027-01-01", "hier", ""):
        answer = roads.post("/desk/streets/tonight/", {"night": wrong, "word": "on", "note": "gardé"})
        assert answer.status_code == 422 and 'value="gardé"' in text(answer)
    assert roads.post("/desk/streets/tonight/", {"night": "2026-12-24", "word": "maybe"}).status_code == 422
    assert Declaration.objects.count() == 1


def test_agents_read_the_page_and_declare_nothing(town: SmallTown, signed_in: SignIn) -> None:
    agent = signed_in(town.agent)
    declare_operation(night=date(2026, 12, 24), word="off", by=town.manager)
    seen = page(agent)
    assert "il n’y a pas d’opération de déneigement cette nuit" in seen and "Voirie déclare les opérations." in seen
    assert '<button class="btn danger"' not in seen and "Publier un avis" not in seen
    assert agent.post("/desk/streets/tonight/", {"night": "2026-12-24", "word": "on"}).status_code == 403


def test_a_technician_of_another_department_is_refused(town: SmallTown, signed_in: SignIn) -> None:
    planner = signed_in(town.planner)
    assert planner.post("/desk/streets/tonight/", {"night": "2026-12-24", "word": "on"}).status_code == 403
    works = publish_works(
        notice=NewRoadNotice(
            kind="works", nature_fr="Pavage", street=Street.objects.get(),
            first_day=date(2026, 12, 28), last_day=date(2026, 12, 30),
        ), owner=town.works, key="k", by=town.technician,
    )  # fmt: skip
    assert planner.post(f"/desk/streets/notices/{works.pk}/lift/").status_code == 403
    assert planner.get(f"/desk/streets/notices/{works.pk}/").status_code == 404
    assert planner.post("/desk/streets/notices/new/", form(town)).status_code == 422  # not their department
    assert RoadNotice.objects.count() == 1


def test_a_notice_is_published_corrected_lifted_and_put_back(roads: Client, town: SmallTown) -> None:
    assert "Aucun avis en ce moment" in page(roads)
    answer = roads.post("/desk/streets/notices/new/", form(town, civic_from=10, civic_to=20), follow=True)
    assert "Publié : Pavage." in text(answer) and "rue du Quai, du 10 au 20" in text(answer)
    works = RoadNotice.objects.get()
    shown = page(roads, f"/desk/streets/notices/{works.pk}/")
    assert 'value="rue du Quai"' in shown and 'value="2026-12-30"' in shown
    roads.post(f"/desk/streets/notices/{works.pk}/", form(town, last_day="2027-01-08", detour_fr="par l'Anse"))
    works.refresh_from_db()
    assert (works.last_day, works.civic_from, works.detour_fr) == (date(2027, 1, 8), None, "par l'Anse")
    journal = page(roads, f"/desk/streets/notices/{works.pk}/")
    assert "corrigé" in journal and "Du numéro : 10" in journal
    assert "Dernier jour : mercredi 30 décembre 2026" in journal
    lifted = roads.post(f"/desk/streets/notices/{works.pk}/lift/", follow=True)
    assert "Levé : Pavage." in text(lifted) and f"/desk/streets/notices/{works.pk}/restore/" in text(lifted)
    assert roads.post(f"/desk/streets/notices/{works.pk}/", form(town)).status_code == 422
    assert "De nouveau en vigueur : Pavage." in text(
        roads.post(f"/desk/streets/notices/{works.pk}/restore/", follow=True)
    )


@pytest.mark.parametrize(
    ("language", "days", "hours"),
    [
        ("fr", "Premier jour : lundi 28 décembre 2026", "À partir de quelle heure : 7 h 30"),
        ("en", "First day: Monday, December 28, 2026", "From what hour: 7:30 a.m."),
    ],
)
def test_what_a_notice_said_before_is_read_in_the_words_of_the_page(
    roads: Client, town: SmallTown, language: str, days: str, hours: str
) -> None:
    roads.post("/desk/streets/notices/new/", form(town, from_hour="07:30", until_hour="16:00", weather="on"))
    path = f"/desk/streets/notices/{RoadNotice.objects.get().pk}/"
    roads.post(path, form(town, first_day="2026-12-29", detour_fr="par l'Anse"))
    roads.cookies["lang"] = language
    journal = page(roads, path)
    assert days in journal and hours in journal and "True" not in journal
    assert ("Détour : rien" if language == "fr" else "Detour: nothing") in journal


def test_the_same_form_sent_twice_publishes_once(roads: Client, town: SmallTown) -> None:
    sent = form(town)
    for _ in range(2):
        assert roads.post("/desk/streets/notices/new/", sent).status_code == 302
    assert RoadNotice.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"street": "rue du Quais"}, "Aucune rue de ce nom. Est-ce rue du Quai?"),
        ({"street": "xyz"}, "Aucune rue de ce nom."),
        ({"street": ""}, "Dites où : une rue ou un secteur."),
        ({"last_day": "2026-12-27"}, "Le dernier jour vient avant le premier."),
        ({"last_day": ""}, "Dites jusqu’à quand."),
        ({"from_hour": "07:00"}, "Donnez les deux heures, ou aucune."),
        ({"kind": "boil_water"}, "Un avis d’ébullition le dit, dans les deux langues."),
    ],
)
def test_what_is_to_be_mended_is_said_and_what_was_typed_is_kept(
    roads: Client, town: SmallTown, values: dict[str, object], said: str
) -> None:
    answer = roads.post("/desk/streets/notices/new/", form(town, nature_fr="Pavage de nuit", **values))
    assert answer.status_code == 422
    assert said in text(answer) and 'value="Pavage de nuit"' in text(answer)
    assert not RoadNotice.objects.exists()


def test_water_to_boil_in_a_whole_sector_is_told_first(roads: Client, town: SmallTown) -> None:
    zone = Sector.objects.get(slug="nord")
    sent = form(
        town, kind="boil_water", nature_fr="Avis d'ébullition", nature_en="Boil water", street="", sector=zone.pk,
        first_day="2026-12-24", last_day="", details_fr="Faites bouillir.", details_en="Boil it.",
    )  # fmt: skip
    assert roads.post("/desk/streets/notices/new/", sent).status_code == 302
    assert works_touching(town.address, date(2026, 12, 24)).notices[0].urgent
    assert "Nord" in page(roads) and "Faites bouillir." in page(roads)


def test_water_to_boil_in_the_whole_town_is_published_then_kept_to_a_sector(
    roads: Client, client: Client, town: SmallTown
) -> None:
    sent = form(
        town, kind="boil_water", nature_fr="Avis d'ébullition", nature_en="Boil water", street="", whole_town="on",
        first_day="2026-12-24", last_day="", details_fr="Faites bouillir.", details_en="Boil it.",
    )  # fmt: skip
    assert roads.post("/desk/streets/notices/new/", sent).status_code == 302
    assert "toute la ville" in page(roads) and "Faites bouillir." in page(client, "/")
    path = f"/desk/streets/notices/{RoadNotice.objects.get().pk}/"
    both = text(roads.post(path, sent | {"sector": Sector.objects.get(slug="nord").pk}))
    assert "Toute la ville, ou un de ses lieux : pas les deux." in both
    narrowed = {name: value for name, value in sent.items() if name != "whole_town"}
    assert roads.post(path, narrowed | {"sector": Sector.objects.get(slug="nord").pk}).status_code == 302
    assert not RoadNotice.objects.get().whole_town and "Toute la ville : Oui" in page(roads, path)


def test_the_page_costs_the_same_with_one_notice_or_ten(
    roads: Client, town: SmallTown, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def fill() -> None:
        roads.post("/desk/streets/notices/new/", form(town))

    fill()
    page(roads)
    with django_assert_num_queries(8):
        page(roads)
    for _ in range(9):
        fill()
    page(roads)
    with django_assert_num_queries(8):
        page(roads)


def test_the_page_speaks_english(roads: Client, town: SmallTown) -> None:
    User.objects.filter(pk=town.technician.pk).update(language="en")
    roads.cookies["django_language"] = "en"
    seen = page(roads)
    assert "Parking tonight" in seen and "Declare an operation" in seen
    response = roads.post("/desk/streets/notices/new/", form(town, nature_en="Paving"), follow=True)
    assert "Published: Paving." in text(response)
