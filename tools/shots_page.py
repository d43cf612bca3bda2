"""A page of the demonstration, with the browser settings of the screenshots."""

from playwright.sync_api import Browser, Page

WIDTH, HEIGHT = 1440, 900


def enter(browser: Browser, site: str, username: str = "", *, width: int = WIDTH, height: int = HEIGHT) -> Page:
    """Opens a new browser context, signed in as that sample account if one is named."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale="fr-CA",
        timezone_id="America/Toronto",
        reduced_motion="reduce",
        color_scheme="light",
    )
    page = context.new_page()
    if username:
        page.goto(f"{site}/staff/login/")
        page.locator(f'button[formaction$="/{username}/"]').click()
        page.wait_for_url(lambda url: "/staff/login/" not in url)
    return page
