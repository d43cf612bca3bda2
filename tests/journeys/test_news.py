"""The home with an alert in Chromium, on a phone and on a wide screen (OUTREACH 12, points 16 and 19)."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from parvis.apps.news.models import Banner
from parvis.lib import clock
from tests.heavy import amount
from tests.journeys.browser import assert_accessible
from tests.journeys.marks import each_width
from tests.journeys.service import Service
from tests.journeys.steps import until
from tests.journeys.steps_records import ALIAS, Records

pytestmark = pytest.mark.usefixtures("journals_hold")


@each_width
def test_16_19_the_home_with_an_alert_checks_an_address_in_place_and_drops_what_lapses(
    browser: Browser, service: Service, records: Records
) -> None:
    moment, address = clock.now(), records.located_address().label
    for key, level, hours in (("danger", "danger", 1), ("info", "info", 3)):
        Banner.objects.using(ALIAS).create(
            key=f"journey-{key}", title_fr=f"Message {key}", text_fr="Un texte bien long, " * 20, level=level,
            shown_at=moment, changed_at=moment, expires_at=moment + timedelta(hours=hours),
        )  # fmt: skip
    for width in (360, 1440)[: amount(2, sample=1)]:
        check_at(browser, service, width, address)
    context = browser.new_context(java_script_enabled=False, locale="fr-CA")
    page = context.new_page()
    page.goto(service.url)
    page.locator("#touch").fill(address)
    page.locator("#touch").press("Enter")
    expect(page.locator(".verdict")).to_contain_text("Oui, votre adresse est touchée")
    context.close()
    Banner.objects.using(ALIAS).filter(key__startswith="journey-").delete()


def enlarge(page: Page) -> None:
    """Shows the text at 200 %: the words of the alerts stay whole, and nothing leaves the page; then at 100 % again."""
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    words = page.locator(".one-alert").locator("h2, p")
    assert not words.evaluate_all("(all) => all.some((one) => one.scrollHeight > one.clientHeight + 2)")
    page.evaluate("document.documentElement.style.fontSize = ''")


def check_at(browser: Browser, service: Service, width: int, address: str) -> None:
    """The home in a window of that width: accessible, the address checked in place, the danger gone at its end."""
    context = browser.new_context(viewport={"width": width, "height": 800}, locale="fr-CA", reduced_motion="reduce")
    page = context.new_page()
    page.clock.install()
    until(lambda: page.goto(service.url) is not None and page.locator("[data-alert-band]").count() == 1, "the band")
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    enlarge(page)
    page.locator("#touch").fill(address)
    page.locator("#touch").press("Enter")
    expect(page.locator(".verdict")).to_contain_text("Oui, votre adresse est touchée")
    assert page.url.rstrip("/") == service.url.rstrip("/"), "the answer is in the band, on the same page"
    page.clock.fast_forward("01:05:00")
    expect(page.locator(".one-alert.banner-now")).to_have_count(1)
    expect(page.locator("[data-alert-band]")).to_contain_text("Message info")
    context.close()
