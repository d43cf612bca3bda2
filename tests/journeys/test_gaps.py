"""Editors teach a question that the site could not answer, and change facts from a file; by keyboard."""

import csv
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.browser import Hands, look
from tests.journeys.marks import each_width
from tests.journeys.service import Service
from tests.journeys.steps import sample, select

pytestmark = pytest.mark.usefixtures("journals_hold")

GATHER = "from parvis.apps.insight.services.learning import gather; gather()"
WORDS = "xylophone quantique"
LEARNED_WITHIN = 30.0  # seconds, on a machine that runs other journeys meanwhile


@each_width
def test_a_question_without_an_answer_becomes_a_way_of_asking(
    hands: Hands, other_hands: Hands, service: Service
) -> None:
    town = sample(service)
    hands.open(f"/?q={WORDS}")
    done = service.command("manage", "shell", "-c", GATHER)
    assert done.returncode == 0, done.stderr

    other_hands.enter_as(town.editor, "/edition/gaps/")
    gaps = other_hands.page.locator(".gap-list").first
    expect(gaps).to_contain_text(WORDS)
    look(other_hands)
    other_hands.reach(gaps.locator("li", has_text=WORDS).get_by_role("link"))
    other_hands.press("Enter")
    expect(other_hands.page.locator("#id_text")).to_have_value(WORDS)
    look(other_hands)
    select(other_hands, other_hands.page.locator("#id_subject"), town.answer)
    other_hands.reach(other_hands.page.locator("form[action*=teach] button:not([name])"))
    other_hands.press("Enter")
    expect(other_hands.page.locator("#effect")).to_be_visible(timeout=LEARNED_WITHIN * 1000)
    look(other_hands)
    other_hands.reach(other_hands.page.locator("button[name=confirm]"))
    other_hands.press("Enter")
    expect(other_hands.page.locator("#decided .just")).to_contain_text(WORDS)
    look(other_hands)

    link, deadline = hands.page.locator(f"a[href*='{town.answer}']").first, time.monotonic() + LEARNED_WITHIN
    while not link.is_visible() and time.monotonic() < deadline:
        hands.page.wait_for_timeout(500)
        hands.open(f"/?q={WORDS}")
    expect(link).to_be_visible()

    other_hands.reach(other_hands.page.locator("#decided .just button"))
    other_hands.press("Enter")
    expect(other_hands.page.locator("#id_text")).to_have_value(WORDS)


@each_width
def test_facts_change_from_a_file_after_the_difference_was_seen(hands: Hands, service: Service, tmp_path: Path) -> None:
    hands.enter_as(sample(service).editor, "/edition/facts-file/")
    look(hands)
    with hands.page.expect_download() as download:
        hands.reach(hands.page.locator("a[download]"))
        hands.press("Enter")
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as lines:
        key = next(row["key"] for row in csv.DictReader(lines) if row["type"] == "money")
    file = tmp_path / "faits.csv"
    file.write_text(f"key;value_fr\r\n{key};123,45\r\n")
    hands.page.set_input_files("#id_file", file)
    hands.reach(hands.page.locator("form[enctype] button"))
    hands.press("Enter")
    expect(hands.page.locator(".wide-table")).to_contain_text("123,45\u00a0$")
    look(hands)
    hands.reach(hands.page.locator("form:has(input[name=mark]) button"))
    hands.press("Enter")
    expect(hands.page.locator(".messages .success")).to_be_visible()
    expect(hands.page.locator("main")).to_contain_text("123,45\u00a0$")  # pending review
    look(hands)
    hands.open(f"/edition/facts/?q={key}")
    expect(hands.page.locator("main")).not_to_contain_text("123,45\u00a0$")
    hands.leave()
    hands.enter_as(service.someone("clerk"), "/edition/facts-review/")
    look(hands)
    hands.reach(hands.page.locator("form[action$='/approve/'] button"))
    hands.press("Enter")
    expect(hands.page.locator(".messages .success")).to_be_visible()
    hands.open(f"/edition/facts/?q={key}")
    expect(hands.page.locator("main")).to_contain_text("123,45\u00a0$")
    hands.open("/edition/to-mend/")
    look(hands)
