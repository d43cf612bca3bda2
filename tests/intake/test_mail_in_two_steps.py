"""A message is stored and threaded first; what it means, its pictures and the receipt come afterwards, each once."""

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_q.models import OrmQ

from parvis.apps.cases.services.journal import verify
from parvis.apps.directory.models import User
from parvis.apps.files.models import Attachment
from parvis.apps.intake import tasks
from parvis.apps.intake.models import Alert, Contact, ReceivedMail
from parvis.apps.intake.services.mail import inbox, understanding
from parvis.apps.intake.services.mail.automatic import DANGER_LINE, RECEIPT
from parvis.apps.intake.services.mail.received import bring_back, take_in_mail
from parvis.apps.mail.models import Incoming, Outgoing
from parvis.apps.mail.services.incoming import count_attempt, keep_files, parse_stored, store_message
from parvis.apps.mail.services.outgoing import claim_due
from parvis.lib import clock
from parvis.lib.jobs import URGENT
from tests.factories import SmallTown
from tests.files.test_photos import photo
from tests.intake.test_automatic_mail import GAS
from tests.intake.test_received_mail import ANNE, case_of, raw, replies_to, town_email

MOST_STATEMENTS = 24


def threaded(content: bytes) -> Incoming:
    incoming, _new = store_message(content)
    return take_in_mail(incoming_id=incoming.pk)


def with_photo(to: str = "") -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = ANNE, to or town_email(), "Nid-de-poule"
    message.set_content("Voici une photo.")
    message.add_attachment(photo(), maintype="image", subtype="jpeg", filename="rue.jpg")
    return message.as_bytes()


def letters(renderer: str) -> int:
    return Outgoing.objects.filter(renderer=renderer).count()


def test_an_agent_sees_a_message_before_it_is_understood_and_reads_that_it_is_not(
    town: SmallTown, signed_in: Callable[[User], Client], run_jobs: Callable[[], int]
) -> None:
    threaded(raw("Il neige.", To=town_email(), Subject="Neige"))
    desk = signed_in(town.agent)
    page = desk.get("/desk/inbox/").text
    assert "Neige" in page and "en lecture" in page
    assert not letters(RECEIPT)
    run_jobs()
    assert "en lecture" not in desk.get("/desk/inbox/").text
    assert letters(RECEIPT) == 1


def test_the_job_of_a_message_passes_before_those_that_may_wait(town: SmallTown) -> None:
    store_message(raw())
    assert OrmQ.objects.get().key == URGENT


@pytest.mark.parametrize("joins", [False, True])
def test_a_danger_alerts_once_and_is_answered_once_however_often_its_job_runs(town: SmallTown, *, joins: bool) -> None:
    incoming = threaded(raw(GAS, To=replies_to(case_of(town)) if joins else town_email()))
    assert incoming.outcome == ("joined" if joins else "new")
    assert not Alert.objects.exists()
    for _time in range(2):
        tasks.take_in_mail(incoming.pk)
    assert Alert.objects.count() == letters(DANGER_LINE) == 1
    assert ReceivedMail.objects.get().danger


def test_a_message_whose_understanding_always_fails_waits_for_an_agent_and_is_acknowledged(
    town: SmallTown,
) -> None:
    incoming = threaded(raw(To=town_email()))
    for _attempt in range(3):  # each killed before its end
        count_attempt(Incoming.objects.get())
    tasks.take_in_mail(incoming.pk)
    received = ReceivedMail.objects.get()
    assert received.understood_at and not received.likely
    assert Contact.objects.get().state == Contact.State.WAITING
    assert letters(RECEIPT) == 1


def test_a_message_taken_in_that_no_job_understood_is_not_forgotten(town: SmallTown) -> None:
    threaded(raw(GAS, To=town_email()))
    assert understanding.take_in_left_behind() == 0
    with clock.at(clock.now() + timedelta(minutes=6)):
        assert understanding.take_in_left_behind() == 1
        assert understanding.take_in_left_behind() == 0
    assert Alert.objects.count() == 1


def unreadable(words: str) -> Incoming:
    """A message taken in, in plain text and HTML, whose bytes can no longer be read."""
    message = EmailMessage()
    message["From"], message["To"] = ANNE, town_email()
    message.set_content(words)
    message.add_alternative(f"<p>{words}</p>", subtype="html")
    incoming = threaded(message.as_bytes())
    path = Path(storages["received"].path(incoming.stored))
    path.unlink()
    path.mkdir()
    return incoming


def test_a_danger_is_heard_though_the_storage_fails(town: SmallTown) -> None:
    understanding.understand_mail(incoming_id=unreadable(GAS).pk)
    assert Alert.objects.count() == 1


def test_a_message_that_fails_each_time_holds_up_no_danger_behind_it(town: SmallTown) -> None:
    unreadable("Il neige.")
    threaded(raw(GAS, To=town_email()))
    with clock.at(clock.now() + timedelta(minutes=6)):
        assert understanding.take_in_left_behind() == 1
    assert Alert.objects.count() == 1


@pytest.mark.parametrize("address", ["rita@exem_ple.ca", "rita@exemple"])
def test_a_danger_alerts_though_nothing_can_be_sent_to_who_tells_it(town: SmallTown, address: str) -> None:
    for words in (GAS, "Il neige."):
        tasks.take_in_mail(threaded(raw(words, From=address, To=town_email())).pk)
    assert Alert.objects.count() == 1
    assert not ReceivedMail.objects.filter(understood_at=None).exists()
    assert letters(DANGER_LINE) == letters(RECEIPT) == 0


def test_what_to_do_in_a_danger_leaves_before_the_letters_that_wait(town: SmallTown) -> None:
    for words in ("Il neige.", GAS):
        tasks.take_in_mail(threaded(raw(words, From=f"{len(words)}@exemple.ca", To=town_email())).pk)
    urgent = [letter.renderer for letter in claim_due() if letter.urgent]
    assert DANGER_LINE in urgent and RECEIPT not in urgent


def test_what_a_machine_wrote_is_understood_once_an_agent_brings_it_back(
    town: SmallTown, run_jobs: Callable[[], int]
) -> None:
    incoming = threaded(raw(GAS, Return_Path="<>"))
    run_jobs()
    bring_back(incoming_id=incoming.pk, by=town.agent)
    run_jobs()
    assert Alert.objects.count() == 1 and not letters(DANGER_LINE)


def test_an_answered_message_gets_no_receipt_afterwards(town: SmallTown) -> None:
    incoming = threaded(raw(To=town_email()))
    inbox.close_message(contact_id=Contact.objects.get().pk, why="elsewhere", by=town.agent)
    understanding.understand_mail(incoming_id=incoming.pk)
    assert not letters(RECEIPT)


def test_a_photo_is_neither_lost_nor_served_as_it_came(
    town: SmallTown, signed_in: Callable[[User], Client], run_jobs: Callable[[], int]
) -> None:
    threaded(with_photo())
    desk, contact = signed_in(town.agent), Contact.objects.get()
    kept = Attachment.objects.get()
    path = reverse("desk:mail_file", args=[contact.pk, kept.key])
    with storages["received"].open(kept.stored) as stream:
        assert stream.read() == photo()
    assert desk.get(path).status_code == 409
    assert "rue.jpg" in desk.get(f"/desk/inbox/{contact.pk}/").text
    run_jobs()
    response = desk.get(path)
    assert response["Content-Type"] == "image/jpeg"
    assert b"".join(response) != photo()


def test_the_journal_of_a_request_holds_once_its_photo_is_decoded(town: SmallTown, run_jobs: Callable[[], int]) -> None:
    case = case_of(town)
    threaded(with_photo(replies_to(case)))
    for _step in range(2):
        assert [fault for _reference, wrong in verify(photos=True) for fault in wrong] == []
        run_jobs()


def received_files() -> list[str]:
    months = storages["received"].listdir("files")[0] if storages["received"].exists("files") else []
    return [
        name
        for year in months
        for month in storages["received"].listdir(f"files/{year}")[0]
        for name in storages["received"].listdir(f"files/{year}/{month}")[1]
    ]


def test_a_file_is_stored_once_though_two_processes_take_the_message_in(town: SmallTown) -> None:
    before = set(received_files())
    incoming, _new = store_message(with_photo())
    message = parse_stored(incoming)
    keep_files(incoming, message)  # by one that was killed afterwards
    take_in_mail(incoming_id=incoming.pk)
    assert len(set(received_files()) - before) == Attachment.objects.count() == 1


def test_the_files_of_a_message_received_twice_are_kept_once(town: SmallTown, run_jobs: Callable[[], int]) -> None:
    before, content = set(received_files()), with_photo()
    threaded(content)
    assert threaded(b"Received: by another way\r\n" + content).outcome == "duplicate"
    kept = Attachment.objects.get()
    run_jobs()
    assert {name for name in set(received_files()) - before if "." not in name} == {kept.stored.rpartition("/")[2]}


def test_storing_and_threading_ask_little_of_the_database(town: SmallTown) -> None:
    threaded(raw(To=town_email()))
    with CaptureQueriesContext(connection) as asked:
        threaded(raw(To=town_email(), Subject="Autre", From="luc@exemple.ca"))
    assert len(asked) <= MOST_STATEMENTS, "\n".join(query["sql"] for query in asked)
