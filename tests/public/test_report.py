"""A problem reported without choosing its kind first: what the words say is filled in, and steps ask the server."""

import html
import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.cases.models import Case
from parvis.apps.catalogue.models import Subject
from parvis.apps.catalogue.services.site_codes import SiteDetails, make_code
from parvis.apps.content.services.content import bump_edition
from parvis.apps.directory.rules.permissions import Role
from parvis.apps.places.models import MapShape
from tests.factories import SmallTown, make_address, make_question
from tests.public.test_request import html_of, picture

PATH = "/signaler/"


@pytest.fixture(autouse=True)
def _monday(settings: Settings, town: SmallTown) -> None:
    settings.PARVIS_NOW = "2026-11-23T10:00:00-05:00"
    bump_edition()


def blank(client: Client, query: str = "") -> str:
    return html_of(client.get(f"{PATH}{query}"))


def filled(client: Client, path: str = PATH, **more: Any) -> dict[str, Any]:
    match = re.search(r'name="key" value="([^"]+)"', client.get(path).content.decode())
    assert match
    return {
        "key": html.unescape(match[1]), "subject": "nid-de-poule", "words": "", "place": "12, rue du Quai",
        "who": "nobody", "language": "fr",
    } | more  # fmt: skip


def step(client: Client, name: str, path: str = PATH, **values: Any) -> str:
    response = client.post(f"{path}etape/", values | {"step": name})
    assert response.status_code == 200
    return html_of(response)


def test_a_kind_and_a_place_are_enough(client: Client, town: SmallTown) -> None:
    response = client.post(PATH, filled(client))
    case = Case.objects.get()
    assert response["Location"] == f"/demande/recue/{case.secret}/"
    assert (case.subject, case.words, case.address) == (town.pothole, town.pothole.title, town.address)


def test_without_a_kind_it_is_asked_and_nothing_typed_is_lost(client: Client, town: SmallTown) -> None:
    response = client.post(PATH, filled(client, subject="", words="Un machin bizarre."))
    page = html_of(response)
    assert response.status_code == 422 and 'href="#id_subject' in page and "Un machin bizarre." in page
    assert not Case.objects.exists()
    assert client.post(PATH, filled(client, subject="licorne")).status_code == 422


def test_words_stay_asked_for_where_the_kind_alone_says_nothing(client: Client, town: SmallTown) -> None:
    town.pothole.nature = "information"
    town.pothole.save()
    assert client.post(PATH, filled(client)).status_code == 422


def test_the_questions_of_the_kind_are_asked_once_it_is_chosen(client: Client, town: SmallTown) -> None:
    make_question(town.pothole, "voie", required=True)
    assert "ask-voie" not in blank(client)
    response = client.post(PATH, filled(client))
    assert response.status_code == 422 and 'href="#id_ask-voie' in html_of(response)
    assert "ask-voie" in html_of(client.post(f"{PATH}avant/", filled(client)))
    client.post(PATH, filled(client, **{"ask-voie": "gauche"}))
    assert Case.objects.get().details[0]["value"] == "gauche"


def test_what_the_words_say_is_filled_in_shown_and_not_sent_unread(client: Client, town: SmallTown) -> None:
    choices = [{"value": "brun", "fr": "Bac brun", "en": "Brown bin", "aliases": ["poubelle brune"]}]
    make_question(town.pothole, "bac", kind="choice", required=True, choices=choices)
    words = "Ma poubelle brune n’a pas été ramassée, rue du Quai"
    page = html_of(client.get(f"/demande/nid-de-poule/?q={words}"))
    assert re.search(r'name="ask-bac" value="brun"[^>]*checked', page) and "d’après vos mots" in page
    assert re.search(r'name="place" value="rue du Quai"', page)
    unread = client.post(PATH, filled(client, words=words, place=""))
    again = html_of(unread)
    assert unread.status_code == 422 and not Case.objects.exists(), "what nobody has read is not sent"
    assert re.search(r'name="place" value="rue du Quai"', again) and 'value="brun"' in again
    client.cookies["lang"] = "en"
    page = html_of(client.get("/demande/nid-de-poule/?q=My brown bin was forgotten"))
    assert re.search(r'name="ask-bac" value="brun"[^>]*checked', page) and "Filled in from your words" in page


def test_what_was_answered_by_hand_is_never_replaced(client: Client, town: SmallTown) -> None:
    choices = [{"value": "brun", "fr": "Bac brun", "en": "Brown bin"}, {"value": "bleu", "fr": "Bleu", "en": "Blue"}]
    make_question(town.pothole, "bac", kind="choice", choices=choices)
    form = filled(client, words="le bac brun, rue du Phare", **{"ask-bac": "bleu"})
    part = client.post(f"{PATH}avant/", form)
    assert re.search(r'value="bleu"[^>]*checked', html_of(part)) and "HX-Trigger" not in part
    client.post(PATH, form)
    assert Case.objects.get().details[0]["value"] == "bleu"


def test_the_street_of_the_words_is_proposed_while_one_types(client: Client, town: SmallTown) -> None:
    part = client.post(f"{PATH}avant/", filled(client, words="Un trou au 12, rue du Quai", place=""))
    assert '"place": "12, rue du Quai"' in part["HX-Trigger"]


def test_each_step_says_what_is_missing_in_it_and_only_that(client: Client, town: SmallTown) -> None:
    form = filled(client, place="", subject="nid-de-poule", who="me")
    assert 'data-step="where"' in step(client, "photo", **form), "a photo is never needed"
    stopped = step(client, "where", **form)
    assert 'data-step="where"' in stopped and "data-stop" in stopped and "id_place_error" in stopped
    form["place"] = "12, rue du Quai"
    assert 'data-step="what"' in step(client, "where", **form)
    assert 'data-step="you"' in step(client, "what", **form)
    stopped = step(client, "you", **form)
    assert 'data-step="you"' in stopped and "id_name_error" in stopped and "id_place_error" not in stopped
    checked = step(client, "you", **form | {"who": "nobody"})
    assert 'data-step="check"' in checked and "12, rue du Quai" in checked and "Anonyme" in checked
    assert not Case.objects.exists()


def test_the_last_step_leads_back_to_the_first_one_with_a_fault(client: Client, town: SmallTown) -> None:
    assert 'data-step="where"' in step(client, "you", **filled(client, place=""))


def test_a_danger_is_read_before_the_next_step_and_once(client: Client, town: SmallTown) -> None:
    form = filled(client, words="Il y a le feu dans la maison, quelqu'un est en danger")
    first = step(client, "what", **form)
    assert "data-stop" in first and "911" in first
    seen = re.search(r'name="seen" value="([^"]+)"', first)
    assert seen and "danger" in seen[1]
    assert 'data-step="you"' in step(client, "what", **form | {"seen": seen[1]})


def test_what_is_open_there_is_offered_as_soon_as_the_place_is_known(client: Client, town: SmallTown) -> None:
    make_address(14, "rue du Phare", latitude=48.4, longitude=-64.3)
    client.post(PATH, filled(client, place="", pin="48.400300,-64.300000", words="Secret de son auteur"))
    form = filled(client, subject="", place="", pin="48.400400,-64.300000")
    stopped = step(client, "where", **form)
    assert "moi aussi" in stopped and "Secret" not in stopped
    assert "11 m" not in stopped, "an exact distance from several points would tell a private place"
    Subject.objects.update(public=True)
    assert "tout près" in step(client, "where", **form)
    shown = re.findall(r'name="shown" value="([^"]+)"', stopped)
    assert 'data-step="what"' in step(client, "where", **form | {"shown": shown}), "read on the screen already"


def test_photos_are_kept_without_a_kind(client: Client, town: SmallTown) -> None:
    form = filled(client, subject="")
    part = html_of(client.post(f"{PATH}photos/", {"key": form["key"], "photos": [picture()]}))
    tokens = re.findall(r'name="kept" value="([^"]+)" checked', part)
    assert f"/demande/photo/{tokens[0]}" in step(client, "you", **form | {"kept": tokens, "subject": "nid-de-poule"})
    client.post(PATH, form | {"kept": tokens, "subject": "nid-de-poule"})
    assert Case.objects.get().entries.get().files.count() == 1


def test_the_receipt_gives_the_date_in_large_the_code_and_a_square_code(client: Client, town: SmallTown) -> None:
    page = html_of(client.post(PATH, filled(client), follow=True))
    case = Case.objects.get()
    assert case.reference in page and case.code[:5] in page and '<svg class="qr"' in page and "seul chemin" in page


def test_a_kind_may_come_with_the_link(client: Client, town: SmallTown) -> None:
    assert re.search(r'name="subject"\s+value="nid-de-poule"\s+checked', blank(client, "?sujet=nid-de-poule"))
    assert not re.search(r'name="subject"\s+value="[^"]+"\s+checked', blank(client, "?sujet=licorne"))


def test_what_stands_where_the_photo_was_taken_is_proposed_first(client: Client, town: SmallTown) -> None:
    town.address.latitude, town.address.longitude = 46.886, -70.514
    town.address.save()
    square = [[-70.52, 46.88], [-70.51, 46.88], [-70.51, 46.884], [-70.52, 46.884], [-70.52, 46.88]]
    MapShape.objects.create(
        kind="park", slug="parc", name_fr="Boisé des lampadaires", geometry={"type": "Polygon", "coordinates": [square]}
    )
    MapShape.objects.create(
        kind="landmark",
        slug="pont",
        name_fr="Pont du lampadaire",
        geometry={"type": "Point", "coordinates": [-70.5, 46.885]},
    )
    details = SiteDetails("Lampadaire", number="7", place_text="12, rue du Quai", subject=town.pothole)
    lamp = make_code(details=details, by=town.staff[Role.AGENT])

    def proposed(page: str) -> list[str]:
        return re.findall(r'name="subject" value="([^"]+)"', page.partition("Tous les genres")[0])

    near = (lamp.latitude + 0.0001, lamp.longitude)  # eleven metres away
    first, usual = town.pothole.slug, town.streetlight.slug
    assert proposed(blank(client))[0] == usual
    values = filled(client, subject="", place="", words="")
    values["photos"] = picture(at=near)
    stored = html_of(client.post(f"{PATH}photos/", values))
    found = re.search(r'name="found"\s+value="([^"]+)"', stored)
    assert found
    page = html_of(client.post(f"{PATH}avant/", values | {"photos": [], "found": found[1]}))
    assert proposed(page)[0] == first and "Votre lieu est à cet endroit : Lampadaire 7." in page
    assert "checked" not in page.partition('id="kinds"')[2].partition("<details")[0], "proposed, not chosen"
    sent = html_of(client.post(PATH, values | {"photos": picture(at=near)}))
    assert proposed(sent)[0] == first, "without a script, the photo arrives with the form"

    for pin, name in (
        ("46.882000,-70.515000", "Boisé des lampadaires"),
        ("46.885050,-70.500000", "Pont du lampadaire"),
    ):
        page = html_of(client.post(f"{PATH}avant/", values | {"photos": [], "pin": pin}))
        assert name in page, "the parks and landmarks of the town's own map"
    plain = html_of(client.post(f"{PATH}avant/", values | {"photos": [], "pin": "46.889000,-70.514000"}))
    assert "Votre lieu est à cet endroit" not in plain
    words = values | {"photos": [], "found": found[1], "words": "Mon lampadaire est éteint"}
    assert proposed(html_of(client.post(f"{PATH}avant/", words)))[:2] == [usual, first]
