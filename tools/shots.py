"""Takes the screenshots of the documentation, from a temporary demonstration with a day of work in it.

    make shots

Needs the system's Chromium. Works in a temporary folder; the screenshots go to docs/pictures.
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
from contextlib import contextmanager
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
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


def environment(data: Path, port: int) -> dict[str, str]:
    """The settings of the demonstration, isolated from those of this machine."""
    inherited = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    ours = {"PARVIS_DEMO": "1", "PARVIS_DATA": str(data), "PARVIS_NOW": MOMENT, "PARVIS_LOG_LEVEL": "WARNING"}
    return inherited | ours | {"PARVIS_URL": f"http://127.0.0.1:{port}", "PORT": str(port)}


def free_port() -> int:
    """A free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def demonstration(data: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Runs a service with a day of work in it; yields its address and the output of `tools.shots_house`."""
    port = free_port()
    env = environment(data, port)
    command = [sys.executable, "-m", "parvis.cli.main"]
    subprocess.run([*command, "setup", "--town", TOWN], cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
    seed = subprocess.run(
        [sys.executable, "-m", "tools.shots_house"], cwd=ROOT, env=env, check=True, capture_output=True
    )
    made: dict[str, str] = json.loads(seed.stdout)
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


def keep(page: Page, name: str) -> None:
    """Saves the screen as PNG, with fewer colours when it is too large."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    path = PICTURES / f"{name}.png"
    picture.save(path, optimize=True)
    for colours in (256, 128):
        if path.stat().st_size >= HEAVIEST:
            picture.quantize(colours, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
                path, optimize=True
            )
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1000} kB")


def desk(browser: Browser, site: str) -> None:
    """A call, with a question typed and its answer."""
    page = enter(browser, site, "lea.tremblay")
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
    page = enter(browser, site, "helene.fortin")
    page.goto(f"{site}/edition/")
    page.get_by_role("link", name="Réponses").first.click()
    page.get_by_role("link", name="Cabanon").first.click()
    page.get_by_text("À dire, en français", exact=False).first.scroll_into_view_if_needed()
    page.mouse.wheel(0, 320)
    page.wait_for_timeout(700)
    keep(page, "edition")


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
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        desk(browser, site)
        shop(browser, site, made["reference"])
        citizen(browser, site, made["follow"])
        editor(browser, site)
        shots_use.take(browser, site, PICTURES, made)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
