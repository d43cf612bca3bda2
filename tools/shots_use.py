"""The screenshots of the guides in docs/use: an agent, the counter, a technician, an editor."""

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from tools.shots_page import enter

HEAVIEST = 150_000
AGENT, TECHNICIAN, EDITOR = "lea.tremblay", "patrick.roy", "helene.fortin"


def keep(page: Page, folder: Path, name: str) -> None:
    """Saves the screen as WebP, at a lower quality when it is too large."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    path = folder / f"{name}.webp"
    for quality in (82, 70, 55):
        picture.save(path, quality=quality, method=6)
        if path.stat().st_size < HEAVIEST:
            break
    print(f"{path.name}: {path.stat().st_size // 1000} kB")


def counter(browser: Browser, site: str, folder: Path, made: dict[str, str]) -> None:
    """The tablet, the waiting line, the hall screen, then a visit with its request and its receipt."""
    page, people = enter(browser, site, AGENT), enter(browser, site, height=800)
    people.goto(site + made["door"])
    keep(people, folder, "use-borne")
    page.goto(f"{site}/desk/counter/")
    page.select_option("#window", "2")
    page.locator("h1").click()
    keep(page, folder, "use-file")
    page.keyboard.press("a")
    page.wait_for_url("**/desk/contacts/*/")
    people.goto(site + made["hall"])
    keep(people, folder, "use-ecran")
    request(page)
    keep(page, folder, "use-ouverte")
    receipt = str(page.locator('a[data-key="p"]').first.get_attribute("href"))
    page.set_viewport_size({"width": 860, "height": 1150})
    page.goto(f"{site}{receipt}?as=page")
    keep(page, folder, "use-recu")


def request(page: Page) -> None:
    """Opens a request without a known person."""
    page.keyboard.type("lampadaire éteint", delay=20)
    page.locator('#ranked a[data-slug="lampadaire"]').click()
    page.keyboard.press("F4")
    form = page.locator('form[data-pane-form="case"]')
    form.wait_for()
    form.locator('[name="case-place"]').type("2541 bellev", delay=30)
    form.locator(".options [role=option]").first.click()
    for group in form.locator(".asks fieldset").all():
        group.locator("input[type=radio]").first.check()
    form.locator('input[value="nobody"]').check()
    page.keyboard.press("F4")
    page.locator(".big-ref").wait_for()


def call(browser: Browser, site: str, folder: Path) -> None:
    """A call at the desk."""
    page = enter(browser, site, AGENT, height=914)
    page.goto(f"{site}/desk/?stay=1")
    page.keyboard.press("n")
    page.wait_for_url("**/desk/contacts/*/")
    page.keyboard.type("puis-je laisser mon auto dans la rue cette nuit", delay=20)
    page.locator(".aloud").wait_for()
    page.wait_for_timeout(1200)
    keep(page, folder, "use-appel")


def shop(browser: Browser, site: str, folder: Path, reference: str) -> None:
    """The question to the citizen, and the closing."""
    page = enter(browser, site, TECHNICIAN)
    for gesture, name in (("ask", "use-demander"), ("close", "use-clore")):
        page.goto(f"{site}/desk/cases/{reference}/?do={gesture}")
        page.locator(f"#do-{gesture}").scroll_into_view_if_needed()
        keep(page, folder, name)


def editor(browser: Browser, site: str, folder: Path) -> None:
    """The editor's home page."""
    page = enter(browser, site, EDITOR)
    page.goto(f"{site}/edition/")
    keep(page, folder, "use-redaction")


def take(browser: Browser, site: str, folder: Path, made: dict[str, str]) -> None:
    """Takes them all; `made` is the output of `tools.shots_house`."""
    call(browser, site, folder)
    counter(browser, site, folder, made)
    shop(browser, site, folder, made["reference"])
    editor(browser, site, folder)
