"""Two agents and one inbox, by keyboard: messages put off, chosen, given; who reads; a reply to an answer."""

import re
from email.message import EmailMessage
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from parvis.apps.mail.models import Outgoing
from tests.journeys.browser import Hands, look
from tests.journeys.marks import both_databases, each_town_and_width
from tests.journeys.service import Service
from tests.journeys.steps import sample
from tests.journeys.steps_records import Records, let_leave, receive
from tests.journeys.test_mail import LEAVES_WITHIN

pytestmark = pytest.mark.usefixtures("journals_hold")


def arrives(service: Service, records: Records, sender: str, subject: str, **headers: str) -> str:
    """A message of a citizen comes; returns its subject."""
    message = EmailMessage()
    values = {"From": f"Anne Roy <{sender}>", "To": "info@ville.exemple", "Subject": subject}
    for name, value in (values | {"Message-ID": f"<{uuid4().hex}@exemple.ca>"} | headers).items():
        message[name.replace("_", "-")] = value
    message.set_content("Quel beau sapin sur la place!")
    receive(service, records, message)
    return subject


def open_message(hands: Hands, subject: str, view: str = "new") -> None:
    hands.open(f"/desk/inbox/?view={view}")
    row = hands.page.locator(".msgs a", has_text=subject)
    expect(row).to_be_visible()
    for _press in range(60):
        hands.press("ArrowDown")
        if hands.has_focus(row):
            break
    hands.press("Enter")
    expect(hands.page.locator("#mail-subject", has_text=subject)).to_be_visible()
    expect(hands.page.locator("html.js")).to_be_attached()  # its keys are heard


@each_town_and_width
@both_databases
def test_two_agents_share_the_inbox_by_keyboard(
    hands: Hands, other_hands: Hands, service: Service, records: Records
) -> None:
    town, mark = sample(service), uuid4().hex[:6]
    first = arrives(service, records, f"anne.{mark}@exemple.ca", f"Sapin {mark} un")
    second = arrives(service, records, f"luc.{mark}@exemple.ca", f"Sapin {mark} deux")
    hands.enter_as(town.agent, "/desk/inbox/")
    other_hands.enter_as(town.both, "/desk/inbox/")
    expect(hands.page.locator(".msgs a.unread", has_text=first)).to_be_visible()

    open_message(hands, first)
    open_message(other_hands, first)
    expect(other_hands.page.locator("#others .other")).to_have_count(1, timeout=15_000)
    expect(hands.page.locator(".msgs a.unread", has_text=first)).to_have_count(0)
    hands.press("e")
    hands.type("Merci")
    expect(other_hands.page.locator("#others .writing")).to_be_visible(timeout=15_000)
    hands.press("Escape")
    hands.page.locator("body").evaluate("document.activeElement.blur()")

    hands.press("l")  # later: the first moment proposed has the focus
    expect(hands.page.locator("details.sort[open] button").first).to_be_focused()
    look(hands)
    hands.press("Enter")
    expect(hands.page.locator(".undo-bar")).to_be_in_viewport()
    expect(hands.page.locator(".msgs a", has_text=first)).to_have_count(0)
    expect(other_hands.page.locator("#mail-news")).to_be_visible(timeout=15_000)
    hands.press("Alt+z")
    expect(hands.page.locator("#mail-subject", has_text=first)).to_be_visible()

    hands.press("x")  # both are chosen, then taken at once
    expect(hands.page.locator("#several")).to_be_visible()
    open_message(hands, second)
    hands.press("x")
    expect(hands.page.locator(".msgs input:checked")).to_have_count(2)
    look(hands)
    hands.press("m")
    expect(hands.page.locator("[data-toast]")).to_be_visible()
    hands.open("/desk/inbox/?view=mine")
    for subject in (first, second):
        expect(hands.page.locator(".msgs a", has_text=subject)).to_be_visible()

    hands.press("?")
    expect(hands.page.locator("dialog[open]")).to_be_visible()
    hands.press("Escape")
    hands.open("/desk/inbox/?langue=en&view=mine")
    open_message(hands, second, "mine")
    hands.press("!")
    expect(hands.page.locator(".undo-bar")).to_contain_text("nothing is deleted")
    open_message(hands, second, "spam")
    look(hands)
    hands.press("u")
    expect(hands.page.locator("[data-toast]")).to_contain_text("Back among")
    hands.press("c")
    expect(hands.page.locator("details.sort[open] button").first).to_be_focused()
    hands.press("Enter")
    expect(hands.page.locator(".undo-bar")).to_contain_text("Closed without an answer")
    hands.open("/desk/inbox/?langue=fr")


@each_town_and_width
def test_a_reply_to_an_answer_shows_the_conversation(hands: Hands, service: Service, records: Records) -> None:
    town, mark = sample(service), uuid4().hex[:6]
    sender, subject = f"anne.{mark}@exemple.ca", f"Sapin {mark}"
    arrives(service, records, sender, subject)
    hands.page.clock.install()
    hands.enter_as(town.agent, "/desk/inbox/")
    open_message(hands, subject)
    hands.press("0", "e")
    hands.page.wait_for_url(re.compile("answer=-"))
    hands.press("e")
    hands.type("De quel sapin parlez-vous?")
    hands.press("Control+Enter")
    expect(hands.page.locator(".paper")).to_contain_text("De quel sapin")
    hands.press("w")
    expect(hands.page.locator("[data-toast]")).to_be_visible()
    let_leave(hands, Outgoing.objects.filter(to=sender))
    [letter] = service.mail.wait(sender, subject="Re: ", seconds=LEAVES_WITHIN)
    hands.open("/desk/inbox/?view=awaited")
    expect(hands.page.locator(".msgs a", has_text=subject)).to_be_visible()
    arrives(service, records, sender, f"Re: {subject}", In_Reply_To=str(letter["Message-ID"]))
    hands.open("/desk/inbox/?view=awaited")
    expect(hands.page.locator(".msgs a", has_text=subject)).to_have_count(0)
    open_message(hands, subject)
    hands.reach(hands.page.locator(".past summary").last)
    hands.press("Enter")
    expect(hands.page.locator(".past[open]")).to_contain_text("De quel sapin parlez-vous?")
    look(hands)
