"""A request made on the site: one form, sent once, nothing lost, no person's file revealed or changed."""

import html
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from PIL import Image
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.services.journal import verify
from parvis.apps.files.models import Attachment
from parvis.apps.intake.models import Callback, Contact, Matter
from parvis.apps.mail.models import Outgoing
from parvis.apps.residents.models import Person
from tests.factories import SmallTown, make_address, make_person, make_question

PATH = "/demande/nid-de-poule/"
LIGHT = "/demande/lampadaire/"


@pytest.fixture(autouse=True)
def _monday(settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-23T10:00:00-05:00"


def key(client: Client, path: str = PATH) -> str:
    """The key of a new form."""
    match = re.search(r'name="key" value="([^"]+)"', client.get(path).content.decode())
    assert match
    return html.unescape(match[1])


def filled(client: Client, path: str = PATH, **more: Any) -> dict[str, Any]:
    """The data of a valid form."""
    return {
        "key": key(client, path), "words": "Un trou profond.", "nature": "request", "place": "12, rue du Quai",
        "who": "me", "name": "Rose Aubé", "email": "rose@exemple.ca", "reach": "email", "language": "fr",
    } | more  # fmt: skip


def html_of(response: Any) -> str:
    return html.unescape(response.content.decode()).replace("\u00a0", " ")


def picture(name: str = "trou.jpg", at: tuple[float, float] | None = None) -> SimpleUploadedFile:
    """A photo; `at` is the location in its metadata."""
    out, exif = BytesIO(), Image.Exif()
    if at:
        north, east = abs(at[0]), abs(at[1])
        sides = {1: "N" if at[0] > 0 else "S", 3: "E" if at[1] > 0 else "W"}
        exif.get_ifd(0x8825).update(sides | {2: (int(north), north % 1 * 60, 0.0), 4: (int(east), east % 1 * 60, 0.0)})
    Image.new("RGB", (60, 40), "grey").save(out, "JPEG", exif=exif.tobytes())
    return SimpleUploadedFile(name, out.getvalue(), "image/jpeg")


def test_a_request_becomes_a_contact_a_matter_and_a_case_at_once(
    client: Client, town: SmallTown, run_jobs: Callable[[], int]
) -> None:
    response = client.post(PATH, filled(client, **{"ask-taille": "grand"}))
    case = Case.objects.get()
    assert response.status_code == 302 and response["Location"] == f"/demande/recue/{case.secret}/"
    assert (case.channel, case.address, case.department) == ("web", town.address, town.works)
    assert case.details[0]["shown_fr"] == "Grand" and case.person and case.person.name == "Rose Aubé"
    contact, matter = Contact.objects.get(), Matter.objects.get()
    assert (contact.state, contact.channel, contact.person, contact.text) == (
        "done", "web", case.person, "Un trou profond.",
    )  # fmt: skip
    assert (matter.case, matter.contact, matter.outcome) == (case, contact, "case")
    entry = case.entries.get()
    assert entry.by_citizen and entry.actor is None
    assert [wrong for _, wrong in verify()] == [[]]
    run_jobs()
    assert Outgoing.objects.get().to == "rose@exemple.ca"


def test_sent_twice_it_is_one_request_and_leads_to_the_same_page(client: Client, town: SmallTown) -> None:
    form = filled(client)
    first, second = client.post(PATH, form), client.post(PATH, form)
    assert first["Location"] == second["Location"]
    assert (Case.objects.count(), Contact.objects.count(), Person.objects.count()) == (1, 1, 1)


def test_sent_again_from_the_page_before_it_leads_to_the_same_receipt_even_without_all_that_was_typed(
    client: Client, town: SmallTown
) -> None:
    form = filled(client)
    first = client.post(PATH, form)
    again = client.post(PATH, form | {"place": "", "name": ""})
    assert again.status_code == 302 and again["Location"] == first["Location"] and Case.objects.count() == 1


def test_a_browser_that_goes_back_may_show_the_form_as_it_was_left(client: Client, town: SmallTown) -> None:
    assert "no-store" not in client.get(PATH)["Cache-Control"], "a page asked for again has another key"
    assert "no-store" in client.post(PATH, filled(client, words=""))["Cache-Control"], "it holds who sends"


def test_back_then_other_words_are_not_mistaken_for_the_same_request(client: Client, town: SmallTown) -> None:
    form = filled(client, LIGHT, place="")
    client.post(LIGHT, form)
    again = client.post(LIGHT, form | {"words": "Un autre lampadaire."})
    assert again.status_code == 422 and Case.objects.get().reference in html_of(again)
    assert "Un autre lampadaire." in html_of(again)
    fresh = re.search(r'name="key" value="([^"]+)"', again.content.decode())
    assert fresh and fresh[1] != form["key"]
    sent = client.post(LIGHT, form | {"words": "Un autre lampadaire.", "key": fresh[1]})
    assert sent.status_code == 302 and Case.objects.count() == 2


def test_what_is_missing_is_said_beside_its_field_and_nothing_typed_is_lost(client: Client, town: SmallTown) -> None:
    make_question(town.pothole, "voie", required=True)
    form = filled(client, place="", email="pas un courriel", words="Mes mots.")
    response = client.post(PATH, form)
    page = html_of(response)
    assert response.status_code == 422 and not Case.objects.exists()
    for name in ("id_place", "id_email", "id_ask-voie"):
        assert f'href="#{name}' in page
    assert "Mes mots." in page and "pas un courriel" in page


def test_a_place_typed_whole_without_a_script_is_the_address(client: Client, town: SmallTown) -> None:
    client.post(PATH, filled(client, place="12 rue du quai"))
    assert Case.objects.get().address == town.address


def test_an_address_chosen_then_written_over_is_what_was_written(client: Client, town: SmallTown) -> None:
    client.post(PATH, filled(client, address=str(town.address.pk), place="Derrière l'église"))
    case = Case.objects.get()
    assert case.address is None and case.place_text == "Derrière l'église"


def test_what_a_form_demands_is_marked_before_it_is_sent(client: Client, town: SmallTown) -> None:
    make_question(town.pothole, "voie", kind="yesno", required=True)
    page = html_of(client.get(PATH))
    legend = re.search(r'id="id_ask-voie".*?<legend[^>]*>(.*?)</legend>', page, re.DOTALL)
    assert legend and "obligatoire" in legend[1] and "aria-hidden" not in legend[1]
    for name in ("words", "place", "name", "ground"):
        label = re.search(rf'<label for="id_{name}">(.*?)</label>', page)
        assert label and "obligatoire" in label[1], name
        control = re.search(rf'<[^>]* id="id_{name}"[^>]*>', page)
        assert control and 'aria-required="true"' in control[0], f"{name}: a screen reader is not told"
    label = re.search(r'<label for="id_place">(.*?)</label>', html_of(client.get(LIGHT)))
    assert label and "obligatoire" not in label[1]


def test_a_subject_without_a_place_asks_for_none(client: Client, town: SmallTown) -> None:
    page = html_of(client.get("/demande/cabanon/"))
    assert 'name="place"' not in page and "data-map" not in page
    client.post("/demande/cabanon/", filled(client, "/demande/cabanon/", place="12, rue du Quai", pin="48.4,-64.3"))
    case = Case.objects.get()
    assert (case.place, case.point) == ("", None)


# --- The point ----------------------------------------------------------------------------------------------------


def test_a_point_is_kept_told_in_words_and_covered_by_the_journal(client: Client, town: SmallTown) -> None:
    near = make_address(14, "rue du Phare", latitude=48.4, longitude=-64.3)
    client.post(PATH, filled(client, place="", pin="48.400300,-64.300000"))
    case = Case.objects.get()
    assert case.point == (48.4003, -64.3) and case.place == "à 33\u00a0m du 14, rue du Phare"
    assert [wrong for _, wrong in verify()] == [[]]
    for altered in ({"near_metres": 5}, {"near_metres": 33, "latitude": 48.5}):
        Case.objects.update(**altered)
        assert [wrong for _, wrong in verify()] == [["what was asked was altered"]]
    assert near.sector is not None


def test_a_point_reads_well_in_the_middle_of_a_title(client: Client, town: SmallTown) -> None:
    make_address(14, "rue du Phare", latitude=48.4, longitude=-64.3)
    client.post(PATH, filled(client, place="", pin="48.400010,-64.300000"))
    assert "<h1>Nid-de-poule, devant le 14, rue du Phare</h1>" in html_of(
        client.get(f"/suivi/{Case.objects.get().secret}/")
    )


def test_a_point_near_an_address_is_told_to_each_in_their_language(client: Client, town: SmallTown) -> None:
    make_address(14, "rue du Phare", latitude=48.4, longitude=-64.3)
    client.post(PATH, filled(client, place="", pin="48.400300,-64.300000"))
    case = Case.objects.get()
    client.cookies["lang"] = "en"
    assert "33 m from 14, rue du Phare</h1>" in html_of(client.get(f"/suivi/{case.secret}/"))
    client.force_login(town.technician)
    for page in (f"/desk/queue/{case.department.slug}/", f"/desk/cases/{case.reference}/"):
        read = html_of(client.get(page, follow=True))
        assert "33 m from 14, rue du Phare" in read and "à 33 m" not in read


def test_the_words_of_a_citizen_for_a_point_stay_theirs(client: Client, town: SmallTown) -> None:
    make_address(14, "rue du Phare", latitude=48.4, longitude=-64.3)
    client.post(PATH, filled(client, place="Devant le 14, côté champ", pin="48.400300,-64.300000"))
    client.cookies["lang"] = "en"
    page = html_of(client.get(f"/suivi/{Case.objects.get().secret}/"))
    assert "Devant le 14, côté champ</h1>" in page and "m from" not in page


def test_a_point_with_no_address_around_reads_well_too(client: Client, town: SmallTown) -> None:
    make_address(14, "rue du Phare", latitude=48.4, longitude=-64.3)
    client.post(PATH, filled(client, place="", pin="48.420000,-64.300000"))
    page = html_of(client.get(f"/suivi/{Case.objects.get().secret}/"))
    assert "<h1>Nid-de-poule, un point montré sur la carte</h1>" in page
    client.cookies["lang"] = "en"
    page = html_of(client.get(f"/suivi/{Case.objects.get().secret}/"))
    assert "a point shown on the map</h1>" in page, "each reads it in their language"


def test_a_point_out_of_the_town_is_refused_beside_it(client: Client, town: SmallTown) -> None:
    make_address(14, "rue du Phare", latitude=48.4, longitude=-64.3)
    for pin in ("45.5,-73.6", "pas un point", "95,-200"):
        response = client.post(PATH, filled(client, pin=pin))
        assert response.status_code == 422 and "id_pin_error" in html_of(response)
    assert not Case.objects.exists()


# --- Photos -------------------------------------------------------------------------------------------------------


def test_ten_photos_one_of_them_bad_keep_nine_and_name_the_other(client: Client, town: SmallTown) -> None:
    photos = [picture(f"trou-{n}.jpg") for n in range(9)]
    photos.insert(4, SimpleUploadedFile("facture.jpg", b"MZ\x90\x00 pas une photo", "image/jpeg"))
    form = filled(client)
    response = client.post(PATH, form | {"photos": photos})
    page = html_of(response)
    assert response.status_code == 422 and "facture.jpg" in page and not Case.objects.exists()
    tokens = [html.unescape(token) for token in re.findall(r'name="kept" value="([^"]+)" checked', page)]
    assert len(tokens) == 9
    assert client.get(f"/demande/photo/{tokens[0]}").status_code == 200
    sent = client.post(PATH, form | {"kept": tokens[1:]})
    assert sent.status_code == 302
    assert Case.objects.get().entries.get().files.count() == 8, "one was unticked"


def test_photos_survive_a_mistake_elsewhere_in_the_form(client: Client, town: SmallTown) -> None:
    form = filled(client, words="")
    page = html_of(client.post(PATH, form | {"photos": [picture()]}))
    tokens = re.findall(r'name="kept" value="([^"]+)" checked', page)
    client.post(PATH, form | {"words": "Un trou.", "kept": tokens})
    assert Case.objects.get().entries.get().files.count() == 1


def test_an_eleventh_photo_is_named_and_left_out(client: Client, town: SmallTown) -> None:
    page = html_of(client.post(PATH, filled(client) | {"photos": [picture(f"{n}.jpg") for n in range(11)]}))
    assert "10.jpg" in page and len(re.findall(r'name="kept"', page)) == 10


def test_a_file_that_is_refused_takes_no_photo_s_place(client: Client, town: SmallTown) -> None:
    bad = [SimpleUploadedFile("vide.jpg", b""), SimpleUploadedFile("jeu.jpg", b"MZ\x90\x00 pas une photo")]
    page = html_of(
        client.post(PATH, filled(client) | {"photos": [*bad, *(picture(f"trou-{n}.jpg") for n in range(10))]})
    )
    assert "vide.jpg" in page and "jeu.jpg" in page
    assert len(re.findall(r'name="kept"', page)) == 10 and "dix photos au plus" not in page


def test_nobody_takes_a_photo_of_another_form(client: Client, town: SmallTown) -> None:
    page_text = html_of(client.post(PATH, filled(client, words="") | {"photos": [picture()]}))
    stolen = re.findall(r'name="kept" value="([^"]+)"', page_text)
    client.post(PATH, filled(client, kept=stolen))
    assert not Case.objects.get().entries.get().files.exists()
    assert client.get("/demande/photo/invente").status_code == 404


def test_the_place_in_a_photo_is_offered_then_stripped(client: Client, town: SmallTown) -> None:
    make_address(14, "rue du Phare", latitude=48.4, longitude=-64.3)
    form = filled(client, place="")
    missing = html_of(client.post(PATH, form | {"photos": [picture(at=(48.4001, -64.3))]}))
    offered = re.search(r'name="pin" value="([^"]+)" data-pin-offer data-words="([^"]+)"', missing)
    assert offered and "14, rue du Phare" in offered[2]
    tokens = re.findall(r'name="kept" value="([^"]+)"', missing)
    client.post(PATH, form | {"kept": tokens, "pin": offered[1]})
    assert Case.objects.get().point == pytest.approx((48.4001, -64.3), abs=1e-4)
    stored = Attachment.objects.get()
    raw = b"".join(client.get(f"/demande/photo/{tokens[0]}").streaming_content)  # type: ignore[attr-defined]
    assert stored.sha256 and not Image.open(BytesIO(raw)).getexif()


def test_the_place_in_a_photo_is_still_offered_when_the_form_comes_back(client: Client, town: SmallTown) -> None:
    make_address(14, "rue du Phare", latitude=48.4, longitude=-64.3)
    form = filled(client, place="")
    part = html_of(client.post(f"{PATH}photos/", {"key": form["key"], "photos": [picture(at=(48.4001, -64.3))]}))
    hidden = {name: re.findall(rf'name="{name}" value="([^"]+)"', part) for name in ("kept", "found")}
    again = html_of(client.post(PATH, form | hidden))
    assert f'name="pin" value="{hidden["found"][0]}" data-pin-offer' in again
    more = html_of(client.post(f"{PATH}photos/", {"key": form["key"], "photos": [picture()]} | hidden))
    assert "data-pin-offer" in more, "another photo, that says nothing, takes nothing back"
    assert "data-pin-offer" not in html_of(client.post(PATH, form | {"found": hidden["found"]})), (
        "the photo is left out"
    )
    assert "data-pin-offer" not in html_of(client.post(PATH, form | hidden | {"found": "10.0,10.0"})), "out of the town"


def test_the_place_taken_from_a_photo_stays_taken_while_photos_are_added(client: Client, town: SmallTown) -> None:
    make_address(14, "rue du Phare", latitude=48.4, longitude=-64.3)
    form = filled(client, place="")
    part = html_of(client.post(f"{PATH}photos/", {"key": form["key"], "photos": [picture(at=(48.4001, -64.3))]}))
    shown = {name: re.findall(rf'name="{name}" value="([^"]+)"', part) for name in ("kept", "found", "offered", "pin")}
    elsewhere = picture("autre.jpg", at=(48.4005, -64.3))
    more = html_of(client.post(f"{PATH}photos/", {"key": form["key"], "photos": [elsewhere]} | shown))
    assert re.findall(r'name="pin" value="([^"]+)" data-pin-offer data-words="[^"]+" checked', more) == shown["pin"]
    assert len(re.findall('name="kept"', more)) == 2
    by_map = {"key": form["key"], "photos": [picture()]} | shown | {"pin": "48.400300,-64.300000"}
    assert "data-pin-offer" not in html_of(client.post(f"{PATH}photos/", by_map)), (
        "the point of the map is the one chosen"
    )


def test_the_place_in_a_photo_is_offered_again_after_it_was_taken_then_left(client: Client, town: SmallTown) -> None:
    make_address(14, "rue du Phare", latitude=48.4, longitude=-64.3)
    form = filled(client, place="", words="")
    page = html_of(client.post(PATH, form | {"photos": [picture(at=(48.4001, -64.3))]}))
    hidden = {name: re.findall(rf'name="{name}" value="([^"]+)"', page) for name in ("kept", "found")}
    taken = html_of(client.post(PATH, form | hidden | {"pin": hidden["found"]}))
    assert "Point de la carte : devant le 14, rue du Phare" in taken and "data-pin-offer" not in taken
    hidden["found"] = re.findall(r'name="found" value="([^"]+)"', taken)
    assert "data-pin-offer" in html_of(client.post(PATH, form | hidden))


def test_the_photos_kept_stay_when_too_many_come_at_once(client: Client, town: SmallTown) -> None:
    form = {"key": key(client), "photos": [picture()]}
    tokens = re.findall(r'name="kept" value="([^"]+)"', html_of(client.post(f"{PATH}photos/", form)))
    for _time in range(59):
        client.post(f"{PATH}photos/", {"key": form["key"]})
    page = html_of(
        client.post(f"{PATH}photos/", {"key": form["key"], "kept": tokens, "photos": [picture("de-trop.jpg")]})
    )
    assert "Trop de photos" in page and tokens[0] in page and "de-trop.jpg" not in page


def test_chosen_in_the_page_photos_are_kept_at_once(client: Client, town: SmallTown) -> None:
    form = filled(client)
    part = html_of(client.post(f"{PATH}photos/", {"key": form["key"], "photos": [picture()]}))
    tokens = re.findall(r'name="kept" value="([^"]+)" checked', part)
    client.post(PATH, form | {"kept": tokens})
    assert Case.objects.get().entries.get().files.count() == 1


# --- Who ----------------------------------------------------------------------------------------------------------


def test_anonymous_asks_for_nothing_and_says_what_that_means(client: Client, town: SmallTown) -> None:
    form = filled(client, who="nobody", name="", email="", reach="email")
    response = client.post(PATH, form, follow=True)
    case = Case.objects.get()
    page = html_of(response)
    assert case.person is None and not Person.objects.exists() and not Outgoing.objects.exists()
    assert case.reference in page and case.code[:5] in page and "anonyme" in page


def test_english_where_the_law_asks_why_is_recorded_with_its_ground(client: Client, town: SmallTown) -> None:
    missing = client.post(LIGHT, filled(client, LIGHT, language="en"))
    assert missing.status_code == 422 and "id_ground" in html_of(missing)
    client.post(LIGHT, filled(client, LIGHT, language="en", ground="eligible"))
    assert Case.objects.get().language == "en" and Contact.objects.get().english_ground == "eligible"


def test_a_town_that_writes_in_english_to_all_asks_no_ground(client: Client, town: SmallTown) -> None:
    town.town.english = "open"
    town.town.save()
    assert 'name="ground"' not in html_of(client.get(LIGHT))
    assert client.post(LIGHT, filled(client, LIGHT, language="en")).status_code == 302


def test_a_comment_is_thanked_and_promised_nothing(client: Client, town: SmallTown) -> None:
    make_question(town.pothole, "voie", required=True)
    page = html_of(client.post(PATH, filled(client, nature="comment"), follow=True))
    case = Case.objects.get()
    assert case.is_comment and case.due_at is None and case.entries.get().kind == Entry.Kind.THANKED
    assert "commentaire" in page and "Promis" not in page


def test_who_left_only_a_number_is_owed_no_call_for_the_receipt(
    client: Client, town: SmallTown, run_jobs: Callable[[], int]
) -> None:
    client.post(PATH, filled(client, email="", phone="418 555-0111", reach="phone"))
    run_jobs()
    assert Case.objects.get().person and not Callback.objects.exists()


def test_a_stranger_neither_changes_nor_learns_a_file(client: Client, town: SmallTown) -> None:
    known = make_person("Rose Aubé", phone="+14185550111", email="secret@exemple.ca")
    page = html_of(
        client.post(PATH, filled(client, name="Rose Aubé", email="", phone="418 555-0111", reach="phone"), follow=True)
    )
    case = Case.objects.get()
    assert case.person != known and "secret@exemple.ca" not in page
    assert "secret@exemple.ca" not in html_of(client.get(f"/suivi/{case.secret}/"))
    known.refresh_from_db()
    assert (known.email, known.phones.count()) == ("secret@exemple.ca", 1)


def test_who_writes_just_what_their_file_says_is_known(client: Client, town: SmallTown) -> None:
    known = make_person("Rose Aubé", phone="+14185550111", email="rose@exemple.ca")
    client.post(PATH, filled(client, name="rose aubé", email="Rose@exemple.ca", phone="418 555-0111"))
    assert Case.objects.get().person == known


def test_a_field_that_only_a_robot_sees_stops_it(client: Client, town: SmallTown) -> None:
    response = client.post(PATH, filled(client, website="https://exemple.com"))
    assert response.status_code == 422 and not Case.objects.exists()
    assert "id_website" in html_of(response)


def test_another_site_cannot_send_it(client: Client, town: SmallTown) -> None:
    response = client.post(PATH, filled(client), headers={"sec-fetch-site": "cross-site"})
    assert response.status_code == 403 and not Case.objects.exists()


def test_sending_without_end_is_slowed_down_and_keeps_what_was_typed(client: Client, town: SmallTown) -> None:
    pages = [client.post(PATH, filled(client, words="")) for _ in range(31)]
    assert pages[-1].status_code == 429 and "Rose Aubé" in html_of(pages[-1])


def test_a_kind_that_nobody_takes_is_not_found(client: Client, town: SmallTown) -> None:
    assert client.get("/demande/licorne/").status_code == 404
    assert client.get("/demande/recue/xxxxxxxxxxxxxxxxxxxxxx/").status_code == 404


def test_the_receipt_is_for_nobody_else(client: Client, town: SmallTown) -> None:
    response = client.post(PATH, filled(client), follow=True)
    assert "noindex" in response["X-Robots-Tag"] and response["Referrer-Policy"] == "same-origin"
    assert "no-store" in response["Cache-Control"]


def test_the_form_costs_the_same_whatever_the_past(
    client: Client, town: SmallTown, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client.get(PATH)
    with django_assert_max_num_queries(6):
        client.get(PATH)


@pytest.mark.django_db(transaction=True)
def test_two_sendings_at_the_same_instant_make_one_request(town: SmallTown) -> None:
    form = filled(Client(), LIGHT)

    def send(_turn: int) -> str:
        try:
            return str(Client().post(LIGHT, form)["Location"])
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as hands:
        led_to = set(hands.map(send, range(4)))
    assert len(led_to) == 1
    assert (Case.objects.count(), Contact.objects.count(), Matter.objects.count(), Person.objects.count()) == (
        1, 1, 1, 1,
    )  # fmt: skip
