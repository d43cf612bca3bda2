"""The journey of the line: a group noted on the device, a choice made before one's turn, and one press once in."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from parvis.lib import clock
from tests.journeys.browser import NARROW, Hands
from tests.journeys.service import Service
from tests.journeys.steps import tick
from tests.journeys.steps_leisure import (
    MOTHER,
    enter,
    main_button,
    open_season,
    plan_line,
    press,
    registrations,
    seen,
    with_families,
)
from tests.journeys.steps_records import Records

LOUISE, LEA, EMILE = "Louise Gagné", "Léa Gagné-Roy", "Émile Gagné-Roy"
NOTED, ASKED = "soccer-samedi", "yoga-famille-dimanche"


@pytest.fixture
def families(service: Service, records: Records) -> Iterator[None]:
    """A town that has families, whose season is open again after the journey."""
    with_families(service)
    yield
    open_season()


def note_on_the_device(mother: Hands) -> None:
    """Without an account: the group stays on this device, and is listed there."""
    mother.open(f"/loisirs/{NOTED}/")
    press(mother, mother.page.locator("button[name=group]"))
    expect(mother.page.locator("[data-noted-list] > li")).to_have_count(1)
    seen(mother)


def bring_to_the_account(mother: Hands) -> None:
    """Once in, one press brings it to the list of the household, and the device forgets it."""
    page = mother.page
    mother.open("/loisirs/notes/")
    seen(mother)
    press(mother, page.locator("[data-noted-bring] button"))
    expect(page.locator(f"[data-noted={NOTED}]")).to_be_visible()
    expect(page.locator("[data-noted-bring]")).to_be_hidden()
    seen(mother)


def choose_two(mother: Hands) -> None:
    """Ticks both children, together, on the page of a group, and presses its button."""
    for name in (LEA, EMILE):
        tick(mother, mother.page.locator(".pick label", has_text=name).locator("input"))
    tick(mother, mother.page.locator("#id_together"))
    seen(mother)
    press(mother, main_button(mother, f"/loisirs/{ASKED}/"))


def test_what_is_chosen_before_ones_turn_is_held_by_one_press_after_the_line(
    hands: Hands, other_hands: Hands, service: Service, families: None
) -> None:
    """Point 6: the line forgets nothing of what was chosen."""
    mother, page = hands, hands.page
    page.set_viewport_size(NARROW)
    open_season(in_seconds=3600)
    plan_line(other_hands, service, "0.1")  # the first one enters ten seconds after the hour
    note_on_the_device(mother)
    enter(mother, service, MOTHER)
    bring_to_the_account(mother)

    opens_at = open_season(in_seconds=12, line=True)
    mother.open("/loisirs/file/")
    press(mother, main_button(mother, "/loisirs/file/"))
    expect(page.locator("[data-state=before]")).to_be_visible()
    page.wait_for_timeout(max(0.0, (opens_at - clock.now()).total_seconds() * 1000))
    mother.open(f"/loisirs/{ASKED}/")
    choose_two(mother)
    page.wait_for_url("**/loisirs/file/")
    expect(page.locator("#messages")).to_contain_text(LEA)

    expect(page.locator("[data-state=turn]")).to_be_visible(timeout=30_000)  # by itself
    press(mother, main_button(mother, "/loisirs/file/entrer/"))
    page.wait_for_url(f"**/loisirs/{ASKED}/")
    for name in (LEA, EMILE):
        expect(page.locator(".pick label", has_text=name).locator("input")).to_be_checked()
    expect(page.locator("#id_together")).to_be_checked()
    seen(mother)
    press(mother, main_button(mother, f"/loisirs/{ASKED}/"))
    page.wait_for_url("**/loisirs/panier/")
    expect(page.locator(".item")).to_have_count(2)
    expect(page.get_by_role("main").locator("a[href='/loisirs/notes/']")).to_be_visible()  # the group noted before
    assert {row.state for row in registrations(LOUISE, ASKED)} == {"held"}
    for left in (1, 0):
        press(mother, page.locator(".drop button").first)
        expect(page.locator(".item")).to_have_count(left)
    mother.open("/loisirs/notes/")
    press(mother, page.locator(f"[data-noted={NOTED}] button[name=remove]"))
    expect(page.locator(f"[data-noted={NOTED}]")).to_have_count(0)
    seen(mother)
