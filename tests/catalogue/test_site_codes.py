"""Codes of places and equipment: made by staff, scanned by anyone, kept by the request, counted without anyone."""

import html
import re
from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.cases.models import Case
from parvis.apps.catalogue.models import DailyOpenings, SiteCode, Subject
from parvis.apps.catalogue.queries import site_codes as queries
from parvis.apps.catalogue.rules.site_codes import clean_code, new_code, read_list
from parvis.apps.catalogue.services.site_codes import SiteDetails, make_code
from parvis.apps.content.services.content import bump_edition
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Role
from parvis.apps.places.models import MapShape
from parvis.ui import printing
from tests.counting import statements
from tests.factories import SmallTown
from tests.public.test_request import html_of

SQUARE = [[-70.52, 46.88], [-70.50, 46.88], [-70.50, 46.90], [-70.52, 46.90], [-70.52, 46.88]]
CODES = "/desk/places/codes/"


@pytest.fixture(autouse=True)
def _monday(settings: Settings, town: SmallTown) -> None:
    settings.PARVIS_NOW = "2026-11-23T10:00:00-05:00"
    town.address.latitude, town.address.longitude = 46.886, -70.514
    town.address.save()
    bump_edition()


@pytest.fixture
def agent(town: SmallTown, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(town.staff[Role.AGENT])


def lamp(town: SmallTown, number: str = "1042", **more: object) -> SiteCode:
    details = {"kind": "lampadaire", "place_text": "12, rue du Quai", "subject": town.streetlight} | more
    return make_code(details=SiteDetails("Lampadaire", number=number, **details), by=town.staff[Role.AGENT])  # type: ignore[arg-type]


def typed(**more: str) -> dict[str, str]:
    names = dict.fromkeys(("kind", "number", "name_en", "place_text", "latitude", "longitude", "subject"), "")
    return names | {"name_fr": "Abribus"} | more


def test_a_code_is_read_as_typed_and_tells_nothing() -> None:
    assert clean_code(" 7k3-omp l") == "7K30MP1"
    assert clean_code("7K3") == "" and len({new_code() for _time in range(50)}) == 50


def test_a_list_is_read_whatever_separates_it() -> None:
    for text in ("Genre;Numéro;Lieu\nlampadaire;7;1, rue A\n;;\n", "type\tno\tadresse\nlampadaire\t7\t1, rue A"):
        rows, unknown = read_list(text)
        assert [row.values for row in rows] == [{"kind": "lampadaire", "number": "7", "place": "1, rue A"}]
        assert unknown == []
    assert read_list("couleur;nom\nbleu;Parc")[1] == ["couleur"] and read_list("") == ([], [])


def test_staff_make_move_retire_and_bring_back_a_code_that_stays_the_same(agent: Client, town: SmallTown) -> None:
    response = agent.post(f"{CODES}new/", typed(place_text="12, rue du Quai", number="5"))
    site = SiteCode.objects.get()
    assert response["Location"] == f"{CODES}{site.pk}/" and site.point == town.address.point
    assert site.full_place == "Abribus 5, 12, rue du Quai"
    page = html_of(agent.get(f"{CODES}{site.pk}/"))
    assert f"/ici/{site.code}" in page and "Abribus 5" in page

    again = agent.post(f"{CODES}new/", typed(place_text="12, rue du Quai", number="5"))
    assert again.status_code == 422 and SiteCode.objects.count() == 1
    for wrong in (
        typed(),
        typed(latitude="45.4"),
        typed(latitude="x", longitude="y"),
        typed(latitude="10", longitude="10"),
    ):
        assert agent.post(f"{CODES}new/", wrong | {"number": "6"}).status_code == 422

    north, east = site.point
    moved = typed(name_fr="Abribus du quai", latitude=f"{north + 0.001:.6f}", longitude=f"{east:.6f}")
    agent.post(f"{CODES}{site.pk}/", moved)
    code, site = site.code, SiteCode.objects.get()
    assert site.code == code and site.name_fr == "Abribus du quai" and site.latitude == pytest.approx(north + 0.001)

    agent.post(f"{CODES}{site.pk}/retire/")
    gone = Client().get(f"/ici/{code}/")
    assert gone.status_code == 410 and "Abribus du quai" in html_of(gone) and 'href="/signaler/"' in html_of(gone)
    assert "Abribus du quai" in html_of(agent.get(f"{CODES}?retired")) and code not in html_of(agent.get(CODES))
    agent.post(f"{CODES}{site.pk}/restore/")
    assert Client().get(f"/ici/{code}").status_code == 302


def test_a_list_makes_every_code_or_none_and_names_the_wrong_lines(agent: Client, town: SmallTown) -> None:
    header = "genre;nom;numéro;lieu;latitude;longitude;sujet\n"
    good = f"lampadaire;;1;12, rue du Quai;;;{town.streetlight.slug}\nlampadaire;;2;12, rue du Quai;;;\n"
    wrong = agent.post(
        f"{CODES}list/", {"text": f"{header}{good}abribus;Abribus;;nulle part;;;\n;Banc;;12, rue du Quai;;;licorne"}
    )
    page = html_of(wrong)
    assert wrong.status_code == 422 and "4" in page and "licorne" in page and not SiteCode.objects.exists()
    assert agent.post(f"{CODES}list/", {"text": header + good}).status_code == 302
    assert list(SiteCode.objects.order_by("number").values_list("name_fr", "number", "subject__slug")) == [
        ("lampadaire 1", "1", town.streetlight.slug), ("lampadaire 2", "2", None),
    ]  # fmt: skip


def test_the_parks_of_the_map_get_their_code_once(agent: Client) -> None:
    park = MapShape.objects.create(
        kind="park", slug="parc", name_fr="Parc du Quai", geometry={"type": "Polygon", "coordinates": [SQUARE]}
    )
    page = html_of(agent.get(f"{CODES}map/"))
    assert "Parc du Quai" in page
    for _time in range(2):
        agent.post(f"{CODES}map/", {"shape": [park.pk]})
    site = SiteCode.objects.get()
    assert (site.name_fr, site.shape) == ("Parc du Quai", park) and "Parc du Quai" not in html_of(
        agent.get(f"{CODES}map/")
    )
    assert queries.kind_at((46.885, -70.515)) == site and queries.kind_at((46.95, -70.515)) is None


def test_parks_of_one_name_are_told_apart_and_their_kind_is_in_the_language_of_the_town(
    agent: Client, town: SmallTown
) -> None:
    geometry = {"type": "Polygon", "coordinates": [SQUARE]}
    parks = [
        MapShape.objects.create(kind="park", slug=f"parc-{n}", name_fr="Parc-école", geometry=geometry) for n in "abc"
    ]
    agent.cookies["lang"] = "en"
    made = agent.post(f"{CODES}map/", {"shape": [park.pk for park in parks]}, headers={"Accept-Language": "en"})
    assert made["Location"] == CODES
    sites = list(SiteCode.objects.order_by("pk"))
    assert [site.kind for site in sites] == ["parc"] * 3 and {site.shape for site in sites} == set(parks)
    places = [site.place_text for site in sites]
    assert places[:2] == ["", town.address.street.name] and len(set(places)) == 3


def test_a_subject_that_is_no_longer_offered_stays_with_its_code(agent: Client, town: SmallTown) -> None:
    site = lamp(town)
    Subject.objects.filter(pk=town.streetlight.pk).update(routable=False)
    bump_edition()
    page = html_of(agent.get(f"{CODES}{site.pk}/"))
    assert f'<option value="{town.streetlight.slug}" selected>' in page and "n’est plus offert" in page
    north, east = (f"{degrees:.6f}" for degrees in site.point)
    kept = typed(name_fr="Lampadaire", number="7", latitude=north, longitude=east)
    kept |= {"place_text": site.place_text, "subject": town.streetlight.slug}
    agent.post(f"{CODES}{site.pk}/", kept)
    assert SiteCode.objects.get().number == "7" and SiteCode.objects.get().subject == town.streetlight
    agent.post(f"{CODES}{site.pk}/", kept | {"subject": ""})
    assert SiteCode.objects.get().subject is None


def test_a_label_says_its_number_once(agent: Client, town: SmallTown) -> None:
    town.town.english = "open"
    town.town.save()
    lamp(town, "4", name_en="Streetlight 4")
    made = SiteCode.objects.get()
    SiteCode.objects.update(name_fr="Lampadaire 1042")
    page = " ".join(html_of(agent.get(f"{CODES}print/?code={made.pk}&paper=letter&size=medium&as=page")).split())
    assert "Lampadaire 1042 4" in page and "Streetlight 4" in page and "Streetlight 4 4" not in page


def test_a_scan_opens_the_form_filled_in_and_is_only_a_figure(client: Client, town: SmallTown) -> None:
    site = lamp(town)
    response = client.get(f"/ici/{site.code.lower()}/")
    assert response["Location"] == f"/demande/{town.streetlight.slug}/?ici={site.code}"
    client.get(f"/ici/{site.code}/")
    client.head(f"/ici/{site.code}/")
    assert list(DailyOpenings.objects.values_list("day", "count")) == [(date(2026, 11, 23), 1)] and not client.cookies
    page = html_of(client.get(response["Location"]))
    assert 'value="Lampadaire 1042, 12, rue du Quai"' in page and f'name="site" value="{site.code}"' in page
    assert client.get("/ici/ZZZZZZZ/").status_code == 404 and client.get("/ici/x/").status_code == 404
    assert queries.listed()[0].lately == 1  # type: ignore[attr-defined]


def test_without_a_subject_those_of_its_kind_are_offered(client: Client, town: SmallTown) -> None:
    site = lamp(town, subject=None)
    response = client.get(f"/ici/{site.code}/")
    assert response["Location"] == f"/signaler/?ici={site.code}"
    assert f'name="subject" value="{town.streetlight.slug}"' in html_of(client.get(response["Location"]))


def send(client: Client, site: SiteCode, subject: str, **more: object) -> object:
    page = client.get(f"/demande/{subject}/?ici={site.code}").content.decode()
    values = dict(re.findall(r'name="(key|site)" value="([^"]*)"', page))
    values = {name: html.unescape(value) for name, value in values.items()}
    pin = f"{site.latitude:.6f},{site.longitude:.6f}"
    values |= {"words": "Il clignote", "place": site.full_place, "pin": pin, "who": "nobody", "language": "fr"}
    return client.post(f"/demande/{subject}/", values | more)


def test_a_request_from_a_code_keeps_it_and_the_next_one_sees_it_first(client: Client, town: SmallTown) -> None:
    site, subject = lamp(town, subject=town.pothole), town.pothole.slug
    send(client, site, subject)
    case = Case.objects.get()
    assert (
        case.site.site_code == site and "Lampadaire 1042" in case.place_text and case.point == pytest.approx(site.point)
    )
    second = send(Client(), site, subject)
    assert second.status_code == 200 and 'name="shown" value="near-' in html_of(second)  # type: ignore[attr-defined]
    elsewhere = send(Client(), site, subject, place="Ailleurs, au bout du quai", pin="", seen="elsewhere")
    other = Case.objects.exclude(pk=case.pk).first()
    assert other is None or not hasattr(other, "site"), elsewhere


def test_the_list_costs_the_same_at_one_row_and_at_many(agent: Client, town: SmallTown) -> None:
    lamp(town)
    agent.get(CODES)
    with statements() as few:
        agent.get(CODES)
    for number in range(60):
        lamp(town, f"n{number}")
    with statements() as many:
        page = html_of(agent.get(CODES))
    assert len(many) == len(few) and "after=" in page


@pytest.mark.parametrize("size", ["small", "large"])
def test_labels_are_printed_in_the_languages_of_the_town(agent: Client, town: SmallTown, size: str) -> None:
    sites = [lamp(town), lamp(town, "1043", name_en="Streetlight")]
    query = "&".join(f"code={site.pk}" for site in sites) + f"&paper=letter&size={size}"
    page = html_of(agent.get(f"{CODES}print/?{query}&as=page"))
    assert page.count('<svg class="qr"') == 2 and all(f"<b>{site.code}</b>" in page for site in sites)
    assert ("Something wrong?" in page) is (town.town.english == "open")
    town.town.english = "exception"
    town.town.save()
    assert printing.to_type("/ici/") in page
    if printing.available():
        assert agent.get(f"{CODES}print/?{query}").content.startswith(b"%PDF")
    assert agent.get(f"{CODES}print/").status_code == 302
