"""A boil-water advisory in force: on every public page, with whether an address is affected, until it is lifted."""

import html
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import Nature, Subject
from parvis.apps.directory.models import Actor, Department, User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.places.models import Address, Sector, Street
from parvis.apps.schedules.models import RoadNotice
from parvis.apps.schedules.queries import water
from parvis.apps.schedules.services.works import NewRoadNotice, lift_works, publish_works, restore_works
from parvis.lib.errors import Invalid
from parvis.operations.town.load import load
from tests.factories import make_person, unique
from tests.public.makers import words
from tests.town.conftest import CARIGNAN, VILLAGE, Change

STRIP = "boil-now"
WHAT_TO_DO = re.compile(r'href="(/travaux/\d+/)#([\w-]+)"')
ADDRESS = "/mon-adresse/?voir=boil-water"
WHOLE_TOWN = """
- slug: eau-village
  kind: boil_water
  whole_town: true
  nature: {fr: "Avis d'ébullition", en: "Boil water notice"}
  details: {fr: "Faites bouillir l'eau une minute.", en: "Boil the water for one minute."}
  first_day: 2026-11-24
  owner: voirie
  source: {title: "Avis 2026-15"}
  verified_on: 2026-11-24
"""


@pytest.fixture(autouse=True)
def _morning(db: None, settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-24T10:00:00-05:00"


@pytest.fixture
def town_loaded(request: pytest.FixtureRequest) -> Path:
    folder: Path = request.param
    load(folder, demo=True)
    RoadNotice.objects.all().delete()
    return folder


both_towns = pytest.mark.parametrize("town_loaded", [CARIGNAN, VILLAGE], indirect=True, ids=lambda path: path.name)
the_village = pytest.mark.parametrize("town_loaded", [VILLAGE], indirect=True, ids=lambda path: path.name)


def publish(**values: object) -> RoadNotice:
    """An advisory for the whole town from today on, published from the desk."""
    by, owner = publisher()
    defaults: dict[str, object] = {
        "kind": "boil_water", "nature_fr": "Avis d’ébullition", "nature_en": "Boil water notice",
        "details_fr": "Bouillez l’eau une minute.", "details_en": "Boil the water for one minute.",
        "first_day": date(2026, 11, 24), "whole_town": True,
    }  # fmt: skip
    return publish_works(notice=NewRoadNotice(**defaults | values), owner=owner, key=unique(), by=by)  # type: ignore[arg-type]


def publisher() -> tuple[User, Department]:
    """A user who may publish notices, and their department."""
    may = (
        (user, department) for user in User.objects.order_by("pk") for department in Department.objects.order_by("pk")
    )
    return next((user, one) for user, one in may if user.may_in(Action.PUBLISH_WORKS, one.pk))


def lift(notice: RoadNotice) -> None:
    lift_works(works_id=notice.pk, by=publisher()[0])
    water.forget()


def is_shown(client: Client, path: str = "/") -> bool:
    water.forget()
    page = words(client, path)
    return STRIP in page and bool(WHAT_TO_DO.search(page))


def request_of(address: Address) -> str:
    subject = Subject.objects.filter(routable=True, active=True)[0]
    new_case = NewCase(
        key=unique(), subject=subject, nature=Nature.REQUEST, channel="phone", words="Bonjour.", address=address,
        person=make_person(email="j@exemple.ca"),
    )  # fmt: skip
    return open_case(new_case, by=Actor.staff(publisher()[0])).case.secret


@both_towns
@pytest.mark.parametrize("language", ["fr", "en"])
def test_it_stands_on_every_public_page_with_whether_it_touches_my_address(
    client: Client, town_loaded: Path, language: str
) -> None:
    address = Address.objects.order_by("pk")[0]
    secret, routable = request_of(address), Subject.objects.filter(routable=True, active=True)[0].slug
    publish()
    client.cookies[django_settings.LANGUAGE_COOKIE_NAME] = language
    paths = [
        "/", "/?q=bonjour", "/reponses/", "/reponses/collectes/", "/demande/", f"/demande/{routable}/", "/suivi/",
        f"/suivi/{secret}/", "/mon-adresse/", f"/mon-adresse/{address.pk}/",
    ]  # fmt: skip
    for path in paths:
        page = words(client, path)
        assert STRIP in page and WHAT_TO_DO.search(page), path
        whole = ("Bouillez l’eau une minute." if language == "fr" else "Boil the water for one minute.") in page
        assert whole or path != "/", path
        assert ("toute la ville" if language == "fr" else "the whole town") in page, path


@the_village
def test_lifted_it_leaves_every_page_at_once_and_put_back_it_returns(client: Client, town_loaded: Path) -> None:
    assert not is_shown(client)
    notice = publish()
    assert is_shown(client)
    lift(notice)
    assert not is_shown(client) and not is_shown(client, "/reponses/")
    restore_works(works_id=notice.pk, by=publisher()[0])
    assert is_shown(client)


@the_village
@pytest.mark.parametrize(
    ("first", "last", "moment", "stands"),
    [
        ("2026-11-25", None, "2026-11-24T23:59:59-05:00", False),  # not yet in force
        ("2026-11-25", None, "2026-11-25T00:00:00-05:00", True),  # from its first midnight, in the town
        ("2026-11-25", None, "2026-11-25T03:00:00+00:00", False),  # still the day before in the town
        ("2026-11-24", "2026-11-26", "2026-11-26T23:59:59-05:00", True),  # its last day
        ("2026-11-24", "2026-11-26", "2026-11-27T00:00:00-05:00", False),
        ("2026-11-24", None, "2027-11-24T10:00:00-05:00", True),  # until it is lifted
    ],
)
def test_the_clock_of_the_town_begins_and_ends_it(
    client: Client, town_loaded: Path, settings: Settings, first: str, last: str | None, moment: str, stands: bool
) -> None:
    publish(first_day=date.fromisoformat(first), last_day=date.fromisoformat(last) if last else None)
    settings.PARVIS_NOW = moment
    assert is_shown(client) is stands


@the_village
def test_a_page_kept_by_a_browser_changes_when_it_begins_is_corrected_ends_and_is_lifted(
    client: Client, town_loaded: Path, settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    seen = [client.get("/")["ETag"]]

    def changed() -> bool:
        water.forget()
        answer = client.get("/", headers={"if-none-match": seen[-1]})
        seen.append(answer["ETag"])
        return answer.status_code == 200

    notice = publish(first_day=date(2026, 11, 24), last_day=date(2026, 11, 24))
    assert changed() and not changed()
    with django_assert_num_queries(0):
        assert client.get("/", headers={"if-none-match": seen[-1]}).status_code == 304
    RoadNotice.objects.filter(pk=notice.pk).update(details_fr="Bouillez-la deux minutes.")
    assert changed()
    settings.PARVIS_NOW = "2026-11-25T00:00:01-05:00"  # past its end, without any action
    assert changed() and not is_shown(client)
    other = publish(first_day=date(2026, 11, 25))
    assert changed()
    lift(other)
    assert changed()


@the_village
def test_the_file_of_the_town_publishes_it_and_takes_it_back(
    client: Client, town_loaded: Path, village: Path, change: Change
) -> None:
    path = village / "works.yaml"
    before = path.read_text(encoding="utf-8")
    path.write_text(before + WHOLE_TOWN, encoding="utf-8")
    load(village, demo=True)
    assert is_shown(client) and "Faites bouillir l'eau une minute." in words(client, "/")
    path.write_text(before + WHOLE_TOWN + "  last_day: 2026-11-24\n", encoding="utf-8")
    load(village, demo=True)
    assert is_shown(client)
    path.write_text(before, encoding="utf-8")
    load(village, demo=True)
    assert not is_shown(client)


@both_towns
def test_an_address_is_told_yes_no_or_that_nobody_knows(client: Client, town_loaded: Path) -> None:
    address = Address.objects.select_related("street", "sector").exclude(sector=None).order_by("pk")[0]
    assert address.sector
    elsewhere = Address.objects.exclude(sector=address.sector).exclude(sector=None).order_by("pk")[0]
    nowhere = Address.objects.create(civic=99_001, street=address.street, key="99001 nouvelle")
    publish(whole_town=False, sector=address.sector)

    def verdict(of: Address) -> str:
        return words(client, f"/mon-adresse/{of.pk}/")

    assert "Oui : cet avis touche cette adresse." in verdict(address)
    assert "Non : cette adresse est hors du secteur visé par cet avis" in verdict(elsewhere)
    assert "Nous ne savons pas si cet avis touche cette adresse" in verdict(nowhere)
    client.cookies[django_settings.LANGUAGE_COOKIE_NAME] = "en"
    assert "Yes: this notice touches this address." in verdict(address)
    assert "No: this address is not where this notice applies" in verdict(elsewhere)
    assert "We cannot tell whether this notice touches this address" in verdict(nowhere)


@the_village
def test_a_notice_of_one_side_of_a_street_tells_the_houses_across_that_it_is_not_theirs(
    client: Client, town_loaded: Path
) -> None:
    street = Street.objects.get(name="place du Moulin")
    publish(whole_town=False, street=street, civic_from=10, civic_to=14, side="even")
    here, beyond = (Address.objects.get(street=street, civic=civic) for civic in (12, 16))
    other = Address.objects.exclude(street=street).order_by("pk")[0]
    assert "Oui : cet avis touche cette adresse." in words(client, f"/mon-adresse/{here.pk}/")
    for away in (beyond, other):
        assert "Non : cette adresse est hors du secteur visé" in words(client, f"/mon-adresse/{away.pk}/")


@the_village
def test_a_collection_sector_never_rules_out_a_notice_of_a_district(client: Client, town_loaded: Path) -> None:
    district = Sector.objects.create(slug="bas", kind="quartier", name_fr="Le bas", name_en="Lower town")
    address = Address.objects.exclude(sector=None).order_by("pk")[0]
    publish(whole_town=False, sector=district)
    assert "Nous ne savons pas si cet avis touche cette adresse" in words(client, f"/mon-adresse/{address.pk}/")
    address.street.segments.create(first=1, last=99_000, sector=district)
    assert "Oui : cet avis touche cette adresse." in words(client, f"/mon-adresse/{address.pk}/")


@the_village
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_link_of_the_strip_leads_to_what_to_do_then_to_the_answer_for_an_address(
    client: Client, town_loaded: Path, language: str
) -> None:
    notice = publish()
    client.cookies[django_settings.LANGUAGE_COOKIE_NAME] = language
    link = WHAT_TO_DO.search(words(client, "/"))
    assert link
    page = words(client, link[1])
    assert f'id="{link[2]}"' in page
    section = page.split(f'id="{link[2]}"')[1].split("</section>")[0]
    french = (
        "Boire",
        "Se brosser les dents",
        "Se laver",
        "vaisselle",
        "Animaux",
        "Jusqu’à quand",
        "au moins une minute",
    )
    english = ("Drink", "Brush your teeth", "Wash", "dishes", "Pets", "Until when", "one minute")
    for told in (*(french if language == "fr" else english), 'href="tel:811"'):
        assert told in section, told
    assert ADDRESS in page
    lift(notice)
    assert f'id="{link[2]}"' not in words(client, link[1]), "lifted, there is nothing to do any more"


@the_village
def test_a_typed_address_is_led_to_its_answer(client: Client, town_loaded: Path) -> None:
    publish()
    page = words(client, ADDRESS)
    assert "nous disons si l’avis d’ébullition la touche" in page and 'name="voir" value="boil-water"' in page
    address = Address.objects.get(street__name="place du Moulin", civic=12)
    answer = client.get("/mon-adresse/", {"q": "12 place du moulin", "voir": "boil-water"})
    assert answer["Location"] == f"/mon-adresse/{address.pk}/#boil-water"
    assert 'id="boil-water"' in words(client, f"/mon-adresse/{address.pk}/")
    unknown = html.unescape(client.get("/mon-adresse/?voir=boil-water&q=qqqq zzzz").content.decode())
    assert "Nous ne savons pas si l’avis d’ébullition la touche" in unknown


@the_village
def test_an_example_is_marked_in_the_demonstration_and_absent_elsewhere(
    client: Client, town_loaded: Path, settings: Settings
) -> None:
    RoadNotice.objects.filter(pk=publish().pk).update(example=True)
    settings.PARVIS_DEMO = True
    assert is_shown(client) and "exemple" in words(client, "/").split(STRIP)[1].split("</span>")[0] + words(client, "/")
    settings.PARVIS_DEMO = False
    assert not is_shown(client)


@the_village
@pytest.mark.parametrize("question", ["avis d'ébullition", "boil water advisory", "can I drink tap water"])
def test_the_question_is_answered_by_the_notice_and_by_its_absence(
    client: Client, town_loaded: Path, question: str
) -> None:
    none = words(client, f"/?q={question}")
    assert "À la connaissance de la Ville, aucun avis d’ébullition n’est en vigueur." in none
    assert "Vérifié le mardi 24 novembre 2026 à 10 h." in none
    assert "Cela ne prouve pas que l’eau est bonne" in none and 'href="tel:' in none
    notice = publish()
    water.forget()
    page = words(client, f"/?q={question}")
    assert "<h1>Avis d’ébullition</h1>" in page and "Bouillez l’eau une minute." in page.split("<h1>")[1]
    assert "n’est en vigueur" not in page and 'name="voir" value="boil-water"' in page
    lift(notice)
    after = words(client, f"/?q={question}")
    assert "n’est en vigueur" in after and "Levé le mardi 24 novembre à 10 h" in after


@the_village
def test_what_is_proposed_while_one_types_begins_with_the_notice(client: Client, town_loaded: Path) -> None:
    publish()
    options = words(client, "/propositions/?q=avis d'ébullition")
    assert options.index("Avis d’ébullition") < options.index("Envoyer")


@the_village
@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "works", "last_day": date(2026, 11, 30)}, "whole_town"),
        ({"street": "place du Moulin"}, "whole_town"),
        ({"from_hour": "08:00", "until_hour": "16:00"}, "from_hour"),
        ({"whole_town": False}, "street"),
    ],
)
def test_what_would_mislead_about_where_or_when_is_refused(
    town_loaded: Path, values: dict[str, object], field: str
) -> None:
    if "street" in values:
        values = {"street": Street.objects.get(name=values["street"])}
    with pytest.raises(Invalid) as refused:
        publish(**values)
    assert field in refused.value.fields


@the_village
def test_a_week_after_its_end_nothing_is_said_of_it_any_more(
    client: Client, town_loaded: Path, settings: Settings
) -> None:
    publish(last_day=date(2026, 11, 24))
    for days, is_shown_as_ended in ((1, True), (7, True), (8, False)):
        moment = date(2026, 11, 24) + timedelta(days=days)
        settings.PARVIS_NOW = f"{moment}T10:00:00-05:00"
        water.forget()
        assert ("Terminé depuis le 24 novembre" in words(client, "/?q=avis d'ébullition")) is is_shown_as_ended
