"""The public list and its map: what they show, what they never show, filters, pages, feeds."""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.test import Client
from PIL import Image
from pytest_django import Settings

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries import incidents
from parvis.apps.cases.queries import public_cases as public
from parvis.apps.cases.queries.lists import public_list
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.citizen import citizen
from parvis.apps.cases.services.incidents.incident_news import end_incident
from parvis.apps.cases.services.incidents.incidents import Words, open_incident
from parvis.apps.cases.services.merging import merging
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.cases.services.publishing import hide_case, publish_photo, publish_words, withdraw_photo
from parvis.apps.catalogue.models import Subject
from parvis.apps.catalogue.queries.restrictions import restricted_subjects
from parvis.apps.content.models import Notice
from parvis.apps.directory.models import Actor, Town
from parvis.apps.files.models import Attachment
from parvis.apps.files.services.attachments import keep_photo
from parvis.apps.places.models import Address, Sector
from parvis.apps.residents.models import Person
from parvis.lib import ttl_cache
from parvis.operations.town.load import load
from parvis.surfaces.public.request.screen import follow_token
from tests.counting import statements
from tests.factories import SmallTown, make_address, make_person, unique
from tests.public.makers import words as page_of

ROOT = Path(__file__).parents[2]
TOWNS = [ROOT / "towns/carignan", ROOT / "tests/towns/val-des-aulnes"]
SECRETS = (
    *("Zénobie", "Tartempion", "zenobie@secret.exemple", "555-0147", "5550147", "molosse", "chez mon voisin"),
    *("Intitulé caché", "réponse interne", "note interne", "8765", "Cachottier"),
)


@pytest.fixture(autouse=True)
def _wednesday(settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-25T10:00:00-05:00"


@pytest.fixture
def public_town(town: SmallTown) -> SmallTown:
    town.pothole.public = True
    town.pothole.save()
    return town


def photo(name: str = "Zénobie Tartempion.jpg") -> Attachment:
    out = BytesIO()
    Image.new("RGB", (320, 240), "white").save(out, "JPEG")
    return keep_photo(ContentFile(out.getvalue(), name=name), by=Actor.citizen())


def request(town: SmallTown, **more: Any) -> Case:
    values = {"subject": town.pothole, "nature": "request", "channel": "web", "words": "Un trou", **more}
    new_case = NewCase(key=unique(), **{"address": town.address, **values})
    return open_case(new_case, by=Actor.staff(town.agent)).case


def secret_case(town: SmallTown, **more: Any) -> Case:
    """A case with a secret in all that a citizen or an agent wrote."""
    person = make_person("Zénobie Tartempion", phone="+14505550147", email="zenobie@secret.exemple")
    house = make_address(8765, "rue du Quai", latitude=45.4501, longitude=-73.3004)
    values = {
        "person": person,
        "words": "Mon molosse est tombé chez mon voisin",
        "title": "Intitulé caché",
        "on_behalf_of": "Cachottier",
        "address": house,
        "photos": [photo()],
        **more,
    }
    case = request(town, **values)
    handling.note(case_id=case.pk, words="note interne", by=town.technician)
    handling.answer(case_id=case.pk, words="réponse interne", by=town.technician)
    return case


def surfaces(case: Case) -> Iterator[str]:
    """Every public address that may speak of a case."""
    yield from ("/carte/", "/carte/?etat=retard", "/carte/?rue=rue+du+Quai", "/carte/requetes.geojson")
    yield from ("/carte/flux.atom", "/carte/flux.rss", "/carte/?etat=reglees", "/carte/requetes.geojson?etat=reglees")
    yield from (f"/carte/{case.reference}/", f"/carte/{case.reference}/fiche", f"/carte/{case.reference}/moi-aussi/")
    yield f"/demande/deja/{follow_token(case.pk)}/"
    yield f"/demande/{case.subject.slug}/avant/?address={case.address_id or ''}"
    yield from ("/", "/demande/", "/sitemap.xml", f"/demande/{case.subject.slug}/")


def holds(text: str, secret: str) -> bool:
    """Whether a text holds a secret, whatever its case; a number by itself, as a signed link may hold any by chance."""
    alone = rf"(?<![\w-]){secret}(?![\w-])"
    return re.search(alone, text) is not None if secret.isdigit() else secret.lower() in text.lower()


def leaks(client: Client, case: Case) -> set[tuple[str, str]]:
    found = set()
    for language in ("fr", "en"):
        client.cookies[django_settings.LANGUAGE_COOKIE_NAME] = language
        for address in surfaces(case):
            text = page_of(client, address)
            found |= {(address, secret) for secret in SECRETS if holds(text, secret)}
            if case.secret in text or case.code in text:
                found.add((address, "secret"))
    return found


def pictures(client: Client, case: Case) -> list[int]:
    keys = Attachment.objects.values_list("key", flat=True)
    return [client.get(f"/carte/{case.reference}/photo/{key}").status_code for key in keys]


@pytest.mark.parametrize("at", ["address", "point", "words"])
def test_nothing_that_a_citizen_or_an_agent_wrote_is_public(public_town: SmallTown, client: Client, at: str) -> None:
    places: dict[str, dict[str, Any]] = {
        "address": {},
        "point": {"address": None, "point": (45.4501, -73.3004), "place_text": "8765, rue du Quai", "near_metres": 12},
        "words": {"address": None, "place_text": "chez mon voisin Cachottier, 8765"},
    }
    case = secret_case(public_town, **places[at])
    assert leaks(client, case) == set()
    assert case.reference in page_of(client, "/carte/requetes.geojson")
    handling.close(case_id=case.pk, reason="done", words="Cachottier", proof="Zénobie", by=public_town.technician)
    assert leaks(client, case) == set()
    assert case.reference in page_of(client, "/carte/requetes.geojson?etat=reglees")


def test_no_exact_point_and_no_unapproved_photo_leave(public_town: SmallTown, client: Client) -> None:
    case = secret_case(public_town)
    feature = json.loads(page_of(client, "/carte/requetes.geojson"))["features"][0]
    assert feature["geometry"]["coordinates"] != [-73.3004, 45.4501]
    assert "45.4501" not in page_of(client, f"/carte/{case.reference}/")
    assert pictures(client, case) == [404]
    original = Attachment.objects.get()
    publish_photo(case_id=case.pk, photo=original.key, rectangles=[[0, 0, 500, 500]], by=public_town.agent)
    assert sorted(pictures(client, case)) == [200, 404]
    assert client.get(f"/carte/{case.reference}/photo/{original.key}").status_code == 404
    page = page_of(client, f"/carte/{case.reference}/")
    assert str(original.key) not in page and "/photo/" in page
    assert leaks(client, case) == set()
    [public_one] = public.public_photos(public.public_cases().get())
    answer = client.get(f"/carte/{case.reference}/photo/{public_one.key}?small")
    assert "Tartempion" not in str(answer.headers)
    withdraw_photo(case_id=case.pk, photo=original.key, by=public_town.agent)
    assert pictures(client, case) == [404, 404]


@pytest.mark.parametrize("why", ["subject", "nature", "protected", "hidden", "merged", "withdrawn"])
def test_what_is_not_public_is_as_unknown(public_town: SmallTown, client: Client, why: str) -> None:
    case = secret_case(public_town)
    if why == "subject":
        Subject.objects.update(public=False)
    elif why == "nature":
        Case.objects.update(nature="complaint")
    elif why == "protected":
        Person.objects.update(address_protected=True)
    elif why == "hidden":
        hide_case(case_id=case.pk, hidden=True, by=public_town.agent)
    elif why == "merged":
        head = request(public_town)
        merging.merge(case_id=case.pk, into_id=head.pk, words="Pareil", by=Actor.staff(public_town.agent))
    else:
        citizen.withdraw(case_id=case.pk, by=Actor.citizen())
    addresses = [f"/carte/{case.reference}/{rest}" for rest in ("", "fiche", "moi-aussi/")]
    assert [client.get(address).status_code for address in addresses] == [404, 404, 404]
    unknown = client.get("/carte/26-9999-A/")
    assert unknown.status_code == 404
    listed = [page_of(client, address) for address in ("/carte/", "/carte/?etat=reglees", "/carte/flux.atom")]
    assert not any(case.reference in page for page in listed)


def test_the_agents_words_place_and_count_are_shown(public_town: SmallTown, client: Client) -> None:
    case = request(public_town)
    for _number in range(3):
        other = request(public_town, person=make_person())
        merging.merge(case_id=other.pk, into_id=case.pk, words="Pareil", by=Actor.staff(public_town.agent))
    publish_words(
        case_id=case.pk, words_fr="Trou de 30 cm", words_en="A hole of 30 cm", landmark="Parc du Quai",
        by=public_town.agent,
    )  # fmt: skip
    page = page_of(client, f"/carte/{case.reference}/")
    assert "Trou de 30 cm" in page and "Parc du Quai" in page and "3 personnes l’ont aussi vu" in page
    assert "Promis" in page and 'content="noindex"' in page
    client.cookies[django_settings.LANGUAGE_COOKIE_NAME] = "en"
    english = page_of(client, f"/carte/{case.reference}/")
    assert "A hole of 30 cm" in english and "3 people saw it too" in english
    assert "A hole of 30 cm" in page_of(client, "/carte/flux.atom")


def test_another_spelling_of_a_reference_leads_to_it(public_town: SmallTown, client: Client) -> None:
    case = request(public_town)
    answer = client.get(f"/carte/{case.reference.lower()}/")
    assert answer.status_code == 302 and answer["Location"] == f"/carte/{case.reference}/"


def references(client: Client, query: str = "") -> list[str]:
    return re.findall(r'data-id="([^"]+)"', page_of(client, f"/carte/{query}"))


def test_the_list_is_in_order_of_what_is_due(public_town: SmallTown, client: Client, settings: Settings) -> None:
    first = request(public_town)
    settings.PARVIS_NOW = "2026-11-26T10:00:00-05:00"
    second = request(public_town)
    assert references(client) == [first.reference, second.reference]
    handling.close(case_id=first.pk, reason="done", words="Fait", proof="Vu", by=public_town.technician)
    assert references(client) == [second.reference]
    assert references(client, "?etat=reglees") == [first.reference]
    assert "réglée en 1 jour ouvrable" in page_of(client, "/carte/?etat=reglees")
    settings.PARVIS_NOW = "2027-01-26T10:00:00-05:00"
    assert references(client, "?etat=reglees") == []
    assert references(client, "?etat=retard") == [second.reference]
    assert client.get(f"/carte/{first.reference}/").status_code == 200


def test_filters_are_addresses_that_combine(public_town: SmallTown, client: Client) -> None:
    sector = Sector.objects.create(slug="pinede", kind="quartier", name_fr="Pinède", name_en="North")
    away = make_address(3, "rue des Pins", sector=sector)
    here, there = request(public_town), request(public_town, address=away)
    assert references(client, "?rue=Rue+du+quai") == [here.reference]
    assert references(client, "?secteur=pinede") == [there.reference]
    assert references(client, "?secteur=pinede&rue=rue+du+Quai") == []
    assert references(client, "?sujet=nid-de-poule&secteur=pinede") == [there.reference]
    unknown = page_of(client, "/carte/?rue=rue+Inconnue")
    assert "Nous ne connaissons pas de rue de ce nom" in unknown and 'value="rue Inconnue"' in unknown
    for query in ("?sujet=rien", "?secteur=rien", "?etat=rien", "?sujet=lampadaire"):
        assert client.get(f"/carte/{query}").status_code == 404
    one = json.loads(page_of(client, "/carte/requetes.geojson?secteur=pinede"))["features"]
    assert [feature["id"] for feature in one] == [there.reference]
    assert there.reference in page_of(client, "/carte/flux.rss?secteur=pinede")
    assert here.reference not in page_of(client, "/carte/flux.rss?secteur=pinede")


def test_a_street_is_found_by_its_name_alone(public_town: SmallTown, client: Client) -> None:
    houses = [make_address(3, name) for name in ("chemin Bellevue", "rue de la Bellevue", "rue des Pins")]
    road, street, pines = (request(public_town, address=house).reference for house in houses)
    page = page_of(client, "/carte/?rue=chemin+Bellevue")
    assert road in page and street not in page and "rue-found" not in page
    for typed in ("bellevue", "BELLEVUE", "belle"):
        page = page_of(client, f"/carte/?rue={typed}")
        assert road in page and street in page and pines not in page, typed
        assert "chemin Bellevue, rue de la Bellevue" in page and f'value="{typed}"' in page
    for typed in ("pins", "3 pins", "chemin des Pins"):
        assert references(client, f"?rue={typed}") == [pines], typed
    for typed in ("bellevoe", "rue", "Bellevue Inconnue"):
        assert "Nous ne connaissons pas de rue de ce nom" in page_of(client, f"/carte/?rue={typed}"), typed


def test_nothing_here_says_so_and_leads_on(public_town: SmallTown, client: Client) -> None:
    page = page_of(client, "/carte/")
    assert "Rien ici depuis un mois" in page and 'href="/demande/"' in page


def test_counts_are_exact_until_there_are_many_then_kept_for_a_moment(
    public_town: SmallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    def count(**narrow: Any) -> tuple[int, int]:
        restricted_subjects()  # read once a second at most
        with statements() as made:
            found = public_list.counts(public_list.Filters(**narrow))[public_list.OPEN]
        return found, len(made)

    request(public_town)
    assert count() == (1, 1)
    request(public_town)
    assert count() == (2, 1), "few: counted each time"
    monkeypatch.setattr(public_list, "MANY", 2)
    assert count() == (2, 1)
    request(public_town)
    assert count() == (2, 0) and count(show=public_list.LATE) == (2, 0), "many: kept, whatever state is shown"
    assert count(subject=public_town.pothole) == (3, 1), "each filter has its own"
    ttl_cache.forget_all()
    assert count() == (3, 1)


def test_pages_hold_every_case_once_and_cost_the_same(
    public_town: SmallTown, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_list, "PAGE", 5)
    monkeypatch.setattr(public_list.page, "__defaults__", ("", 5))

    def cost(address: str) -> int:
        client.get(address)
        with statements() as made:
            client.get(address)
        return len(made)

    request(public_town)
    few = [cost(address) for address in ("/carte/", "/carte/requetes.geojson", "/carte/flux.atom")]
    cases = [request(public_town, person=make_person()) for _number in range(12)]
    for case in cases[::2]:
        publish_words(case_id=case.pk, words_fr="Un trou", by=public_town.agent)
    many = [cost(address) for address in ("/carte/", "/carte/requetes.geojson", "/carte/flux.atom")]
    assert [after - before for before, after in zip(few, many, strict=True)] <= [1, 1, 1]  # photos are looked for
    query, seen = "", []
    for _page in range(4):
        page = client.get(f"/carte/{query}")
        seen += re.findall(r'data-id="([^"]+)"', page.text)
        query = page.context["next_url"]
        if not query:
            break
    assert len(seen) == len(set(seen)) == 13
    assert client.get("/carte/?suite=nonsense").status_code == 200


def test_feeds_are_what_readers_expect(public_town: SmallTown, client: Client) -> None:
    case = request(public_town)
    atom = client.get("/carte/flux.atom")
    assert atom["Content-Type"].startswith("application/atom+xml")
    root = ElementTree.fromstring(atom.content)
    entries = root.findall("{http://www.w3.org/2005/Atom}entry")
    link = entries[0].find("{http://www.w3.org/2005/Atom}id")
    assert len(entries) == 1 and link is not None and str(link.text).endswith(f"/carte/{case.reference}/")
    rss = client.get("/carte/flux.rss")
    assert rss["Content-Type"].startswith("application/rss+xml")
    assert ElementTree.fromstring(rss.content).find("channel/item/title") is not None
    collection = client.get("/carte/requetes.geojson")
    assert collection["Content-Type"] == "application/geo+json"
    assert collection.json()["type"] == "FeatureCollection"
    for address in ("/carte/", "/carte/flux.atom", "/carte/requetes.geojson", f"/carte/{case.reference}/"):
        first = client.get(address)
        assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304
        assert not first.cookies


def test_an_incident_about_a_public_subject_is_listed_once(public_town: SmallTown, client: Client) -> None:
    words = Words(
        title_fr="Rue fermée", title_en="Street closed", say_fr="On y travaille", say_en="Under way",
        subject=public_town.pothole, whole_town=True,
    )  # fmt: skip
    open_incident(key=unique(), words=words, department=public_town.works, by=public_town.manager)
    page = page_of(client, "/carte/")
    assert html.unescape(page).count("Rue fermée") >= 1 and 'aria-label="Incidents"' in page
    assert 'aria-label="Incidents"' not in page_of(client, "/carte/?etat=reglees")
    assert 'aria-label="Incidents"' not in page_of(client, "/carte/?rue=rue+Inconnue")
    Subject.objects.update(public=False)
    incidents.forget()
    assert 'aria-label="Incidents"' not in page_of(client, "/carte/")


def test_an_incident_has_its_coarse_pin_its_page_and_its_place_in_the_feeds(
    public_town: SmallTown, client: Client
) -> None:
    houses = [
        make_address(civic, "rue du Quai", latitude=48.4 + civic / 1e4, longitude=-64.3) for civic in (20, 30, 40)
    ]
    words = Words(
        title_fr="Rue fermée", title_en="Street closed", say_fr="On y travaille", say_en="Under way",
        subject=public_town.pothole, street=houses[0].street, civic_from=20, civic_to=40,
    )  # fmt: skip
    open_one = partial(open_incident, department=public_town.works, by=public_town.manager)
    incident = open_one(key=unique(), words=words)
    wide = open_one(key=unique(), words=replace(words, street=None, civic_from=None, civic_to=None, whole_town=True))
    request(public_town)
    incidents.forget()

    features = {row["id"]: row for row in client.get("/carte/requetes.geojson").json()["features"]}
    pin = features[f"incident-{incident.pk}"]
    assert pin["geometry"]["coordinates"] == list(reversed(public.coarse(houses[1].point or (0.0, 0.0))))
    assert pin["properties"]["state"] == "incident" and "On y travaille" in pin["properties"]["words"]
    assert features[f"incident-{wide.pk}"]["geometry"] is None and len(features) == 3
    page = page_of(client, "/carte/")
    address = f"/carte/incident-{incident.pk}/"
    assert f'data-id="incident-{incident.pk}"' in page and f'href="{address}"' in page and "pin-key incident" in page
    assert "Incident en cours" in page_of(client, address) and "On y travaille" in page_of(client, f"{address}fiche")
    for feed in ("/carte/flux.atom", "/carte/flux.rss"):
        assert address in client.get(feed).content.decode()
    elsewhere = client.get(f"/carte/requetes.geojson?sujet={public_town.pothole.slug}&etat=reglees").json()["features"]
    assert elsewhere == []

    def cost() -> int:
        client.get("/carte/requetes.geojson")
        with statements() as made:
            client.get("/carte/requetes.geojson")
        return len(made)

    few = cost()
    for _time in range(5):
        open_one(key=unique(), words=words)
    incidents.forget()
    assert cost() == few

    end_incident(
        incident_id=incident.pk, key=unique(), reason="done", words_fr="Réglé", words_en="Done", by=public_town.manager
    )
    incidents.forget()
    assert "Incident terminé" in page_of(client, address) and address not in page_of(client, "/carte/")
    Notice.objects.filter(incident=wide).update(desk_only=True)
    assert client.get(f"/carte/incident-{wide.pk}/").status_code == 404
    Subject.objects.update(public=False)
    assert client.get(address).status_code == 404 and client.get("/carte/incident-999/").status_code == 404


@pytest.mark.parametrize("folder", TOWNS, ids=lambda path: path.name)
def test_both_towns_have_public_subjects_about_public_places(folder: Path, db: None, client: Client) -> None:
    load(folder, demo=True)
    subjects = Subject.objects.filter(public=True)
    assert {"nid-de-poule", "lampadaire"} <= {subject.slug for subject in subjects}
    assert not {"animaux", "bruit", "plainte-service", "reclamation"} & {subject.slug for subject in subjects}
    known = Address.objects.select_related("street").exclude(latitude=None).order_by("pk")
    foot = Town.objects.get().address_fr  # on every page
    address = next(each for each in known if each.label not in foot)
    for subject in subjects:
        new_case = NewCase(
            key=unique(), subject=subject, nature="request", channel="web", words="x", address=address, follows=True
        )
        open_case(new_case, by=Actor.citizen())
    page = page_of(client, "/carte/")
    assert all(subject.title_fr in page for subject in subjects)
    assert address.label not in page and address.street.name in page
