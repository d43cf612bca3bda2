"""The manners of a shared inbox, on the screen: who reads, unread, given, put off, spam, closed, merged, several."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from parvis.apps.cases.models import Case
from parvis.apps.directory.models import AccessLogEntry, User
from parvis.apps.directory.rules.permissions import Role
from parvis.apps.intake.models import Contact, InboxItem, MailReply, Matter
from parvis.apps.intake.queries.inbox import VIEWS
from parvis.apps.mail.models import Outgoing
from parvis.apps.residents.services.privacy import flag_file
from parvis.lib import clock
from tests.desk.call.made import begun, entered
from tests.desk.inbox.test_inbox import desk, fields, waiting
from tests.factories import SmallTown, make_person, make_user, unique
from tests.intake.test_received_mail import ANNE, later

__all__ = ["desk"]


@pytest.fixture
def colleague(town: SmallTown) -> User:
    return make_user("marc.gagnon", (town.desk, Role.AGENT))


def listed(client: Client, view: str = "new") -> list[int]:
    return [row.contact.pk for row in client.get("/desk/inbox/", {"view": view}).context["rows"]]


def undo_on(client: Client, page: str) -> str:
    """What the button of the confirmation on a page posts to."""
    confirmation = client.get(page).text.partition('class="undo-bar"')[2]
    return unescape(confirmation.partition('action="')[2].partition('"')[0])


# --- Unread, and who reads ------------------------------------------------------------------------------------------


def test_a_message_is_unread_until_someone_opens_it(desk: Client, colleague: User) -> None:
    contact = waiting()
    assert 'class="unread"' in desk.get("/desk/inbox/").text
    entered(colleague).get(f"/desk/inbox/{contact.pk}/")
    assert 'class="unread"' not in desk.get("/desk/inbox/").text


def test_a_contact_by_e_mail_whose_message_was_not_received_here_is_in_no_view(desk: Client, town: SmallTown) -> None:
    moment, contact = clock.now(), waiting()
    for state in Contact.State.values:
        told = Contact.objects.create(
            key=unique(), channel="email", state=state, agent=town.agent, started_at=moment, ended_at=moment
        )
        Matter.objects.create(key=unique(), contact=told, at=moment, subject=town.pothole, outcome="answered")
        InboxItem.objects.create(contact=told, closed_at=moment, awaits=True, later_until=moment + timedelta(days=1))
    for view in VIEWS:
        assert listed(desk, view) == ([contact.pk] if view == "new" else []), view


def test_a_locked_message_stays_unread(desk: Client, town: SmallTown) -> None:
    person = make_person(email=ANNE)
    flag_file(person_id=person.pk, kind="other", why="Menaces", by=town.manager)
    desk.get(f"/desk/inbox/{waiting().pk}/")
    assert InboxItem.objects.get().opened_at is None


def test_the_others_are_named_and_those_who_write_too(desk: Client, colleague: User) -> None:
    path = f"/desk/inbox/{waiting().pk}/"
    shown = desk.get(path).context["state_mark"]
    assert desk.get(f"{path}live", {"after": shown}).status_code == 204
    other = entered(colleague)
    other.get(f"{path}live", {"after": shown, "writing": "1"})
    seen = desk.get(f"{path}live", {"after": shown})
    assert "Marc Gagnon" in seen.text and "est en train d'écrire" in seen.text.replace("’", "'")  # noqa: RUF001
    assert desk.get(f"{path}live", {"after": shown, "have": seen.context["mark"]}).status_code == 204
    other.post(f"{path}left")
    assert "Marc Gagnon" not in desk.get(f"{path}live", {"after": shown, "have": seen.context["mark"]}).text


def test_someone_who_looks_is_told_that_a_colleague_answered(desk: Client, colleague: User) -> None:
    contact = waiting()
    path = f"/desk/inbox/{contact.pk}/"
    shown = desk.get(path).context["state_mark"]
    other = entered(colleague)
    other.post(f"{path}send/", fields(other.get(path)))
    assert "Marc Gagnon a répondu" in desk.get(f"{path}live", {"after": shown}).text


def test_who_sends_after_a_colleague_is_told_and_keeps_the_words(desk: Client, colleague: User) -> None:
    path = f"/desk/inbox/{waiting().pk}/"
    mine, other = fields(desk.get(path)), entered(colleague)
    other.post(f"{path}send/", fields(other.get(path)) | {"reply-words": "Réponse de Marc."})
    response = desk.post(f"{path}send/", mine | {"reply-words": "Mes mots à moi."})
    assert response.status_code == 409
    assert "Mes mots à moi." in response.text
    assert Outgoing.objects.count() == MailReply.objects.count() == 1


# --- Given, put off, spam, closed -----------------------------------------------------------------------------------


def test_a_message_is_given_to_a_colleague(desk: Client, colleague: User, town: SmallTown) -> None:
    contact = waiting()
    assert "marc.gagnon" in desk.get(f"/desk/inbox/{contact.pk}/").text
    desk.post(f"/desk/inbox/{contact.pk}/assign/", {"agent": "marc.gagnon"})
    assert listed(entered(colleague), "mine") == [contact.pk]
    desk.post(f"/desk/inbox/{contact.pk}/assign/", {"agent": town.technician.username})
    contact.refresh_from_db()
    assert contact.agent == colleague


def test_a_message_is_put_off_then_brought_back_by_the_undo(desk: Client) -> None:
    contact, following = waiting(), waiting("Une autre", From="x@exemple.ca")
    response = desk.post(f"/desk/inbox/{contact.pk}/later/", {"when": "tomorrow"})
    assert response["Location"] == f"/desk/inbox/{following.pk}/?view=new"
    undo = undo_on(desk, response["Location"])
    assert (listed(desk), listed(desk, "later")) == ([following.pk], [contact.pk])
    desk.post(undo)
    assert listed(desk) == [contact.pk, following.pk]


def test_a_day_that_is_past_is_refused_and_stays_typed(desk: Client) -> None:
    contact = waiting()
    for day in ("2020-01-01", "demain"):
        response = desk.post(f"/desk/inbox/{contact.pk}/later/", {"day": day})
        assert response.status_code == 422
        assert f'value="{day}"' in response.text
    assert listed(desk) == [contact.pk]
    day = f"{clock.today() + timedelta(days=20)}"
    assert desk.post(f"/desk/inbox/{contact.pk}/later/", {"day": day}).status_code == 302
    assert listed(desk, "later") == [contact.pk]
    with later(days=25):
        assert listed(desk) == [contact.pk]


def test_spam_is_put_aside_and_said_not_to_be(desk: Client) -> None:
    contact = waiting("Gagnez un million", From="x@pub.exemple")
    desk.post(f"/desk/inbox/{contact.pk}/spam/")
    assert (listed(desk), listed(desk, "spam")) == ([], [contact.pk])
    page = desk.get(f"/desk/inbox/{contact.pk}/?view=spam")
    assert "data-reply" not in page.text
    desk.post(f"/desk/inbox/restore/?ids={contact.pk}")
    assert listed(desk) == [contact.pk]


def test_a_message_is_closed_with_a_reason(desk: Client) -> None:
    contact = waiting("Merci!")
    desk.post(f"/desk/inbox/{contact.pk}/close/", {"why": "nope"})
    assert listed(desk) == [contact.pk]
    desk.post(f"/desk/inbox/{contact.pk}/close/", {"why": "nothing"})
    assert listed(desk, "answered") == [contact.pk]
    assert "Rien à répondre" in desk.get(f"/desk/inbox/{contact.pk}/").text


def test_an_answered_message_waits_for_the_citizen(desk: Client) -> None:
    contact = waiting()
    desk.post(f"/desk/inbox/{contact.pk}/send/", fields(desk.get(f"/desk/inbox/{contact.pk}/")))
    desk.post(f"/desk/inbox/{contact.pk}/await/", {"awaits": "1"})
    assert listed(desk, "awaited") == [contact.pk]
    desk.post(f"/desk/inbox/{contact.pk}/await/", {"awaits": ""})
    assert listed(desk, "awaited") == []


# --- Conversations, mergers, parts ----------------------------------------------------------------------------------


def test_a_reply_shows_the_whole_conversation(desk: Client) -> None:
    contact = waiting("Faut-il un permis pour un cabanon?")
    values = fields(desk.get(f"/desk/inbox/{contact.pk}/")) | {"reply-words": "Oui, un permis bleu."}
    desk.post(f"/desk/inbox/{contact.pk}/send/", values)
    again = waiting("Et pour une serre?", In_Reply_To=Outgoing.objects.get().message_id)
    assert "a réécrit" in desk.get("/desk/inbox/").text
    page = desk.get(f"/desk/inbox/{again.pk}/").text
    assert "permis bleu" in page and "Faut-il un permis pour un cabanon?" in page
    assert f"/desk/inbox/{again.pk}/" in desk.get(f"/desk/inbox/{contact.pk}/?view=answered").text


def test_a_conversation_hides_what_a_sensitive_file_said(desk: Client, town: SmallTown) -> None:
    person = make_person(email=ANNE)
    contact = waiting("Mon secret à moi")
    desk.post(f"/desk/inbox/{contact.pk}/send/", fields(desk.get(f"/desk/inbox/{contact.pk}/")))
    again = waiting("Suite", In_Reply_To=Outgoing.objects.get().message_id, From="autre@exemple.ca")
    assert "Mon secret" in desk.get(f"/desk/inbox/{again.pk}/").text
    flag_file(person_id=person.pk, kind="other", why="Menaces", by=town.manager)
    for path in (f"/desk/inbox/{again.pk}/", f"/desk/inbox/{again.pk}/print/"):
        assert "Mon secret" not in desk.get(path).text


def test_two_messages_are_merged_and_the_undo_separates_them(desk: Client) -> None:
    first, second = waiting("Un"), waiting("Deux", Subject="Suite")
    page = desk.get(f"/desk/inbox/{first.pk}/").text
    assert f'name="other" value="{second.pk}"' in " ".join(page.split()).replace('" value', '" value')
    desk.post(f"/desk/inbox/{first.pk}/merge/", {"other": second.pk})
    undo = undo_on(desk, f"/desk/inbox/{first.pk}/")
    assert listed(desk) == [first.pk]
    assert desk.get(f"/desk/inbox/{second.pk}/")["Location"] == f"/desk/inbox/{first.pk}/?view=new"
    desk.post(undo)
    assert listed(desk) == [first.pk, second.pk]


def test_one_message_becomes_two_requests_and_is_answered(desk: Client, run_jobs: Callable[[], int]) -> None:
    contact = waiting("Le lampadaire est éteint. Faut-il un permis pour un cabanon?", Subject="Deux choses")
    path = f"/desk/inbox/{contact.pk}/"
    for words in ("Le lampadaire est éteint", "Le lampadaire voisin est éteint aussi"):
        key = desk.get(path).context["split_key"]
        for _press in range(2):
            desk.post(f"{path}request/", {"subject": "", "key": key, "words": words})
    run_jobs()
    assert sorted(Case.objects.values_list("words", flat=True)) == [
        "Le lampadaire est éteint",
        "Le lampadaire voisin est éteint aussi",
    ]
    page = desk.get(path)
    assert all(case.reference in page.text for case in Case.objects.all())
    desk.post(f"{path}send/", fields(page) | {"reply-words": "Oui, il faut un permis."})
    contact.refresh_from_db()
    assert (contact.state, contact.matters.count()) == (Contact.State.DONE, 3)


def test_a_part_that_lacks_something_opens_the_form_and_leads_back(desk: Client) -> None:
    contact = waiting("Un gros trou dans la rue, et mon bac est brisé")
    key = desk.get(f"/desk/inbox/{contact.pk}/").context["split_key"]
    response = desk.post(f"/desk/inbox/{contact.pk}/request/", {"key": key, "words": "Un gros trou dans la rue"})
    form = desk.get(response["Location"]).text
    assert "Un gros trou dans la rue" in form and f"/desk/inbox/{contact.pk}/?view=mine" in form


# --- Several, print, search -----------------------------------------------------------------------------------------


def test_the_same_is_done_with_several_messages_and_undone(desk: Client) -> None:
    chosen = [waiting(f"Un {n}", From=f"p{n}@exemple.ca").pk for n in range(3)]
    left = waiting("Autre", From="x@exemple.ca").pk
    response = desk.post("/desk/inbox/several/?view=new", {"picked": chosen, "do": "spam"})
    undo = undo_on(desk, response["Location"])
    assert (listed(desk), listed(desk, "spam")) == ([left], chosen[::-1])
    desk.post(undo)
    assert listed(desk) == [*chosen, left]
    desk.post("/desk/inbox/several/?view=new", {"picked": chosen[:2], "do": "later:tomorrow"})
    assert listed(desk, "later") == chosen[:2]
    desk.post("/desk/inbox/several/?view=new", {"picked": [chosen[2]], "do": "close:elsewhere"})
    assert listed(desk, "answered") == [chosen[2]]
    desk.post("/desk/inbox/several/?view=new", {"picked": [left], "do": "mine"})
    assert listed(desk, "mine") == [left]


@pytest.mark.parametrize("values", [{}, {"picked": "x", "do": "spam"}, {"picked": "1", "do": "delete"}])
def test_nothing_chosen_does_nothing(desk: Client, values: dict[str, str]) -> None:
    contact = waiting()
    assert desk.post("/desk/inbox/several/", values).status_code == 302
    assert listed(desk) == [contact.pk]


def test_a_sensitive_file_is_not_sorted_by_who_may_not_read_it(desk: Client, town: SmallTown) -> None:
    person = make_person(email=ANNE)
    flag_file(person_id=person.pk, kind="other", why="Menaces", by=town.manager)
    contact = waiting()
    desk.post("/desk/inbox/several/", {"picked": [contact.pk], "do": "spam"})
    for name in ("spam", "later", "close", "assign", "await", "merge"):
        assert desk.post(f"/desk/inbox/{contact.pk}/{name}/").status_code == 404
    for name in ("live", "print/"):
        assert desk.get(f"/desk/inbox/{contact.pk}/{name}").status_code == 404
    assert listed(desk) == [contact.pk]


def test_a_printed_message_is_noted_on_the_file(desk: Client) -> None:
    person = make_person(email=ANNE)
    contact = waiting("Il neige.\n\nMerci d'avance")
    assert escape("Merci d'avance") in desk.get(f"/desk/inbox/{contact.pk}/print/").text
    assert AccessLogEntry.objects.filter(subject="person", subject_id=person.pk, reason__contains="imprimé").exists()


def test_a_message_is_found_by_the_search_box(desk: Client) -> None:
    contact = waiting("La grenouille chante", Subject="Étang")
    page = desk.get("/desk/search/preview/", {"q": "grenouille"}).text
    assert f"/desk/inbox/{contact.pk}/" in page and "Étang" in page


@pytest.mark.parametrize("view", ["new", "later", "awaited", "spam"])
def test_every_view_costs_the_same_at_1_and_12(desk: Client, view: str, django_assert_max_num_queries: Any) -> None:
    def add(number: int) -> None:
        contact = waiting(f"Question {number}", From=f"p{number}@exemple.ca")
        if view == "awaited":
            Contact.objects.filter(pk=contact.pk).update(state=Contact.State.DONE)
            InboxItem.objects.filter(contact=contact).update(awaits=True)
        elif view != "new":
            desk.post(f"/desk/inbox/several/?view={view}", {"picked": [contact.pk], "do": DO[view]})

    add(0)
    desk.get(f"/desk/inbox/?view={view}")
    with django_assert_max_num_queries(60) as one:
        desk.get(f"/desk/inbox/?view={view}")
    spent = len(one.captured_queries)
    for number in range(1, 12):
        add(number)
    desk.get("/desk/inbox/?view=mine")  # the confirmations are read
    with django_assert_max_num_queries(spent):
        assert len(listed(desk, view)) == 12


def test_a_message_costs_the_same_whatever_its_conversation(desk: Client, django_assert_max_num_queries: Any) -> None:
    def reply() -> Contact:
        contact = Contact.objects.latest("pk")
        desk.post(f"/desk/inbox/{contact.pk}/send/", fields(desk.get(f"/desk/inbox/{contact.pk}/")))
        return waiting("Encore", In_Reply_To=Outgoing.objects.latest("pk").message_id)

    waiting()
    path = f"/desk/inbox/{reply().pk}/"
    desk.get(path)
    with django_assert_max_num_queries(90) as one:
        desk.get(path)
    spent = len(one.captured_queries)
    for _turn in range(3):
        path = f"/desk/inbox/{reply().pk}/"
    desk.get(path)
    with django_assert_max_num_queries(spent):
        assert len(desk.get(path).context["said"]) == 8


DO = {"later": "later:tomorrow", "spam": "spam"}


def test_a_key_of_an_action_on_a_message_is_no_key_of_help_on_a_call(desk: Client) -> None:
    """An agent whose hand asks for help by habit puts no message away."""
    on_call, message = desk.get(begun(desk)).text, desk.get(f"/desk/inbox/{waiting().pk}/").text
    help_key = re.search(r'data-pane="alert"\s+data-key="(.)"', on_call)
    assert help_key and f'data-key="{help_key.group(1)}"' not in message
    assert 'data-key="!"' in message.partition("/spam/")[2].partition("</form>")[0]
