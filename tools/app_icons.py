"""Draws the icons of the app from the logo: `python -m tools.app_icons`. Run again when the logo changes."""

from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.journeys.browser import FLAGS, chromium

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "src/parvis/surfaces/public/static/public/icons"
ICONS = ROOT / "src/parvis/ui/icons"
RIVER, GROUND = "#0a3640", "#f5f5f1"
# Name, side, share of the side that the drawing takes, background: a mask may cut a fifth from every side.
APPS = (
    ("app-192", 192, 0.74, GROUND),
    ("app-512", 512, 0.74, GROUND),
    ("app-512-maskable", 512, 0.56, GROUND),
    ("app-180", 180, 0.7, GROUND),
)
SHORTCUTS = (("ask", "message-circle"), ("report", "camera"), ("requests", "clipboard-list"))


def main() -> None:
    """Writes every icon as PNG."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    logo = (ROOT / "src/parvis/ui/static/ui/img/parvis.svg").read_text()
    logo = logo.replace('viewBox="-3 -3 38 38"', 'viewBox="-3 -1.5 38 38"')
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_page()
        for name, side, share, ground in APPS:
            _draw(page, name, logo, side, share, ground)
        for name, icon in SHORTCUTS:
            drawing = (ICONS / f"{icon}.svg").read_text().replace("currentColor", "#0a5663")
            _draw(page, f"{name}-96", drawing, 96, 0.6, GROUND)
        # A badge is a silhouette: the system colours it.
        _draw(page, "badge-96", logo.replace("#0a5663", "#fff").replace("#f0b343", "#fff"), 96, 0.94, "transparent")
        browser.close()


def _draw(page: Page, name: str, svg: str, side: int, share: float, ground: str) -> None:
    page.set_viewport_size({"width": side, "height": side})
    inner = round(side * share)
    style = (
        f"html{{background:{ground}}}body{{margin:0;height:{side}px;display:grid;place-items:center}}"
        f"svg{{width:{inner}px;height:{inner}px;stroke-linecap:butt}}"
    )
    page.set_content(f"<style>{style}</style>{svg}")
    page.screenshot(path=FOLDER / f"{name}.png", omit_background=True)


if __name__ == "__main__":
    main()
