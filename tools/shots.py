"""Takes the screenshots of the documentation, from a temporary demonstration with a day of work in it.

    make shots

Needs the system's Chromium, in French (on Debian, the package chromium-l10n). Works in a temporary folder; the
screenshots go to docs/pictures.
"""

import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import URLError

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tools import shots_use
from tools.shots_page import enter

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs/pictures"
TOWN = "towns/carignan"
MOMENT = "2026-11-24T14:12:00-05:00"
HEAVIEST = 200_000
PHONE, MARGIN, STONE = (390, 880), 36, "#e2e2da"
HOME = "2541, chemin Bellevue"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
IN_FRENCH = {"LANGUAGE": "fr_CA"}


def environment(data: Path, port: int) -> dict[str, str]:
    """The settings of the demonstration, isolated from those of this machine."""
    inherited = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    ours = {"PARVIS_DEMO": "1", "PARVIS_DATA": str(data), "PARVIS_NOW": MOMENT, "PARVIS_LOG_LEVEL": "WARNING"}
    return inherited | ours | {"PARVIS_URL": f"http://127.0.0.1:{port}", "PORT": str(port)}


def free_port() -> int:
    """A free port of four digits, which addresses in the screenshots show."""
    for port in range(8100, 9000):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("No port is free.")


def seed(module: str, env: dict[str, str]) -> dict[str, str]:
    """Runs a module that invents rows; returns what it prints, the URLs to show by name."""
    run = subprocess.run([sys.executable, "-m", module], cwd=ROOT, env=env, check=True, capture_output=True)
    made: dict[str, str] = json.loads(run.stdout)
    return made


@contextmanager
def demonstration(data: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Runs a service with a day of work in it; yields its address and the output of `tools.shots_house`."""
    port = free_port()
    env = environment(data, port)
    command = [sys.executable, "-m", "parvis.cli.main"]
    subprocess.run([*command, "setup", "--town", TOWN], cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
    made = seed("tools.shots_house", env)
    service = subprocess.Popen([*command, "run"], cwd=ROOT, env=env, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        wait_for(f"http://127.0.0.1:{port}/readyz")
        yield f"http://127.0.0.1:{port}", made
    finally:
        service.send_signal(signal.SIGTERM)
        service.wait(60)


def wait_for(address: str, seconds: float = 60) -> None:
    """Waits until the service is ready; TimeoutError after that many seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(address, timeout=3):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise TimeoutError(address)


def photograph(page: Page) -> Image.Image:
    """What the screen shows, once everything is loaded."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def keep(page: Page, name: str) -> None:
    """Saves the screen in the folder of the pictures."""
    save(photograph(page), name)


def save(picture: Image.Image, name: str) -> None:
    """Saves a picture as PNG, with fewer colours when it is too large."""
    path = PICTURES / f"{name}.png"
    picture.save(path, optimize=True)
    for colours in (256, 128):
        if path.stat().st_size >= HEAVIEST:
            picture.quantize(colours, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
                path, optimize=True
            )
    print(f"{path.name}: {path.stat().st_size // 1000} kB")


def desk(browser: Browser, site: str) -> None:
    """A call, with a question typed and its answer."""
    page = enter(browser, site, "lea.tremblay", height=928)
    page.goto(f"{site}/desk/")
    page.keyboard.press("n")
    page.wait_for_url("**/desk/contacts/*/")
    page.keyboard.type("shed 10x12 jumelé permis", delay=20)
    page.locator(".aloud").wait_for()
    page.wait_for_timeout(1500)
    keep(page, "desk")


def shop(browser: Browser, site: str, reference: str) -> None:
    """The queue of a department, then one case of it."""
    page = enter(browser, site, "patrick.roy")
    page.goto(f"{site}/desk/queue/travaux-publics/")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_timeout(1000)
    keep(page, "queue")
    page.goto(f"{site}/desk/cases/{reference}/")
    keep(page, "case")


def citizen(browser: Browser, site: str, address: str) -> None:
    """The page behind the private link."""
    page = enter(browser, site)
    page.goto(site + address)
    keep(page, "follow")


def editor(browser: Browser, site: str) -> None:
    """A standard answer being written."""
    page = enter(browser, site, "helene.fortin", height=690)
    page.goto(f"{site}/edition/")
    page.get_by_role("link", name="Réponses").first.click()
    page.get_by_role("link", name="Cabanon").first.click()
    page.get_by_text("À dire, en français", exact=False).first.scroll_into_view_if_needed()
    page.mouse.wheel(0, 140)
    page.wait_for_timeout(700)
    keep(page, "edition")


def inbox(browser: Browser, site: str, address: str) -> None:
    """A message of a citizen, with the answer ready to send."""
    page = enter(browser, site, "lea.tremblay", height=924)
    page.goto(site + address)
    page.wait_for_timeout(1000)
    keep(page, "inbox")


def outreach(browser: Browser, site: str, message: str, issue: str) -> None:
    """A message to the public being written, painted as each channel shows it; then an issue of the newsletter."""
    page = enter(browser, site, "helene.fortin", height=888)
    page.goto(site + message)
    page.locator("details[open] > summary").click()  # to whom a test goes
    page.locator("h1").click()
    page.wait_for_timeout(1500)
    keep(page, "composer")
    page.goto(site + issue)
    page.wait_for_timeout(1500)
    keep(page, "newsletter")


def app(browser: Browser, site: str, receipt: str) -> None:
    """Three screens of the app on a phone, side by side: the day of an address, a report, the notices.

    The page of `receipt` is opened first, so that the device keeps its request.
    """
    page = enter(browser, site, width=PHONE[0], height=PHONE[1])
    page.clock.set_fixed_time(MOMENT)  # what the app shows is judged by the clock of the phone
    page.goto(site + receipt)
    page.wait_for_timeout(1000)
    phones = []
    for address in (f"/app/?q={HOME}", "/signaler/", "/avis/"):
        page.goto(site + address)
        if address == "/avis/":  # from its title on, past the head of the site
            page.locator("h1").evaluate("title => window.scrollBy(0, title.getBoundingClientRect().top - 12)")
        page.wait_for_timeout(1000)
        phones.append(photograph(page))
    width, height = PHONE
    picture = Image.new("RGB", (3 * width + 4 * MARGIN, height + 2 * MARGIN), STONE)
    for rank, phone in enumerate(phones):
        picture.paste(phone, (MARGIN + rank * (width + MARGIN), MARGIN))
    save(picture, "app")


def main() -> int:
    """Takes all the screenshots; returns 1 without a browser."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        print("There is no Chromium on this machine: install it with the system's package manager.", file=sys.stderr)
        return 1
    PICTURES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="parvis-shots-") as data,
        demonstration(Path(data)) as (site, made),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS, env={**os.environ, **IN_FRENCH})
        desk(browser, site)
        shop(browser, site, made["reference"])
        citizen(browser, site, made["follow"])
        editor(browser, site)
        app(browser, site, made["receipt"])
        shots_use.take(browser, site, PICTURES, made)
        messages = seed("tools.shots_messages", environment(Path(data), int(site.rpartition(":")[2])))
        inbox(browser, site, messages["mail"])
        outreach(browser, site, messages["message"], messages["issue"])
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
