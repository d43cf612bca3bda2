"""A letter queued in a transaction is sent once, in its reader's language, and its outcome is recorded."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as active
from django.db import connection, transaction
from django_q.models import OrmQ
from pytest_django import DjangoDbBlocker, Settings

from parvis.apps.directory.models import Town
from parvis.apps.mail.models import Outgoing
from parvis.apps.mail.queries import by_keys, mailbox
from parvis.apps.mail.rules.threads import thread_of
from parvis.apps.mail.services.outgoing import BATCH, LEASE, Sending, cancel_letter, queue_letter
from parvis.apps.mail.tasks import give_up, send_letters
from parvis.apps.outbox.models import ERASED
from parvis.apps.outbox.queries import standings
from parvis.lib import clock
from parvis.lib.errors import Invalid
from tests.counting import statements
from tests.factories import make_town
from tests.mail.conftest import Post

HELLO = "tests.mail.letters.hello"
State = Outgoing.State
ROOT = Path(__file__).parents[2]


@pytest.fixture
def town(db: None) -> Town:
    return make_town(name_fr="Ville de l’Anse-à-Gilles", name_en="Town of Anse-à-Gilles")


def waiting_letters() -> int:
    return standings()[Outgoing].waiting


def ask(key: str = "26-0001-A/1", **values: object) -> Outgoing:
    defaults: dict[str, object] = {"to": "jeanne@exemple.ca", "language": "fr", "renderer": HELLO, "args": ["Jeanne"]}
    return queue_letter(key=key, **(defaults | values))  # type: ignore[arg-type]


def later(**span: int) -> AbstractContextManager[None]:
    return clock.at(clock.now() + timedelta(**span))


def fate(letter: Outgoing) -> tuple[str, int, str]:
    letter.refresh_from_db()
    return letter.state, letter.attempts, letter.error


def test_a_letter_is_one_row_of_the_transaction_that_needs_it(town: Town) -> None:
    with statements() as queries:
        ask()
    assert [query["sql"].split()[0] for query in queries] == ["INSERT"]
    with pytest.raises(RuntimeError), transaction.atomic():
        ask("other")
        raise RuntimeError
    assert (waiting_letters(), OrmQ.objects.count()) == (1, 0)


def test_the_same_letter_asked_twice_leaves_once(town: Town, post: Post, run_jobs: Callable[[], int]) -> None:
    assert ask() == ask()
    assert run_jobs() == 1
    assert ask().state == State.SENT
    assert run_jobs() == 0
    assert len(post.received) == 1


def test_it_arrives_whole_in_the_language_of_its_reader(town: Town, post: Post, run_jobs: Callable[[], int]) -> None:
    french, english = ask("1"), ask("2", language="en", args=["John"])
    run_jobs()
    first, second = post.received
    assert first["Subject"] == "Bonjour, Jeanne"
    assert second["Subject"] == "Hello, John"
    assert first["To"] == "jeanne@exemple.ca"
    assert first["Message-ID"] == french.message_id != english.message_id
    assert first["Auto-Submitted"] == "auto-generated"
    assert (first["Reply-To"], first["Content-Language"]) == (town.email, "fr-CA")
    assert str(first["From"]) == '"Ville de l’Anse-à-Gilles" <bonjour@anse.exemple.ca>'.replace('"', "")
    assert str(second["From"]).startswith("Town of")
    body, html = first.get_body(("plain",)), first.get_body(("html",))
    assert body is not None and "Bonjour Jeanne, été comme hiver." in body.get_content()
    assert html is not None and "<b>Jeanne</b>" in html.get_content()
    assert fate(french) == (State.SENT, 1, "")
    assert french.sent_at and "été" in french.text


def test_a_letter_is_held_back_until_it_begins_to_leave(town: Town, post: Post, run_jobs: Callable[[], int]) -> None:
    cancelled = ask("held")
    assert cancel_letter(key="held")
    written = ask("written", renderer="tests.mail.letters.called_off", args=["written"])
    run_jobs()
    assert post.received == [] and (fate(cancelled)[0], fate(written)[0]) == (State.CANCELLED, State.CANCELLED)
    assert written.text == ""
    post.to_words = "451 4.3.0 Later"
    leaving = ask("leaving")
    run_jobs()
    assert not cancel_letter(key="leaving")
    assert fate(leaving)[0] == State.QUEUED and leaving.text


def test_the_sender_may_be_set(town: Town, post: Post, run_jobs: Callable[[], int], settings: Settings) -> None:
    settings.PARVIS_MAIL_FROM = "Requêtes <requetes@anse.exemple.ca>"
    ask()
    run_jobs()
    assert str(post.received[0]["From"]) == "Requêtes <requetes@anse.exemple.ca>"


@pytest.mark.parametrize("subaddresses", [True, False])
def test_an_answer_stays_in_its_thread(
    town: Town, post: Post, run_jobs: Callable[[], int], settings: Settings, subaddresses: bool
) -> None:
    settings.PARVIS_MAIL_SUBADDRESSES = subaddresses
    sending = Sending(thread="26-0001-A", answers=["<one@exemple.ca>", "<two@exemple.ca>"], personal=True)
    ask(sending=sending)
    run_jobs()
    [letter] = post.received
    assert thread_of([str(letter["Reply-To"])], settings.SECRET_KEY) == ("26-0001-a" if subaddresses else "")
    assert (letter["In-Reply-To"], letter["References"]) == ("<two@exemple.ca>", "<one@exemple.ca> <two@exemple.ca>")
    assert letter["Auto-Submitted"] is None


def test_no_header_can_be_slipped_in(town: Town, post: Post, run_jobs: Callable[[], int]) -> None:
    Town.objects.update(name_fr="Ville\nBcc: tous@exemple.ca")
    ask(renderer="tests.mail.letters.hostile", args=[])
    run_jobs()
    [letter] = post.received
    assert letter["Bcc"] is None
    assert letter["Subject"] == "Trou Bcc: tous@exemple.ca Corps fin"
    assert letter.get_content_type() == "text/plain"
    for address in ("a@exemple.ca\nBcc: b@exemple.ca", "a@exemple.ca, b@exemple.ca", "", "jeanne"):
        with pytest.raises(Invalid):
            ask(address, to=address)


@pytest.mark.parametrize(("recipient", "words"), [("550 5.1.1 No such user", "250 OK"), ("250 OK", "554 5.7.1 Spam")])
def test_a_refusal_for_good_is_kept_and_not_tried_again(
    town: Town, post: Post, run_jobs: Callable[[], int], recipient: str, words: str
) -> None:
    post.to_recipient, post.to_words = recipient, words
    letter = ask()
    run_jobs()
    state, attempts, error = fate(letter)
    assert (state, attempts) == (State.FAILED, 1)
    assert error == (recipient if recipient.startswith("5") else words)
    post.to_recipient = post.to_words = "250 OK"
    with later(hours=2):
        assert send_letters() == 0
    assert post.received == []


@pytest.mark.parametrize(("recipient", "words"), [("450 4.2.1 Busy", "250 OK"), ("250 OK", "451 4.3.0 Later")])
def test_a_refusal_for_now_is_tried_again_with_the_same_words(
    town: Town, post: Post, recipient: str, words: str
) -> None:
    post.to_recipient, post.to_words = recipient, words
    letter = ask()
    assert (send_letters(), send_letters()) == (1, 0), "it waits before it is tried again"
    state, attempts, error = fate(letter)
    assert (state, attempts) == (State.QUEUED, 1)
    assert error
    Outgoing.objects.update(args=["Someone else"])
    post.to_recipient = post.to_words = "250 OK"
    with later(minutes=1):
        send_letters()
    assert post.received[0]["Subject"] == "Bonjour, Jeanne"
    assert fate(letter) == (State.SENT, 2, "")


def test_a_server_that_is_down_loses_nothing(town: Town, post: Post, settings: Settings) -> None:
    settings.EMAIL_PORT = 1
    letters = [ask(str(rank)) for rank in range(3)]
    send_letters()
    assert [fate(letter)[:2] for letter in letters] == [(State.QUEUED, 1)] * 3
    settings.EMAIL_PORT = post.port
    with later(minutes=1):
        send_letters()
    assert [fate(letter) for letter in letters] == [(State.SENT, 2, "")] * 3


def test_a_letter_that_cannot_be_written_says_why(town: Town, post: Post) -> None:
    letter = ask(renderer="tests.mail.letters.broken", args=[])
    send_letters()
    state, _attempts, error = fate(letter)
    assert state == State.QUEUED and "no words" in error


def test_a_letter_waits_longer_each_time_and_is_given_up_after_days(town: Town, post: Post, settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-24T10:00:00-05:00"
    post.to_words = "451 4.3.0 Later"
    letter = ask()
    tried = list[int]()
    for minute in range(365):
        with later(minutes=minute):
            tried += [minute] * send_letters()
    assert tried == [0, 1, 3, 7, 15, 31, 63, 123, 183, 243, 303, 363]
    with later(days=5, minutes=1):
        give_up()
        assert fate(letter)[0] == State.FAILED and "4.3.0" in fate(letter)[2]
        assert send_letters() == 0


def test_in_demo_the_letter_kept_is_the_mailbox(town: Town, settings: Settings, run_jobs: Callable[[], int]) -> None:
    settings.PARVIS_MAILBOX = True
    first, second = ask("1"), ask("2")
    run_jobs()
    assert mailbox() == [second, first]
    assert mailbox(before=second.pk) == [first]
    assert (first.pk, fate(first)) == (mailbox(limit=2)[1].pk, (State.SENT, 1, ""))
    assert by_keys(["1", "3"]) == {"1": first}


def test_a_letter_erased_meanwhile_reaches_nobody_and_holds_up_no_other(town: Town, post: Post) -> None:
    erased, other = ask("1", renderer="tests.mail.letters.erased", args=["2"]), ask("2")
    third = ask("3")
    send_letters()
    assert [str(letter["Message-ID"]) for letter in post.received] == [erased.message_id, third.message_id]
    assert fate(other) == (State.CANCELLED, 0, ERASED)


PATIENT = 300.0  # seconds before giving up, on a busy machine


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Outgoing]:
    """A town and a letter committed for other processes."""
    with django_db_blocker.unblock():
        town, letter = make_town(), ask("killed")
        yield letter
        for row in (letter, town, *OrmQ.objects.all()):
            row.delete()
        connection.close()


def delivery_process(letter: Outgoing, post: Post) -> subprocess.Popen[bytes]:
    """Another process that delivers the letter to the server."""
    database = connection.settings_dict
    url = f"sqlite:///{database['NAME']}"
    if connection.vendor == "postgresql":
        url = f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    script = "import django; django.setup(); from parvis.apps.mail.tasks import send_letters; send_letters()"
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "parvis.config.settings",
        "PYTHONPATH": str(ROOT),
        "PARVIS_DEMO": "1",
        "PARVIS_DATA": str(active.PARVIS_DATA),
        "DATABASE_URL": url,
        "PARVIS_SMTP_URL": f"smtp://127.0.0.1:{post.port}",
    }
    return subprocess.Popen([sys.executable, "-c", script], env=env)


def test_a_worker_killed_before_it_could_tell_sends_the_same_message_again(committed: Outgoing, post: Post) -> None:
    first = delivery_process(committed, post)
    post.kill = first.pid
    assert first.wait(PATIENT) == -signal.SIGKILL
    post.kill = 0
    assert fate(committed)[0] == State.SENDING
    assert delivery_process(committed, post).wait(PATIENT) == 0
    assert len(post.received) == 1, "whoever claimed it may be alive: the others leave it alone for a while"
    Outgoing.objects.update(claimed_until=clock.now() - LEASE)
    assert delivery_process(committed, post).wait(PATIENT) == 0
    assert fate(committed)[0] == State.SENT
    before, after = post.received
    assert before["Message-ID"] == after["Message-ID"] == committed.message_id
    assert before["Subject"] == after["Subject"] == "Bonjour, Jeanne"


def test_one_that_fails_holds_up_no_other(town: Town, post: Post) -> None:
    letters = [ask(str(rank), to="plus-tard@exemple.ca" if rank == 1 else f"r{rank}@exemple.ca") for rank in range(4)]
    post.refuses = "plus-tard@exemple.ca"
    send_letters()
    assert [fate(letter)[:2] for letter in letters] == [
        (State.SENT, 1), (State.QUEUED, 1), (State.SENT, 1), (State.SENT, 1)
    ]  # fmt: skip
    post.refuses = ""
    with later(minutes=1):
        send_letters()
    assert fate(letters[1])[0] == State.SENT
    assert [str(letter["To"])[:2] for letter in post.received] == ["r0", "r2", "r3", "pl"], "in their order"


def test_a_batch_leaves_over_one_connection_and_three_transactions(town: Town, post: Post) -> None:
    for rank in range(BATCH + 1):
        ask(str(rank))
    with statements() as queries:
        assert send_letters() == BATCH
    assert sum(query["sql"].startswith("SAVEPOINT") for query in queries) == 3, "claimed, leaving, what became of them"
    assert (post.connections, waiting_letters()) == (1, 1)


def test_what_someone_waits_for_leaves_before_what_waited_longer(town: Town, post: Post) -> None:
    for rank in range(BATCH + 1):
        ask(str(rank))
    code = ask("code", sending=Sending(urgent=True))
    send_letters()
    assert str(post.received[0]["Message-ID"]) == code.message_id and waiting_letters() == 2
