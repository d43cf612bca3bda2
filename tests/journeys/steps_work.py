"""Steps of the staff who handle requests, and of the citizen who follows one."""

import re
from email.message import EmailMessage

from playwright.sync_api import Locator, Page, expect

from tests.journeys.browser import Hands
from tests.journeys.service import text_of
from tests.journeys.steps import write


class Queue:
    """A department's queue, used by keyboard: J, K, Enter and T."""

    def __init__(self, hands: Hands, department: str) -> None:
        self.hands, self.page, self.department = hands, hands.page, department

    def open(self, view: str = "") -> None:
        self.hands.open(f"/desk/queue/{self.department}/" + (f"?view={view}" if view else ""))
        expect(self.page.locator("html.js")).to_be_attached()

    def row(self, reference: str) -> Locator:
        return self.page.locator(f'[id="c-{reference}"]')

    def references(self) -> list[str]:
        """The references of the rows, in order."""
        rows = self.page.locator("tr[id^=c-]")
        return [str(rows.nth(rank).get_attribute("id"))[2:] for rank in range(rows.count())]

    def go_to(self, reference: str) -> None:
        """Moves down with J until the row has the focus."""
        link = self.row(reference).locator("a[data-row]")
        expect(link).to_be_visible()
        for _ in range(60):
            self.hands.press("j")
            if self.hands.has_focus(link):
                return
        raise AssertionError(f"J does not reach {reference}; focus is on {self.hands.focused()}")

    def take(self, reference: str) -> None:
        """T: takes charge of the focused request."""
        self.go_to(reference)
        self.hands.press("t")
        expect(self.row(reference).locator("[data-take]")).to_have_count(0)

    def read(self, reference: str) -> "Work":
        """Enter: opens the request, with the way back to the list."""
        self.go_to(reference)
        self.hands.press("Enter")
        expect(self.page.locator("[data-case] .ref")).to_contain_text(reference)
        return Work(self.hands)


def told(page: Page, words: str) -> None:
    """What was done is said, in a toast or beside its undo."""
    expect(page.locator("#messages .toast, .undo-bar").filter(has_text=words).first).to_be_visible()


class Work:
    """One request on a staff screen."""

    def __init__(self, hands: Hands) -> None:
        self.hands, self.page = hands, hands.page

    @classmethod
    def open(cls, hands: Hands, reference: str) -> "Work":
        hands.open(f"/desk/cases/{reference}/")
        expect(hands.page.locator("[data-case] .ref")).to_contain_text(reference)
        expect(hands.page.locator("html.js")).to_be_attached()
        return cls(hands)

    def panel(self, name: str) -> Locator:
        """The form of a move: answer, ask, pass-on, close, note."""
        return self.page.locator(f"#do-{name}")

    def start(self, key: str, name: str) -> Locator:
        """Opens the form of a move with its key."""
        expect(self.page.locator("html.js")).to_be_attached()
        self.hands.press(key)
        panel = self.panel(name)
        expect(panel).to_be_visible()
        return panel

    def say(self, panel: Locator, words: str) -> None:
        write(self.hands, panel.locator("[name=words]"), words)

    def send(self, reference: str) -> None:
        """Sends with Ctrl+Enter, and waits for the confirmation."""
        self.hands.press("Control+Enter")
        told(self.page, reference)
        self.page.wait_for_load_state()  # the scripts handle the keys

    @property
    def journal(self) -> Locator:
        return self.page.locator("[data-case] .flow > .journal")

    @property
    def promise(self) -> Locator:
        return self.page.locator("[data-case] .promised")


def link_in(message: EmailMessage, url: str) -> str:
    """The only private link in a letter, which must belong to this installation."""
    links = set(re.findall(r"https?://\S+/suivi/[\w-]+/", text_of(message)))
    assert len(links) == 1, f"{links} in {message['Subject']}"
    [link] = links
    assert link.startswith(f"{url}/suivi/"), link
    html = message.get_body(("html",))
    assert html is not None and link in html.get_content()
    return str(link)


def say_on_page(hands: Hands, form: str, words: str) -> None:
    """Fills in and sends a form ("reply", "not-fixed") of a request's public page."""
    locator = hands.page.locator(f'form[action$="/{form}/"]')
    write(hands, locator.locator("textarea"), words)
    hands.reach(locator.locator("button"))
    hands.press("Enter")
    expect(hands.page.locator("#messages")).not_to_be_empty()
    expect(hands.page.locator(".journal").first).to_contain_text(words)
