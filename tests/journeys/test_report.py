"""A problem reported: on a phone in taps, by keyboard, on a wide screen, without scripts, in English."""

import re
from collections.abc import Iterator
from io import BytesIO
from itertools import pairwise

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from parvis.apps.catalogue.models import Subject
from tests.journeys.browser import Hands, assert_accessible
from tests.journeys.conftest import at_a_page
from tests.journeys.marks import each_town, soak
from tests.journeys.service import Service
from tests.journeys.steps import sample
from tests.journeys.steps_records import Records
from tests.journeys.test_public_request import MOST_TO_READ, answer_questions, fits, reference_of
from tests.public.makers import fitting

pytestmark = pytest.mark.usefixtures("journals_hold")

NARROW = {"width": 360, "height": 740}


@pytest.fixture
def thumb(browser: Browser, service: Service, request: pytest.FixtureRequest) -> Iterator["Thumb"]:
    """A user of a phone."""
    for hands in at_a_page(browser, service, request, viewport=NARROW, has_touch=True, is_mobile=True):
        yield Thumb(hands)


@pytest.fixture
def plain_hands(browser: Browser, service: Service, request: pytest.FixtureRequest) -> Iterator[Hands]:
    """A user whose browser has scripts turned off."""
    yield from at_a_page(browser, service, request, java_script_enabled=False)


class Thumb:
    """Taps on a phone, counted."""

    def __init__(self, hands: Hands) -> None:
        self.hands, self.page, self.taps = hands, hands.page, 0
        self.read = 0  # taps to go past what others already told us of the place

    def tap(self, target: Locator) -> None:
        target.tap()
        self.taps += 1

    def on(self) -> None:
        """The main button of the step, always in the window: touched where it is, since `tap` would scroll the page."""
        button = self.page.locator("[data-next]")
        expect(button).to_be_in_viewport()
        box = button.bounding_box()
        assert box
        self.page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        self.taps += 1

    def past(self, step: str) -> None:
        """The main button, and again for each thing to be decided first, which is then in the window."""
        self.on()
        reached = self.page.locator(f"html[data-step={step}]")
        for _time in range(MOST_TO_READ):
            expect(self.page.locator("[data-next][aria-busy]")).to_have_count(0)
            self.page.wait_for_timeout(150)
            if reached.count():
                break
            expect(self.page.locator("section.here :focus")).to_be_in_viewport()
            self.on()
            self.read += 1
        self.at(step)

    def at(self, step: str) -> None:
        expect(self.page.locator(f"html[data-step={step}]")).to_be_attached()


def photo() -> dict[str, object]:
    out = BytesIO()
    Image.new("RGB", (1600, 1200), "slategrey").save(out, "JPEG")
    return {"name": "trou.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def answer_by_taps(thumb: Thumb) -> None:
    """The first answer of each required question of the kind."""
    for group in thumb.page.locator("#asked fieldset:has(legend .need, legend .hush)").all():
        if not group.locator("input:checked").count():
            thumb.tap(group.locator("label").first)


@each_town
def test_a_pothole_with_a_photo_takes_less_than_twelve_taps(thumb: Thumb, service: Service, records: Records) -> None:
    town, page = sample(service), thumb.page
    thumb.hands.open("/signaler/")
    assert_accessible(page)
    with page.expect_file_chooser() as chooser:
        thumb.tap(page.locator(".take label").first)
    chooser.value.set_files(photo())  # type: ignore[arg-type]
    expect(page.locator("#photos .shots-grid img")).to_be_visible()
    assert fits(page)
    thumb.on()
    thumb.at("where")
    page.locator("#id_place").fill(town.place)
    thumb.taps += 1
    thumb.past("what")
    assert_accessible(page)
    thumb.tap(page.locator(f"label:has([name=subject][value={town.road}])"))
    expect(page.locator("#asked fieldset").first).to_be_visible()
    answer_by_taps(thumb)
    assert fits(page)
    thumb.past("you")
    thumb.tap(page.locator("label:has([name=who][value=nobody])"))
    assert_accessible(page)
    thumb.on()
    thumb.at("check")
    expect(page.locator("#check")).to_contain_text(town.place)
    expect(page.locator("#check img")).to_be_visible()
    assert_accessible(page)
    assert fits(page)
    thumb.tap(page.locator(".send .btn"))
    if page.locator(".first").is_visible():  # something open at that place, told once
        page.get_by_role("button", name="Envoyer la mienne maintenant").tap()
    reference = reference_of(page)
    assert thumb.taps - thumb.read < 12, f"{thumb.taps} taps"
    expect(page.locator("svg.qr")).to_be_visible()
    assert_accessible(page)
    assert fits(page)
    case = records.case(reference)
    assert case.address and case.address.label == town.place and case.person is None
    assert records.entries(reference)[0].files.count() == 1
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('parvis.request')).length") == 0


def of_shape(records: Records, *, place: bool, asked: bool) -> Subject:
    """A kind of request with a place or without, with required questions or without."""
    return next(
        subject
        for subject in records.subjects()
        if (subject.place != Subject.Place.NONE) is place
        and any(question.required for question in subject.questions.all()) is asked
    )


def fill_in(page: Page, subject: Subject) -> None:
    """The words of a form, and a fitting answer to each of its required questions."""
    if not page.locator("#id_words").input_value():
        page.locator("#id_words").fill("Quelques mots.")
    for question in subject.questions.all():
        answers = page.locator(f"#asked [name=ask-{question.key}]")
        if not question.required:
            continue
        if answers.first.get_attribute("type") == "radio":
            answers.first.check(force=True)
        else:
            answers.fill(fitting(question))


# The shape "with a place and questions" is also that of the pothole above.
@pytest.mark.parametrize(
    ("place", "asked"), [(False, False), *(pytest.param(*one, marks=soak) for one in ((False, True), (True, True)))]
)
def test_a_form_of_each_shape_leads_to_its_receipt(
    thumb: Thumb, service: Service, records: Records, place: bool, asked: bool
) -> None:
    subject, page = of_shape(records, place=place, asked=asked), thumb.page
    thumb.hands.open(f"/demande/{subject.slug}/")
    if asked:
        before = page.locator("[data-next]").bounding_box()
        page.set_input_files("#id_photos", photo())  # type: ignore[arg-type]
        expect(page.locator("#photos .shots-grid img")).to_be_visible()
        assert page.locator("[data-next]").bounding_box() == before, "the button moves under the finger"
    steps = [str(section.get_attribute("data-step")) for section in page.locator("form [data-step]").all()]
    assert ("where" in steps) is place
    for step, after in pairwise(steps):
        if step == "where":
            page.locator("#id_place").fill("Derrière le vieux lavoir")
        if step == "what":
            fill_in(page, subject)
        if step == "you":
            thumb.tap(page.locator("label:has([name=who][value=nobody])"))
        assert_accessible(page)
        assert fits(page)
        thumb.past(after)
    expect(page.locator("[name=altcha]")).not_to_have_value("", timeout=30_000)
    thumb.tap(page.locator(".send .btn"))
    case = records.case(reference_of(page))
    assert case.subject_id == subject.pk and records.entries(case.reference)[0].files.count() == int(asked)


@soak
@pytest.mark.parametrize("place", [False, True])
def test_a_form_of_each_shape_leads_to_its_receipt_without_a_script(
    plain_hands: Hands, service: Service, records: Records, place: bool
) -> None:
    subject, page = of_shape(records, place=place, asked=True), plain_hands.page
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    plain_hands.open(f"/demande/{subject.slug}/")
    page.set_input_files("#id_photos", photo())  # type: ignore[arg-type]
    fill_in(page, subject)
    if place:
        page.locator("#id_place").fill("Derrière l’ancien moulin")
    page.locator("label:has([name=who][value=nobody])").click()
    assert fits(page)
    page.locator(".send .btn").click()
    case = records.case(reference_of(page))
    assert case.subject_id == subject.pk and records.entries(case.reference)[0].files.count() == 1
    assert fits(page)


@each_town
def test_back_and_leaving_keep_what_was_said(thumb: Thumb, service: Service) -> None:
    town, page = sample(service), thumb.page
    thumb.hands.open("/signaler/")
    thumb.on()
    thumb.at("where")
    page.locator("#id_place").fill("Derrière le vieux moulin")
    thumb.on()
    thumb.at("what")
    page.locator("#id_words").fill(town.broken)
    page.go_back()
    thumb.at("where")
    expect(page.locator("#id_place")).to_have_value("Derrière le vieux moulin")
    page.locator("[data-back]").tap()
    thumb.at("photo")
    thumb.hands.open("/")
    thumb.hands.open("/signaler/")
    expect(page.locator("[data-draft-note]")).to_be_visible()
    expect(page.locator("#id_words")).to_have_value(town.broken)
    expect(page.locator("#id_place")).to_have_value("Derrière le vieux moulin")
    page.locator("[data-draft-erase]").tap()
    expect(page.locator("#id_words")).to_have_value("")


@soak
def test_a_step_says_what_is_missing_and_the_focus_goes_there(hands: Hands, service: Service) -> None:
    town, page = sample(service), hands.page
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    hands.open(f"/demande/{town.road}/")
    hands.reach(page.locator("[data-next]"))
    hands.press("Enter")
    expect(page.locator("html[data-step=where]")).to_be_attached()
    hands.reach(page.locator("[data-next]"))
    hands.press("Enter")
    expect(page.locator("#id_place")).to_be_focused()
    expect(page.locator("#id_place_error")).to_be_visible()
    assert_accessible(page)
    hands.type("Au bout du quai")
    hands.press("Enter")
    expect(page.locator("html[data-step=what]")).to_be_attached()
    assert_accessible(page)


@soak
def test_where_one_is_becomes_the_point_with_its_precision_or_says_what_to_do(
    thumb: Thumb, service: Service, records: Records
) -> None:
    page, context = thumb.page, thumb.page.context
    address = records.located_address()
    assert address.point
    latitude, longitude = address.point
    thumb.hands.open("/signaler/#etape-ou")
    context.grant_permissions([])
    page.locator("[data-here]").tap()
    expect(page.locator("[data-here-said]")).to_contain_text("Écrivez la rue")
    expect(page.locator("#id_place")).to_be_focused()
    context.grant_permissions(["geolocation"])
    context.set_geolocation({"latitude": latitude, "longitude": longitude, "accuracy": 60})
    page.locator("[data-here]").tap()
    expect(page.locator("[data-here-said]")).to_contain_text(re.compile("60\\s*m près"))
    expect(page.locator("#id_pin")).to_be_checked()
    context.set_geolocation({"latitude": 10.0, "longitude": 10.0, "accuracy": 5})
    page.locator("[data-here]").tap()
    expect(page.locator("[data-here-said]")).to_contain_text("hors de la ville")


@soak
def test_a_photo_that_does_not_arrive_is_tried_again_on_its_tile_or_leaves_with_the_form(thumb: Thumb) -> None:
    page = thumb.page
    thumb.hands.forgive("photos|ERR_FAILED")
    thumb.hands.open("/signaler/")
    page.route("**/photos/", lambda route: route.abort())
    page.set_input_files("#id_photos", photo())  # type: ignore[arg-type]
    expect(page.locator(".uploads .failed")).to_contain_text("Elle n’est pas arrivée")
    assert page.evaluate("document.getElementById('id_photos').files.length") == 1
    page.unroute("**/photos/")
    page.get_by_role("button", name="Réessayer").tap()
    expect(page.locator("#photos .shots-grid img")).to_be_visible()
    assert page.evaluate("document.getElementById('id_photos').files.length") == 0


@each_town
@soak
def test_on_a_wide_screen_it_is_one_page_and_the_words_choose_the_kind(
    hands: Hands, service: Service, records: Records
) -> None:
    town, page = sample(service), hands.page
    hands.open("/signaler/")
    expect(page.locator("[data-flow]")).to_be_hidden()
    for name in ("photo", "where", "what", "you"):
        expect(page.locator(f"[data-step={name}]").first).to_be_visible()
    page.locator("#id_words").fill(town.broken)
    page.locator("#id_place").fill("Près de la fontaine sèche")
    page.locator(f"label:has([name=subject][value={town.road}])").click()
    expect(page.locator("#asked fieldset").first).to_be_visible()
    assert_accessible(page)
    answer_questions(hands)
    page.locator("label:has([name=who][value=nobody])").click()
    expect(page.locator("[name=altcha]")).not_to_have_value("", timeout=30_000)
    page.locator(".send .btn").click()
    assert records.case(reference_of(page)).place_text == "Près de la fontaine sèche"


@each_town
def test_without_a_script_the_kind_is_asked_on_the_same_page(
    plain_hands: Hands, service: Service, records: Records
) -> None:
    town, page = sample(service), plain_hands.page
    plain_hands.forgive("^422 POST")
    plain_hands.open("/signaler/")
    page.locator("#id_words").fill(town.broken)
    page.locator("#id_place").fill("Près du lavoir")
    page.locator("label:has([name=who][value=nobody])").click()
    page.locator(".send .btn").click()
    expect(page.locator(".summary")).to_be_visible()
    page.locator(f"label:has([name=subject][value={town.road}])").click()
    page.locator(".send .btn").click()
    expect(page.locator(".summary, .receipt").first).to_be_visible()
    if page.locator(".summary").is_visible():
        answer_questions(plain_hands)
        page.locator(".send .btn").click()
    case = records.case(reference_of(page))
    assert (case.words, case.place_text) == (town.broken, "Près du lavoir")


@each_town
@soak
def test_it_is_as_complete_in_english(thumb: Thumb) -> None:
    page = thumb.page
    thumb.hands.open("/signaler/?langue=en")
    expect(page.locator("#h-photos")).to_contain_text("Do you have a photo?")
    expect(page.locator("[data-next]")).to_have_text("Continue")
    assert_accessible(page)
    thumb.hands.open("/signaler/?langue=fr")
    expect(page.locator("#h-photos")).to_contain_text("Avez-vous une photo?")
