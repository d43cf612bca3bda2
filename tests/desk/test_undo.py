"""What was just done is undone where it was done, in time, with or without scripts."""

import re
from datetime import datetime, timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from parvis.apps.cases.models import Case
from parvis.apps.cases.services.undo import UNDO_FOR
from parvis.apps.intake.models import Contact, MailReply
from parvis.apps.intake.services.mail.replies import UNDO
from parvis.lib import clock
from tests.cases.test_incidents import request
from tests.desk.call.made import begun, entered, key_on
from tests.desk.inbox.test_inbox import desk, fields, waiting
from tests.factories import SmallTown

__all__ = ["desk"]
BAR = 'class="undo-bar"'


def bar_of(page: str) -> str:
    """The bar of the page; it is no toast too."""
    assert page.count(BAR) == 1 and "data-toast" not in page.replace("data-toast-close", "")
    return page.partition(BAR)[2].partition("</form>")[0]


def inside(page: str, start: str, end: str) -> str:
    assert start in page
    return page.partition(start)[2].partition(end)[0]


@pytest.mark.parametrize(
    ("act", "values"),
    [("spam", {}), ("later", {"when": "tomorrow"}), ("close", {"why": "nothing"})],
)
def test_in_the_inbox_it_stands_at_the_head_of_the_message_that_took_its_place(
    desk: Client, act: str, values: dict[str, str]
) -> None:
    contact, following = waiting(), waiting()
    page = desk.post(f"/desk/inbox/{contact.pk}/{act}/", values, follow=True).text
    assert f"/desk/inbox/{following.pk}/" in page
    bar = bar_of(page)
    assert bar_of(inside(page, '<article class="mail"', "</header>")) == bar
    desk.post(unescape(inside(bar, 'action="', '"')))
    contact.refresh_from_db()
    assert contact.state == Contact.State.WAITING


def test_in_the_inbox_it_stands_at_the_head_of_the_list_once_no_message_is_left(desk: Client) -> None:
    page = desk.post(f"/desk/inbox/{waiting().pk}/spam/", follow=True).text
    assert bar_of(inside(page, '<section class="msgs"', "</section>"))


def test_in_the_queue_it_stands_in_the_list_with_the_time_left(town: SmallTown) -> None:
    case = request(town)
    client = entered(town.technician)
    form = {"expect": case.seq, "queue": town.works.slug, "view": "open", "after": "", "stay": "1"}
    page = client.post(f"/desk/cases/{case.reference}/take/", form, follow=True).text
    bar = bar_of(inside(page, "data-queue", "</section>"))
    until = datetime.fromisoformat(inside(bar, 'data-until="', '"'))
    assert timedelta() < until - timezone.now() <= UNDO_FOR and 'role="timer"' in bar
    client.post(unescape(inside(bar, 'action="', '"')))
    assert Case.objects.get().owner is None


def test_on_a_request_it_stands_above_its_gestures(town: SmallTown) -> None:
    case = request(town)
    client = entered(town.technician)
    page = client.post(f"/desk/cases/{case.reference}/take/", {"expect": case.seq}, follow=True).text
    assert bar_of(inside(page, 'class="case"', 'class="body"'))


def test_on_a_call_it_stands_where_the_call_was(town: SmallTown) -> None:
    client = entered(town.agent)
    other, url = begun(client), begun(client)
    incident = {
        "incident-key": key_on(client, url),
        "incident-title_fr": "Bris",
        "incident-title_en": "Break",
        "incident-department": town.works.slug,
        "incident-whole_town": "on",
        "incident-sure": "on",
    }
    page = client.post(f"{url}incident/", incident, follow=True)
    assert page.redirect_chain[-1][0].startswith(other)
    assert bar_of(inside(page.text, 'id="middle"', "</article>"))


def test_an_answer_about_to_leave_is_taken_back_above_its_words_with_the_seconds_left(desk: Client) -> None:
    contact = waiting()
    values = fields(desk.get(f"/desk/inbox/{contact.pk}/")) | {"reply-words": "Voici."}
    desk.post(f"/desk/inbox/{contact.pk}/send/", values)
    page = desk.get(f"/desk/inbox/{contact.pk}/?view=mine").text
    pane = inside(page, 'class="draft"', "</aside>")
    before = pane.partition('class="paper"')[0]
    reply = MailReply.objects.get()
    assert datetime.fromisoformat(inside(before, 'data-until="', '"')) == reply.at + UNDO
    assert re.search(r"<time[^>]*>\s*0:\d\d\s*</time>", before)
    with clock.at(reply.at + UNDO + timedelta(seconds=1)):
        assert "data-undo" not in desk.get(f"/desk/inbox/{contact.pk}/?view=mine").text
