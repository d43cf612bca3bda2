"""Hands on a keyboard: what journeys do in a browser, and what they check on the way."""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Locator, Page, Response, expect

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Lines of the console that are no error of the page. What the server refuses is found by its response. htmx calls it an
# error that the page is left, or its question put anew, before the answer; and that nobody answers a poll, which asks
# again.
NO_ERROR = (
    "Failed to load resource",
    "Response Status Error Code",
    "htmx:afterRequest, ",
    "htmx:sendAbort, ",
    "htmx:sendError",
)


def chromium() -> str | None:
    """The path of the system's Chromium; None leaves Playwright its own.

    The one without windows, where there is one: it opens a page for a quarter of the processor's time.
    """
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


# Whether nothing moves any more: Wagtail fades its messages in, and half-faded words fail on their contrast.
SETTLED = """() =>
  [...document.querySelectorAll('.messages > ul')].every(list => getComputedStyle(list).opacity === '1') &&
  document.getAnimations().every(one => one.effect.getComputedTiming().iterations === Infinity
                                           || one.playState !== 'running')"""


class Hands:
    """One person at one page, without a mouse."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.problems: list[str] = []
        self.forgiven: list[re.Pattern[str]] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"script error: {error}"))
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(NO_ERROR):
            self.problems.append(f"console: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.problems.append(f"{response.status} {response.request.method} {response.url}")

    def forgive(self, pattern: str) -> None:
        """Problems that match are expected in this journey."""
        self.forgiven.append(re.compile(pattern))

    def complaints(self) -> list[str]:
        """Errors of scripts, refused resources and failed requests that the journey did not expect."""
        return [p for p in self.problems if not any(pattern.search(p) for pattern in self.forgiven)]

    def open(self, path: str) -> None:
        """Types an address in the browser's bar."""
        self.page.goto(path if path.startswith("http") else self.url + path)

    def press(self, *keys: str) -> None:
        """Presses keys one after the other: "Enter", "F2", "Alt+1", "a"."""
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Types where the focus is."""
        self.page.keyboard.type(text)

    def reach(self, target: Locator, *, back: bool = False, most: int = 120) -> Locator:
        """Presses Tab until the target has the focus; fails when it cannot be reached by keyboard."""
        expect(target).to_be_visible()
        for _ in range(most):
            if self.has_focus(target):
                return target
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
        raise AssertionError(f"Tab does not reach {target} in {most} steps; focus is on {self.focused()}")

    def has_focus(self, target: Locator) -> bool:
        """Whether the focus is on that very element."""
        return bool(target.evaluate("element => element === document.activeElement"))

    def reach_group(self, radio: Locator, *, most: int = 120) -> None:
        """Presses Tab until one of the radio buttons of that one's group has the focus: a group is one stop."""
        expect(radio).to_be_visible()
        script = "radio => document.activeElement.type === 'radio' && document.activeElement.name === radio.name"
        for _ in range(most):
            if radio.evaluate(script):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not reach the group of {radio} in {most} steps; focus is on {self.focused()}")

    def focused(self) -> str:
        """What has the focus, in words."""
        script = "() => { const e = document.activeElement; return e ? e.outerHTML.slice(0, 200) : 'nothing' }"
        return str(self.page.evaluate(script))

    def choose(self, role: str, name: str | re.Pattern[str], key: str = "Enter") -> None:
        """Reaches a button or a link by its role and name, and presses Enter (or another key)."""
        self.reach(self.page.get_by_role(role, name=name).first)  # type: ignore[arg-type]
        self.page.keyboard.press(key)

    def fill(self, label: str | re.Pattern[str], text: str) -> None:
        """Reaches a field by its label and types in the place of what it holds."""
        self.reach(self.page.get_by_label(label).first)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)

    def enter_as(self, username: str, path: str = "") -> None:
        """Signs in as a sample account from the choice of roles, by keyboard, and arrives at their first screen."""
        self.open("/staff/login/" + (f"?next={path}" if path else ""))
        self.reach(self.page.locator(f'button[formaction$="/{username}/"]'))
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda url: "/staff/login/" not in url)

    def leave(self) -> None:
        """Leaves the page, which then asks for nothing more, and forgets the session: a browser closed at night."""
        self.page.goto("about:blank")
        self.page.context.clear_cookies()


def assert_accessible(page: Page, *, without: Iterable[str] = ()) -> None:
    """No violation of WCAG 2.2 A and AA, nor of axe's good practices; `without` names rules left out, with a reason."""
    rules = {rule: {"enabled": False} for rule in without}
    options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"], "rules": rules}
    page.wait_for_function(SETTLED)
    result = Axe().run(page, options=options).response["violations"]
    lines = [f"{v['id']}: {v['help']}: {[n['target'] for n in v['nodes']][:5]}" for v in result]
    assert not lines, f"{page.url}\n" + "\n".join(lines)


def keep_evidence(page: Page, folder: Path, name: str) -> Path:
    """A screenshot and the source of the page, for a journey that failed."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (re.sub(r"[^\w.-]+", "-", name) + ".png")
    page.screenshot(path=path, full_page=True)
    path.with_suffix(".html").write_text(page.content())
    return path
