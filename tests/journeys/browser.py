"""Browser helpers of the journeys: a keyboard user, accessibility checks, screenshots."""

import re
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import ConsoleMessage, Frame, Locator, Page, Response, ViewportSize, expect

from tests.heavy import amount

NARROW: ViewportSize = {"width": 360, "height": 740}
WIDE: ViewportSize = {"width": 1440, "height": 900}
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
# Console errors to ignore. Refused requests are reported from their response. htmx logs errors for requests aborted by
# navigation or replaced by a newer one, and for polls that fail, which it retries.
IGNORED_ERRORS = (
    "Failed to load resource",
    "Response Status Error Code",
    "htmx:afterRequest, ",
    "htmx:sendAbort, ",
    "htmx:sendError",
)
TAB_STOPS = "a[href], button, input:not([type=hidden]), select, textarea, summary, iframe, [tabindex]"


def chromium() -> str | None:
    """The path of the system's Chromium; None to use Playwright's own.

    The headless shell is preferred: it opens a page with a quarter of the CPU time.
    """
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


# Whether all animations are over: Wagtail fades its messages in, and half-faded text fails the contrast check.
SETTLED = """() =>
  [...document.querySelectorAll('.messages > ul')].every(list => getComputedStyle(list).opacity === '1') &&
  document.getAnimations().every(one => one.effect.getComputedTiming().iterations === Infinity
                                           || one.playState !== 'running')"""


class Hands:
    """A user at a page, without a mouse."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.problems: list[str] = []
        self.forgiven: list[re.Pattern[str]] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"script error: {error}"))
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(IGNORED_ERRORS):
            self.problems.append(f"console: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.problems.append(f"{response.status} {response.request.method} {response.url}")

    def forgive(self, pattern: str) -> None:
        """Ignores the problems that match, which this journey expects."""
        self.forgiven.append(re.compile(pattern))

    def complaints(self) -> list[str]:
        """The unexpected script errors, refused resources and failed requests."""
        return [problem for problem in self.problems if not any(pattern.search(problem) for pattern in self.forgiven)]

    def open(self, path: str) -> None:
        """Opens a path of the service, or a whole URL."""
        self.page.goto(path if path.startswith("http") else self.url + path)

    def press(self, *keys: str) -> None:
        """Presses keys one after the other: "Enter", "F2", "Alt+1", "a"; once the scripts of the page have run, as by
        someone who sees it whole.
        """
        self.page.wait_for_load_state("domcontentloaded")
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Types where the focus is."""
        self.page.wait_for_load_state("domcontentloaded")
        self.page.keyboard.type(text)

    def reach(self, target: Locator, *, back: bool = False, most: int = 120) -> Locator:
        """Presses Tab until the target has the focus; fails after `most` steps, or once round a page of more."""
        expect(target).to_be_visible()
        for _ in self._steps(most):
            if self.has_focus(target):
                return target
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
        raise AssertionError(f"Tab does not reach {target}; focus is on {self.focused()}")

    def _steps(self, most: int) -> Iterator[int]:
        """The steps to try: a list of the shared installation grows with every journey, and with it the page."""
        yield from range(most)
        yield from range(most, self.page.locator(TAB_STOPS).count() + 10)

    def has_focus(self, target: Locator) -> bool:
        """Whether the element has the focus."""
        return bool(target.evaluate("element => element === document.activeElement"))

    def reach_group(self, radio: Locator, *, most: int = 120) -> None:
        """Presses Tab until a radio button of the same group has the focus: a group is a single tab stop."""
        expect(radio).to_be_visible()
        script = "radio => document.activeElement.type === 'radio' && document.activeElement.name === radio.name"
        for _ in self._steps(most):
            if radio.evaluate(script):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not reach the group of {radio}; focus is on {self.focused()}")

    def focused(self) -> str:
        """The HTML of the focused element, shortened."""
        script = "() => { const e = document.activeElement; return e ? e.outerHTML.slice(0, 200) : 'nothing' }"
        return str(self.page.evaluate(script))

    def choose(self, role: str, name: str | re.Pattern[str], key: str = "Enter") -> None:
        """Reaches a button or a link by its role and name, and presses Enter (or another key)."""
        self.reach(self.page.get_by_role(role, name=name).first)  # type: ignore[arg-type]
        self.page.keyboard.press(key)

    def fill(self, label: str | re.Pattern[str], text: str) -> None:
        """Reaches a field by its label and replaces its content."""
        self.reach(self.page.get_by_label(label).first)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)

    def enter_as(self, username: str, path: str = "") -> None:
        """Signs in as a sample account from the demonstration's list, by keyboard, and waits for its first screen."""
        self.open("/staff/login/" + (f"?next={path}" if path else ""))
        self.reach(self.page.locator(f'button[formaction$="/{username}/"]'))
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda url: "/staff/login/" not in url)

    def leave(self) -> None:
        """Leaves the page, which stops polling, and clears the session, as when the browser is closed."""
        self.page.goto("about:blank")
        self.page.context.clear_cookies()


def wait_until(page: Page | Frame, script: str, *, seconds: float = 30) -> None:
    """Waits until a script gives true; AssertionError after `seconds`.

    `page.wait_for_function` evaluates its text inside the page when it has to wait, which our policy forbids.
    """
    ends = time.monotonic() + seconds
    while not page.evaluate(script):
        assert time.monotonic() < ends, f"not true after {seconds} s: {script}"
        page.wait_for_timeout(50)


def assert_accessible(page: Page, *, without: Iterable[str] = ()) -> None:
    """Fails on any violation of WCAG 2.2 A and AA, or of axe's best practices; `without` names rules to skip."""
    rules = {rule: {"enabled": False} for rule in without}
    options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"], "rules": rules}
    wait_until(page, SETTLED)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    violations = page.evaluate("options => axe.run(options).then(found => found.violations)", options)
    lines = [f"{v['id']}: {v['help']}: {[n['target'] for n in v['nodes']][:5]}" for v in violations]
    assert not lines, f"{page.url}\n" + "\n".join(lines)


def assert_narrow_enough(page: Page) -> None:
    """Fails when the page scrolls sideways."""
    excess = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert excess <= 0, f"{page.url} is {excess} px too wide"


def look(hands: Hands) -> None:
    """Checks the page at 360 px, and in `make soak` at 1440 px too; it is 1440 px wide afterwards."""
    for size in (NARROW, WIDE)[: amount(2, sample=1)]:
        hands.page.set_viewport_size(size)
        assert_narrow_enough(hands.page)
        assert_accessible(hands.page)
    hands.page.set_viewport_size(WIDE)


def keep_evidence(page: Page, folder: Path, name: str) -> Path:
    """Saves a screenshot and the HTML of the page, for a failed journey."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (re.sub(r"[^\w.-]+", "-", name) + ".png")
    page.screenshot(path=path, full_page=True)
    path.with_suffix(".html").write_text(page.content())
    return path
