"""My requests: entering by a code, correcting one, choosing how to be told, told by both means, replying by text."""

import re
from random import randint

import pytest
from playwright.sync_api import expect

from parvis.apps.telephony.models import OutgoingText
from tests.journeys.browser import NARROW, WIDE, Hands, assert_accessible, assert_narrow_enough
from tests.journeys.marks import soak
from tests.journeys.service import Service
from tests.journeys.steps import open_request, sample, tick, to_desk, until, write
from tests.journeys.steps_records import ALIAS, Records, letter
from tests.journeys.steps_work import Work

pytestmark = pytest.mark.usefixtures("journals_hold")


def look(hands: Hands) -> None:
    """Checks that the page is accessible, without horizontal overflow."""
    assert_narrow_enough(hands.page)
    assert_accessible(hands.page)


def press_main(hands: Hands, form: str) -> None:
    """Presses the main button of a form, by keyboard."""
    hands.reach(hands.page.locator(f"form[action$='{form}'] .btn.main"))
    hands.press("Enter")


def enter(hands: Hands, service: Service, email: str) -> None:
    """Enters by the code that comes to this address."""
    write(hands, hands.page.locator("#id_email"), email)
    hands.press("Enter")
    expect(hands.page.locator("#id_code")).to_be_visible()
    look(hands)
    subjects = [str(message["Subject"]) for message in service.mail.wait(email, count=3)]
    code = next(match[0] for subject in subjects if (match := re.search(r"\b\d{6}\b", subject)))
    write(hands, hands.page.locator("#id_code"), code)
    hands.press("Enter")
    expect(hands.page.locator("ul.mine")).to_be_visible()


@pytest.mark.parametrize(("language", "size"), [("fr", NARROW), pytest.param("en", WIDE, marks=soak)])
def test_ones_requests_are_in_one_place_corrected_and_told_by_text_and_e_mail(
    language: str, size: dict[str, int], hands: Hands, other_hands: Hands, service: Service, records: Records
) -> None:
    town, rank = sample(service), randint(2000, 9999)
    email, number = f"mine{rank}@exemple.ca", f"450 555-{rank}"
    to_desk(hands, town.agent)
    first = open_request(hands, town, f"Odile {rank}", email=email)
    second = open_request(hands, town, f"Odile {rank}", email=email)
    hands.leave()

    citizen = other_hands
    citizen.page.set_viewport_size(size)  # type: ignore[arg-type]
    citizen.forgive(r"^422 POST .*/mes-demandes/")
    citizen.open(f"/mes-demandes/?langue={language}")
    look(citizen)
    enter(citizen, service, email)
    for reference in (first, second):
        expect(citizen.page.locator("ul.mine")).to_contain_text(reference)
    look(citizen)

    citizen.reach(citizen.page.locator("ul.mine li", has_text=first).locator("a.case"))
    citizen.press("Enter")
    citizen.reach(citizen.page.locator("a[href$='/corriger/']"))
    citizen.press("Enter")
    expect(citizen.page.locator("#id_words")).to_be_visible()
    look(citizen)
    write(citizen, citizen.page.locator("#id_words"), f"Finalement, deux trous {rank}.")
    press_main(citizen, "/corriger/")
    expect(citizen.page.locator(".journal")).to_contain_text(f"Finalement, deux trous {rank}.")
    assert "corrected" in records.kinds(first)

    citizen.reach(citizen.page.locator("a[href$='/avis/']"))
    citizen.press("Enter")
    tick(citizen, citizen.page.locator("#id_text"))
    write(citizen, citizen.page.locator("#id_phone"), number)
    look(citizen)
    press_main(citizen, "/avis/")
    expect(citizen.page.locator("#id_code")).to_be_visible()
    look(citizen)
    code = re.search(r"\b\d{6}\b", OutgoingText.objects.using(ALIAS).filter(to__endswith=str(rank)).latest("pk").body)
    assert code
    write(citizen, citizen.page.locator("#id_code"), code[0])
    citizen.press("Enter")
    expect(citizen.page.locator("aside.aside")).to_contain_text(str(rank))
    look(citizen)

    hands.enter_as(town.technician)
    work = Work.open(hands, first)
    panel = work.start("r", "answer")
    work.say(panel, f"Nous bouchons les deux trous {rank}.")
    work.send(first)
    assert letter(service, records, first, "answered")["X-To"] == email
    told = until(
        lambda: OutgoingText.objects.using(ALIAS).filter(thread=first, key__startswith="told/", state="sent").first(),
        "the text",
        30,
    )
    assert "/suivi/" in told.body
    hands.open("/dev/texts/write/")
    write(hands, hands.page.locator("#id_sender"), number)
    write(hands, hands.page.locator("#id_words"), f"Merci, c’est devant le {rank}.")
    hands.reach(hands.page.locator("form button.main"))
    hands.press("Enter")
    hands.page.wait_for_url("**/dev/texts/")
    until(lambda: "replied" in records.kinds(first), "the reply in the journal", 20)

    citizen.open("/mes-demandes/")
    expect(citizen.page.locator("ul.mine li", has_text=first).locator(".news")).to_be_visible()
    citizen.open("/?langue=fr")
