"""Someone of the staff arrives in the morning."""

import re

from playwright.sync_api import expect

from tests.journeys.browser import Hands, assert_accessible
from tests.journeys.service import Service


def test_an_agent_chooses_a_role_by_keyboard_and_reaches_the_desk(hands: Hands, service: Service) -> None:
    hands.open("/desk/")
    expect(hands.page).to_have_url(re.compile(r"/staff/login/\?next=%2Fdesk%2F$"))
    assert_accessible(hands.page)
    hands.press("1")
    expect(hands.page).to_have_url(f"{service.url}/desk/")
    expect(hands.page.locator("html")).to_have_attribute("lang", "fr-CA")
