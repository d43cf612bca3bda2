"""A page of the demonstration, as the pictures show it."""

from playwright.sync_api import Browser, Page

WIDTH, HEIGHT = 1440, 900


def enter(browser: Browser, site: str, username: str = "", *, height: int = HEIGHT) -> Page:
    """A new browser, signed in as that sample account when one is named."""
    context = browser.new_context(
        viewport={"width": WIDTH, "height": height},
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
