"""Steps of the journeys of panels: a screen added at the desk, and what stands in front of it."""

from playwright.sync_api import Browser, BrowserContext, Page

from tests.journeys.browser import Hands


def add_screen(hands: Hands, name: str, size: tuple[int, int]) -> str:
    """Adds a screen at the desk; its secret address."""
    hands.open("/desk/panels/new/")
    hands.page.locator("#id_name").fill(name)
    hands.page.locator("#id_width").fill(str(size[0]))
    hands.page.locator("#id_height").fill(str(size[1]))
    hands.page.locator("form .btn.main").first.click()
    return str(hands.page.locator(".break a").first.get_attribute("href"))


def at_a_screen(browser: Browser, address: str, size: tuple[int, int]) -> tuple[BrowserContext, Page]:
    """A browser of that size at a screen's address, far from the town, whose clock the test moves."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, locale="en-US", timezone_id="Asia/Tokyo"
    )
    page = context.new_page()
    page.clock.install()
    page.goto(address)
    page.wait_for_function(
        "navigator.serviceWorker.controller !== null || navigator.serviceWorker.ready.then(() => true)"
    )
    return context, page
