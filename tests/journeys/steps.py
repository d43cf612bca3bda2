"""Steps shared by the journeys: fields by keyboard, the agent's call, the form of a request."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.journeys.browser import Hands
from tests.journeys.service import Service


@dataclass(frozen=True)
class Sample:
    """The part of a town's data that the journeys use."""

    agent: str  # an agent of the desk only
    both: str  # an agent of the desk who is also a technician in `both_in`
    both_in: str
    both_subject: str  # a subject of that department, and a caller's words about it
    both_asked: str
    asked: str  # a caller's words, whose answer is `answer`
    answer: str
    other_asked: str
    other_answer: str
    broken: str  # a caller's words about a broken road
    road: str  # its subject, which requires a place, answers to its questions, and a photo to close
    roads: str  # its department
    technician: str  # a technician of that department
    colleague: str  # a manager in `colleague_in`, to whom requests are passed on
    colleague_in: str
    typed_place: str  # the beginning of an address
    place: str  # the address that completes it
    editor: str
    publisher: str
    edited: str  # the subject of the answer to edit, and a question that matches it
    edited_asked: str


SAMPLES = {
    "carignan": Sample(
        agent="lea.tremblay", both="marc.gagnon", both_in="travaux-publics", both_subject="lampadaire",
        both_asked="lampadaire brûlé",
        asked="shed 10x12 jumelé permis", answer="cabanon-jumele",
        other_asked="quand passe la collecte des bacs", other_answer="collectes",
        broken="gros nid de poule dans la rue", road="nid-de-poule", roads="travaux-publics",
        technician="patrick.roy", colleague="mathieu.caron", colleague_in="genie",
        typed_place="2401 bellev", place="2401, chemin Bellevue",
        editor="helene.fortin", publisher="louis.bergeron",
        edited="joindre", edited_asked="heures d'ouverture de l'hôtel de ville",
    ),
    "val-des-aulnes": Sample(
        agent="omar.diallo", both="lise.gervais", both_in="permis", both_subject="bruit",
        both_asked="musique forte au chalet voisin",
        asked="shed 8x10 jumelé permis", answer="cabanon-jumele",
        other_asked="quel jour passent les poubelles", other_answer="collectes",
        broken="gros trou dans le chemin de gravier", road="nid-de-poule", roads="voirie",
        technician="jean.huot", colleague="rose.caya", colleague_in="secretariat",
        typed_place="410 rang du l", place="410, rang du Lac",
        editor="paul.weir", publisher="rose.caya",
        edited="deneigement", edited_asked="stationner dehors la nuit l'hiver",
    ),
}  # fmt: skip


def sample(service: Service) -> Sample:
    """The sample of the town that is running."""
    return SAMPLES[service.town]


def until(holds: Callable[[], Any], what: str, seconds: float = 30) -> Any:
    """Waits until `holds` returns a true value, and returns it."""
    deadline = time.monotonic() + seconds
    while not (result := holds()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.1)
    return result


def to_desk(hands: Hands, agent: str) -> None:
    """Signs the agent in at the desk, and closes the contacts that a failed journey left open."""
    hands.enter_as(agent, "/desk/%3Fstay%3D1")
    open_contacts = [str(tab.get_attribute("href")) for tab in hands.page.locator("nav.tabs a[id^=tab-]").all()]
    token = hands.page.locator("input[name=csrfmiddlewaretoken]").first.get_attribute("value") or ""
    for contact in open_contacts:
        hands.page.request.post(f"{hands.url}{contact}finish/", form={"csrfmiddlewaretoken": token})
    if open_contacts:
        hands.open("/desk/?stay=1")
    expect(hands.page.locator("html.js")).to_be_attached()


# --- Fields, by keyboard -----------------------------------------------------------------------------------------


def mark(hands: Hands, name: str, value: str, within: Locator | Page | None = None) -> None:
    """Selects a radio button by keyboard: Tab to its group, then arrows."""
    target = (within or hands.page).locator(f'input[type=radio][name="{name}"][value="{value}"]')
    hands.reach_group(target)
    for _ in range(40):
        if target.is_checked():
            return
        hands.press("Space" if hands.has_focus(target) else "ArrowDown")
    raise AssertionError(f"the arrows do not reach {name}={value}")


def tick(hands: Hands, box: Locator) -> None:
    """Checks a checkbox if it is not checked."""
    hands.reach(box)
    if not box.is_checked():
        hands.press("Space")


def select(hands: Hands, field: Locator, value: str, *, back: bool = False) -> None:
    """Selects an option with the arrow keys, one at a time; `back`: the list stands before what has the focus."""
    hands.reach(field, back=back)
    script = "(el, value) => [...el.options].findIndex(o => o.value === value) - el.selectedIndex"
    steps = int(field.evaluate(script, value))
    for _ in range(abs(steps)):
        hands.press("ArrowDown" if steps > 0 else "ArrowUp")
    expect(field).to_have_value(value)


def write(hands: Hands, field: Locator, text: str) -> None:
    """Replaces the content of a field."""
    hands.reach(field)
    hands.press("ControlOrMeta+a")
    hands.type(text)


def complete(hands: Hands, field: Locator, typed: str, chosen: str) -> None:
    """Types the beginning of a text and chooses the suggestion that contains `chosen`."""
    write(hands, field, typed)
    options = field.locator("xpath=..").get_by_role("option")
    wanted = options.filter(has_text=chosen).first
    expect(wanted).to_be_visible()
    for _ in range(12):
        hands.press("ArrowDown")
        if wanted.get_attribute("aria-selected") == "true":
            break
    hands.press("Enter")
    expect(options.first).to_be_hidden()


def _asks(url: str, words: str) -> bool:
    """Whether the URL is the search for exactly these words."""
    parts = urlsplit(url)
    return parts.path.endswith("/suggest") and parse_qs(parts.query).get("q") == [words]


# --- The agent's call ---------------------------------------------------------------------------------------------


class Call:
    """One contact on the agent's screen."""

    def __init__(self, hands: Hands) -> None:
        self.hands, self.page = hands, hands.page
        self.said = self.page.locator("#said")
        self.ranked = self.page.locator("#ranked li")
        self.read = self.page.locator("#read")
        self.pane = self.page.locator("#pane")
        self.kept = self.page.locator("#kept")

    @classmethod
    def begin(cls, hands: Hands, key: str = "n") -> "Call":
        """Begins a call ("n") or a visit to the counter ("c") with one key, and waits for its screen."""
        before = hands.page.url
        hands.press(key)
        hands.page.wait_for_url(lambda url: url != before and "/desk/contacts/" in url)
        call = cls(hands)
        call.ready()
        return call

    def ready(self) -> None:
        """Waits until the screen and its script are loaded, and the field for the words has the focus."""
        expect(self.page.locator("html.js")).to_be_attached()
        expect(self.said).to_be_focused()

    @property
    def number(self) -> int:
        """The id of the contact, from the URL."""
        match = re.search(r"/contacts/(\d+)/", self.page.url)
        assert match, self.page.url
        return int(match[1])

    def hear(self, words: str, subject: str = "") -> None:
        """Types the person's words, and waits for the suggestions; `subject` selects one instead of the best."""
        if not self.hands.has_focus(self.said):
            self.hands.press("Escape" if self.pane.is_visible() else "Enter")
            self.hands.press("t")
        expect(self.said).to_be_focused()
        self.hands.press("ControlOrMeta+a")
        with self.page.expect_response(lambda response: _asks(response.url, words)):
            self.hands.type(words)
        expect(self.said).to_have_value(words)
        self.page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        if subject:
            self.choose(subject)

    def choose(self, subject: str) -> None:
        """Moves down the suggestions until that subject is selected and shown."""
        link = self.page.locator(f'#ranked a[data-slug="{subject}"]')
        expect(link).to_be_visible()
        for _ in range(9):
            if link.get_attribute("aria-current") == "true":
                break
            self.hands.press("ArrowDown")
        expect(self.answer(subject)).to_be_visible()

    def answer(self, subject: str) -> Locator:
        """The pane that shows the subject."""
        return self.read.locator(f'.answer[data-slug="{subject}"]')

    @property
    def aloud(self) -> Locator:
        """The words to say."""
        return self.read.locator(".say")

    def wait_until_kept(self) -> None:
        """Waits until the server has saved everything typed."""
        expect(self.kept).to_have_attribute("data-state", "saved")

    def close(self) -> None:
        """F2: closes the contact as answered."""
        self.end()
        expect(self.page.locator("[data-done]")).to_be_visible()

    def end(self) -> None:
        """F2: ends a contact whose matters are all settled."""
        path = f"/contacts/{self.number}/"
        self.hands.press("F2")
        self.page.wait_for_url(lambda url: path not in url)

    def open_pane(self, key: str, name: str) -> Locator:
        """Opens a form in the middle of the screen with a function key."""
        self.hands.press(key)
        form = self.pane.locator(f'form[data-pane-form="{name}"]')
        expect(form).to_be_visible()
        return form


class RequestForm:
    """The form of a request on the call screen."""

    def __init__(self, call: Call) -> None:
        self.call, self.hands, self.page = call, call.hands, call.page
        self.form = self.page.locator('form[data-pane-form="case"]')

    @classmethod
    def open(cls, call: Call) -> "RequestForm":
        call.open_pane("F4", "case")
        return cls(call)

    def field(self, name: str) -> Locator:
        """A field by its name: words, place, name, phone, email, on_behalf_of, subject, nature, audience, find."""
        return self.form.locator(f'[name="case-{name}"]:not([type=hidden])')

    def kind(self, nature: str) -> None:
        """Selects one of the four natures."""
        select(self.hands, self.field("nature"), nature)

    def say(self, words: str) -> None:
        """Fills in the person's words."""
        write(self.hands, self.field("words"), words)

    def locate(self, typed: str, place: str) -> None:
        """Fills in the place from a suggestion."""
        complete(self.hands, self.field("place"), typed, place)
        expect(self.field("place")).to_have_value(re.compile(re.escape(place)))

    def answer_questions(self) -> None:
        """Answers every question of the subject."""
        for field in self.form.locator(".asks > .field").all():
            radio = field.locator("input[type=radio]").first
            if radio.count():
                mark(self.hands, radio.get_attribute("name") or "", radio.get_attribute("value") or "")
            else:
                write(self.hands, field.locator("input, textarea").first, "12")

    def for_someone_new(self, name: str, email: str = "", phone: str = "") -> None:
        """Registers a new person with the request."""
        mark(self.hands, "case-who", "new")
        for field, text in (("name", name), ("phone", phone), ("email", email)):
            if text:
                write(self.hands, self.field(field), text)

    def anonymous(self) -> None:
        """Makes the request anonymous."""
        mark(self.hands, "case-who", "nobody")

    def behalf(self, name: str) -> None:
        """Fills in the person on whose behalf the caller speaks."""
        write(self.hands, self.field("on_behalf_of"), name)

    def send(self) -> None:
        """F4 again: sends the form."""
        self.hands.press("F4")

    def sent(self) -> str:
        """The reference, once it is shown in large type."""
        reference = self.page.locator(".big-ref")
        expect(reference).to_be_visible()
        return str(reference.get_attribute("aria-label"))


def open_request(hands: Hands, town: Sample, name: str, *, email: str = "", phone: str = "", words: str = "") -> str:
    """Makes a whole call that opens a request about a road, and returns its reference. The agent is at the desk."""
    call = Call.begin(hands)
    call.hear(town.broken, town.road)
    form = RequestForm.open(call)
    if words:
        form.say(words)
    form.locate(town.typed_place, town.place)
    form.answer_questions()
    if name:
        form.for_someone_new(name, email, phone)
    form.send()
    reference = form.sent()
    call.end()
    return reference
