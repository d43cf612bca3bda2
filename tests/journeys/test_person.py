"""People: a shared number, an identity check before a disclosure, a move, two files merged and unmerged."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.browser import Hands, assert_accessible
from tests.journeys.service import Service
from tests.journeys.steps import Call, open_request, sample, select, to_desk, write
from tests.journeys.steps_records import Records

pytestmark = pytest.mark.usefixtures("journals_hold")


def test_the_file_of_someone_who_shares_a_number(hands: Hands, service: Service, records: Records) -> None:
    town, page = sample(service), hands.page
    to_desk(hands, town.agent)
    first = open_request(hands, town, "Fabienne Lespérance", phone="450 555-0166", words="un trou")
    second = open_request(hands, town, "Fabienne Lesperance", phone="450 555-0167", words="un autre trou")
    open_request(hands, town, "Gaspard Lespérance", phone="450 555-0166", words="un trou aussi")

    hands.open("/desk/?stay=1")
    call = Call.begin(hands)
    hands.press("Escape", "F7")
    hands.type("450 555-0166")
    options = page.locator("#person").get_by_role("option")
    expect(options).to_have_count(2)
    expect(options.first).to_contain_text(re.compile("numéro partagé|shared number"))
    wanted = options.filter(has_text="Fabienne")
    for _ in range(3):
        hands.press("ArrowDown")
        if wanted.get_attribute("aria-selected") == "true":
            break
    hands.press("Enter")
    expect(page.locator("#person [data-name]")).to_contain_text("Fabienne")

    hands.reach(page.locator("[data-pane=say]"))
    hands.press("Enter")
    rule = page.locator("#pane .rule").first
    hands.reach(rule.locator("summary"))
    hands.press("Enter")
    select(hands, rule.locator("[name=asker]"), "neighbour")
    hands.reach(rule.locator("button"))
    hands.press("Enter")
    expect(page.locator("#pane .say").first).to_be_visible()
    assert_accessible(page)
    contact = call.number
    check = records.contact(contact).checks.get()
    assert (check.asker, check.disclosed) == ("neighbour", False)
    hands.press("Escape")
    call.end()

    kept, other = records.case(first).person, records.case(second).person
    hands.open(f"/desk/people/{kept.pk}/")
    expect(page.locator(".line .journal")).to_contain_text(first)
    hands.choose("link", re.compile("Gaspard"))
    expect(page.locator("h1")).to_have_text("Gaspard Lespérance")
    hands.open(f"/desk/people/{kept.pk}/")
    _live_somewhere(hands, "12, rue des Essais")
    address = page.locator(".held li", has_text="12, rue des Essais")
    hands.reach(address.locator("summary"))
    hands.press("Enter")
    hands.reach(address.locator("form[action*='/out/'] button"))
    hands.press("Enter")
    expect(page.locator(".held li.past")).to_contain_text("12, rue des Essais")
    assert records.case(first).person == kept

    hands.press("m")
    page.wait_for_url("**/merge/")
    write(hands, page.locator("#other-q"), "450 555-0167")
    hands.press("Enter")
    hands.choose("link", re.compile("Lesperance"))
    expect(page.locator(".found")).to_contain_text(second)
    write(hands, page.locator("[name=why]"), "même date de naissance")
    hands.press("Tab", "Enter")
    page.wait_for_url(f"**/people/{kept.pk}/")
    expect(page.locator(".line .journal")).to_contain_text(second)
    assert_accessible(page)
    hands.open(f"/desk/people/{other.pk}/")
    page.wait_for_url(f"**/people/{kept.pk}/")

    merger = other.merged_by.get()
    hands.open(f"/desk/mergers/{merger.pk}/")
    assert_accessible(page)
    write(hands, page.locator("#why"), "deux cousines")
    hands.press("Tab", "Enter")
    page.wait_for_url(f"**/people/{kept.pk}/")
    expect(page.locator(".line .journal")).not_to_contain_text(second)
    other.refresh_from_db()
    assert other.merged_into_id is None


def _live_somewhere(hands: Hands, address: str) -> None:
    form = hands.page.locator("form[action$='/address/']")
    hands.reach(hands.page.locator("details", has=form).last.locator("> summary"))
    hands.press("Enter")
    write(hands, form.locator("[name=address-place]"), address)
    hands.reach(form.locator("button.main"))
    hands.press("Enter")
    expect(hands.page.locator(".held li", has_text=address)).to_be_visible()
