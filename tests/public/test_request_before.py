"""What is shown before a request is sent: a danger, how long it takes, the open requests nearby."""

import html
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import signing
from django.db.models import F
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries.reporting.resolution_times import reported_nearby, resolution_times
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import Subject
from parvis.apps.catalogue.queries.restrictions import restricted_subjects
from parvis.apps.content.models import Danger
from parvis.apps.content.services.content import bump_edition
from parvis.apps.directory.models import Actor
from parvis.apps.places.models import Address, Sector
from tests.factories import SmallTown, make_address, make_person, unique

PATH = "/demande/nid-de-poule/"
CALL_NOW = "Sortez tout de suite. Ne touchez ni interrupteur ni flamme. Une fois dehors, composez le 911."
SCRIPT = "Sortez et composez le 911."
MONDAY = datetime(2026, 11, 2, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _monday(settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-23T10:00:00-05:00"


def html_of(response: Any) -> str:
    return html.unescape(response.content.decode()).replace("\u00a0", " ")


def filled(client: Client, **more: Any) -> dict[str, Any]:
    key = re.search(r'name="key" value="([^"]+)"', client.get(PATH).content.decode())
    assert key
    form = {"words": "Un trou.", "nature": "request", "who": "nobody", "place": "12, rue du Quai"}
    return {"key": html.unescape(key[1]), **form} | more


def opened(town: SmallTown, subject: Subject, **more: Any) -> Case:
    new_case = NewCase(key=unique(), subject=subject, nature="request", channel="phone", **more)
    return open_case(new_case, by=Actor.staff(town.agent)).case


def closed(town: SmallTown, days: list[int], address: Address, reason: str = "done") -> None:
    """Past pothole requests, closed that many days after the same Monday."""
    for took in days:
        case = opened(town, town.pothole, address=address)
        ended = MONDAY + timedelta(days=took)
        Case.objects.filter(pk=case.pk).update(
            state="closed", closing_reason=reason, opened_at=MONDAY, closed_at=ended, address=address
        )


# --- How long -----------------------------------------------------------------------------------------------------


def test_the_past_of_the_sector_is_told_in_working_days(town: SmallTown, client: Client) -> None:
    closed(town, [0, 1, 1, 2, 3, 4, 7, 7, 8, 14], town.address)
    past = resolution_times(town.pothole, town.address.sector)
    assert past and (past.count, past.half, past.nine_in_ten) == (10, 3, 6)
    form = filled(client)
    part = html_of(client.post(f"{PATH}avant/", form))
    assert "Des 10 dernières de ce genre près de là (Nord)" in part
    assert "en 3 jours ouvrables ou moins, neuf sur dix en 6 jours ouvrables ou moins" in part


def test_elsewhere_the_whole_town_speaks_and_without_a_past_nobody_does(town: SmallTown, client: Client) -> None:
    assert "Trop peu de requêtes" in html_of(client.get(PATH))
    closed(town, [0] * 4, town.address)
    assert resolution_times(town.pothole, town.address.sector) is None
    closed(town, [0], town.address)
    elsewhere = make_address(1, "rang Loin", sector=None)
    assert elsewhere.sector is None
    page = html_of(client.get(PATH))
    assert "Des 5 dernières de ce genre dans toute la ville, neuf sur dix ont été réglées le jour même" in page


def test_what_was_withdrawn_tells_nothing_of_the_pace(town: SmallTown) -> None:
    closed(town, [0] * 9, town.address, reason="withdrawn")
    assert resolution_times(town.pothole, None) is None


def test_a_question_answered_as_it_was_asked_tells_nothing_of_the_pace(town: SmallTown) -> None:
    closed(town, [3] * 5, town.address)
    closed(town, [0] * 5, town.address)
    at_once = Case.objects.order_by("-pk").values_list("pk", flat=True)[:5]
    Case.objects.filter(pk__in=list(at_once)).update(nature="information", closed_at=F("opened_at"))
    past = resolution_times(town.pothole, None)
    assert past and (past.count, past.half) == (5, 3)


def test_the_past_costs_one_query(town: SmallTown, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    closed(town, [1] * 50, town.address)
    resolution_times(town.pothole, town.address.sector)
    with django_assert_num_queries(1):
        resolution_times(town.pothole, town.address.sector)
    restricted_subjects()  # read once a second at most
    with django_assert_num_queries(1):
        reported_nearby(town.pothole, town.address, None)


def test_the_promise_is_said_as_it_will_be_made(town: SmallTown, client: Client) -> None:
    page = html_of(client.get(PATH))
    assert "d’ici le lundi 30 novembre" in page and "Voirie" in page
    client.post(PATH, filled(client))
    case = Case.objects.get()
    assert case.due_at and case.due_at.date().isoformat() == "2026-11-30"


def test_a_comment_is_promised_nothing_beforehand(town: SmallTown, client: Client) -> None:
    part = html_of(client.post(f"{PATH}avant/", filled(client, nature="comment")))
    assert "aucune réponse n’est promise" in part and "promesse" not in part


def test_without_a_script_a_button_looks_at_the_place_and_finds_no_fault(town: SmallTown, client: Client) -> None:
    closed(town, [2] * 5, town.address)
    response = client.post(PATH, filled(client, see="1", words="", who="me"))
    page = html_of(response)
    assert response.status_code == 200 and "près de là (Nord)" in page and "aria-invalid" not in page
    assert 'value="12, rue du Quai"' in page and not Case.objects.filter(state="new").exists()


# --- Perhaps another town -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["1500, boulevard Fréchette, Ville-Loin", "45 rue Martel", "8 Bourgogne Street"])
def test_a_street_that_the_town_does_not_have_is_told_beside_the_place_and_refused_nowhere(
    town: SmallTown, client: Client, place: str
) -> None:
    assert "peut-être dans une autre ville" in html_of(client.post(f"{PATH}avant/", filled(client, place=place)))
    form = filled(client, place=place)
    page = html_of(client.post(PATH, form))
    assert "Pas encore envoyée" in page and "Nous ne connaissons ici aucune rue de ce nom" in page
    assert not Case.objects.exists()
    seen = re.search(r'name="seen" value="([^"]+)"', page)
    assert seen and client.post(PATH, form | {"seen": seen[1]}).status_code == 302
    assert Case.objects.get().place_text == place


@pytest.mark.parametrize(
    "place",
    [
        *("12, rue du Quai", "12 rue du quay", "9999 rue du Quai", "12 rue du Quai, près du parc", "rue Inconnue"),
        *("coin Quai et Phare", "derrière l’école", "25 mètres après le pont", "le 7-Eleven", ""),
    ],
)
def test_a_street_of_the_town_or_a_landmark_is_not_doubted(town: SmallTown, client: Client, place: str) -> None:
    assert "autre ville" not in html_of(client.post(f"{PATH}avant/", filled(client, place=place)))


def test_a_point_on_the_map_says_enough_of_a_street_that_is_not_known(town: SmallTown, client: Client) -> None:
    form = filled(client, place="45 rue Martel", pin="48.4,-64.3")
    assert "autre ville" not in html_of(client.post(f"{PATH}avant/", form))


# --- Danger -------------------------------------------------------------------------------------------------------


@pytest.fixture
def gas(town: SmallTown) -> None:
    Danger.objects.create(
        words_fr=["odeur de gaz"], words_en=["smell of gas"], say_fr="Sortez et composez le 911.", say_en="Leave."
    )
    bump_edition()


@pytest.mark.usefixtures("gas")
def test_a_danger_comes_before_the_form_and_is_read_before_it_is_sent(client: Client) -> None:
    words = "Un trou et une odeur de gaz"
    page = html_of(client.get(PATH, {"q": words}))
    assert page.index(CALL_NOW) < page.index("<form id=")
    part = html_of(client.post(f"{PATH}avant/", filled(client, words=words)))
    assert CALL_NOW in part
    form = filled(client, words=words)
    first = html_of(client.post(PATH, form))
    assert not Case.objects.exists() and "Pas encore envoyée" in first and first.count(CALL_NOW) == 2
    assert not [item for item in (page, part, first) if SCRIPT in item], "the script of the agents is theirs"
    seen = re.search(r'name="seen" value="([^"]*)"', first)
    assert seen and client.post(PATH, form | {"seen": seen[1]}).status_code == 302
    assert Case.objects.count() == 1


@pytest.mark.usefixtures("gas")
def test_a_danger_told_while_choosing_leaves_nothing_else_until_nobody_is_in_danger(client: Client) -> None:
    words = "un gros trou dans la rue et une odeur de gaz"
    page = html_of(client.get("/demande/", {"q": words}))
    assert CALL_NOW in page and SCRIPT not in page and 'href="tel:911"' in page
    assert '<ul class="kinds">' not in page and "search-line" not in page
    on = re.search(r'href="(/demande/\?q=[^"]*sauf=1)"', page)
    assert on
    after = html_of(client.get(on[1]))
    assert '<ul class="kinds">' in after and CALL_NOW not in after and 'href="tel:911"' in after


@pytest.mark.usefixtures("gas")
@pytest.mark.parametrize(
    ("words", "number"), [("mon enfant a bu de l'eau de Javel", "+18004635060"), ("je veux mourir", "+18662773553")]
)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_line_that_helps_stands_beside_911_on_every_public_page(
    client: Client, words: str, number: str, lang: str
) -> None:
    for path in ("/", "/demande/", PATH):
        page = client.get(path, {"q": words, "langue": lang}, follow=True).content.decode()
        assert f'href="tel:{number}"' in page and 'href="tel:911"' in page, (path, lang)


# --- Already told -------------------------------------------------------------------------------------------------


def test_what_is_open_at_that_place_is_offered_once_without_a_word_of_its_author(
    client: Client, town: SmallTown
) -> None:
    person = make_person("Jeanne Arsenault", email="jeanne@exemple.ca")
    case = opened(town, town.pothole, address=town.address, words="Devant chez mon frère malade.", person=person)
    form = filled(client)
    first = html_of(client.post(PATH, form))
    assert Case.objects.count() == 1 and "Quelqu’un nous l’a déjà dit" in first
    link = re.search(r'href="(/demande/deja/[^"]+)"', first)
    assert link
    public = html_of(client.get(link[1]))
    assert "rue du Quai" in public and "d’ici le lundi 30 novembre" in public
    for private in ("frère", "Jeanne", "jeanne@", case.reference, case.secret, case.code, "12, rue"):
        assert private not in first.replace('value="12, rue du Quai"', "") and private not in public
    seen = re.search(r'name="seen" value="([^"]*)"', first)
    assert seen
    readable = json.loads(signing.b64_decode(link[1].split("/")[3].split(":")[0].encode()))
    assert case.pk not in readable and f"near-{case.pk}" not in seen[1].split(), "nor its number, in what is hidden"
    client.post(PATH, form | {"seen": seen[1]})
    assert Case.objects.count() == 2


def test_a_promise_that_waits_is_told_to_wait_and_not_for_whom(client: Client, town: SmallTown) -> None:
    case = opened(town, town.pothole, address=town.address, person=make_person(email="jeanne@exemple.ca"))
    handling.ask(case_id=case.pk, words="De quelle couleur est votre porte ?", by=town.technician)
    first = html_of(client.post(PATH, filled(client)))
    link = re.search(r'href="(/demande/deja/[^"]+)"', first)
    assert link
    for page in (first, html_of(client.get(link[1]))):
        assert "rue du Quai" in page and "promis d’ici" not in page.casefold()
        assert "porte" not in page and "Waiting" not in page and "votre réponse" not in page.replace("\xa0", " ")
    assert "Notre promesse est en pause d’ici là." in html_of(client.get(link[1]))


def test_near_is_measured_from_the_very_point(town: SmallTown) -> None:
    house = make_address(14, "rue du Phare", latitude=48.4, longitude=-64.3)
    opened(town, town.pothole, address=house)
    opened(town, town.pothole, point=(48.41, -64.3), place_text="Plus loin")
    assert len(reported_nearby(town.pothole, None, (48.4005, -64.3))) == 1
    assert len(reported_nearby(town.pothole, None, (48.4099, -64.3))) == 1
    assert reported_nearby(town.pothole, None, (48.42, -64.3)) == []


def test_closed_ones_and_complaints_are_nobody_elses_business(town: SmallTown) -> None:
    handling.close(
        case_id=opened(town, town.pothole, address=town.address).pk,
        reason="answered",
        words="Fait.",
        by=town.technician,
    )
    new_case = NewCase(
        key=unique(), subject=town.pothole, nature="complaint", channel="phone", words="Mal fait.", address=town.address
    )
    open_case(new_case, by=Actor.staff(town.agent))
    assert reported_nearby(town.pothole, town.address, None) == []
    opened(town, town.streetlight, address=town.address)
    assert reported_nearby(town.streetlight, town.address, None) == [], "its subject asks for no place"


def test_a_forged_link_to_what_is_told_leads_nowhere(client: Client, town: SmallTown) -> None:
    opened(town, town.pothole, address=town.address)
    assert client.get("/demande/deja/1:abc:def/").status_code == 404


# --- Choosing, places ---------------------------------------------------------------------------------------------


def test_kinds_are_listed_by_family_and_found_by_words(client: Client, town: SmallTown) -> None:
    bump_edition()
    page = html_of(client.get("/demande/"))
    assert all(f'href="/demande/{slug}/"' in page for slug in ("nid-de-poule", "lampadaire", "cabanon"))
    page = html_of(client.get("/demande/", {"q": "lampadaire éteint devant l'école"}))
    assert "Sans doute" in page and "?q=lampadaire%20%C3%A9teint" in page
    lost = html_of(client.get("/demande/", {"q": "xyzzy"}))
    assert "Nous ne reconnaissons pas ces mots" in lost


def test_words_come_along_to_the_form(client: Client, town: SmallTown) -> None:
    page = html_of(client.get(PATH, {"q": "Un trou <b>énorme</b>"}))
    assert "Un trou <b>énorme</b></textarea>" in page and "<b>énorme</b></h1>" not in page


def test_addresses_are_proposed_to_anyone(client: Client, town: SmallTown) -> None:
    assert "12, rue du Quai" in html_of(client.get("/demande/lieux", {"q": "12 quai"}))
    assert client.get("/demande/lieux", {"q": "1"}).status_code == 204


def test_a_point_says_what_is_near_it(client: Client, town: SmallTown) -> None:
    make_address(14, "rue du Phare", latitude=48.4, longitude=-64.3)
    near = client.get("/demande/lieux/proche", {"at": "48.4004,-64.3"}).json()
    assert near["inside"] and near["words"].replace("\u00a0", " ") == "à 44 m du 14, rue du Phare"
    assert client.get("/demande/lieux/proche", {"at": "45,-73"}).json()["inside"] is False
    assert client.get("/demande/lieux/proche", {"place": "14 rue du Phare"}).json()["at"] == "48.400000,-64.300000"
    assert client.get("/demande/lieux/proche", {"at": "'"}).status_code == 422


def test_a_point_that_may_be_out_of_the_town_is_told_as_such(client: Client, town: SmallTown) -> None:
    def beyond(at: str) -> bool:
        near = client.get("/demande/lieux/proche", {"at": at}).json()
        assert near["inside"] and near["words"] == ""
        return bool(near["beyond"])

    make_address(14, "rue du Phare", latitude=48.4, longitude=-64.3)
    make_address(2, "rue du Phare", latitude=48.46, longitude=-64.3)
    assert not beyond("48.43,-64.3"), "between the houses, and no sector is drawn"
    assert beyond("48.38,-64.3"), "before the first house"
    corners = [[-64.4, 48.37], [-64.2, 48.37], [-64.2, 48.41], [-64.4, 48.41], [-64.4, 48.37]]
    Sector.objects.update(polygon={"type": "Polygon", "coordinates": [corners]})
    assert not beyond("48.38,-64.3"), "in a sector of the town, though no house is near"
    assert beyond("48.43,-64.3"), "in no sector"
    page = html_of(client.get(PATH))
    assert 'data-beyond="Aucune adresse n’est près de ce point : il est peut-être hors de la ville."' in page


def test_the_plan_is_fetched_once(client: Client, town: SmallTown) -> None:
    plan = client.get("/demande/lieux/plan.geojson")
    assert plan.json()["type"] == "FeatureCollection"
    again = client.get("/demande/lieux/plan.geojson", headers={"if-none-match": plan["ETag"]})
    assert again.status_code == 304
