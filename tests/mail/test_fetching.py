"""Reading mailboxes over IMAP, on a real server: nothing lost, nothing doubled, whatever happens on the way.

The numbers are those of the list of what a mail channel does (docs/build/mail.md).
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail as outbox
from pytest_django import Settings

from parvis.apps.directory.models import Department
from parvis.apps.intake.models import Contact
from parvis.apps.mail.models import InboundDelivery, Incoming, Mailbox
from parvis.apps.mail.queries import mailbox_health
from parvis.apps.mail.services import fetching
from parvis.apps.mail.services.watching import report_silence
from parvis.lib import clock
from tests.factories import SmallTown
from tests.intake.test_received_mail import raw
from tests.mail.dovecot import PASSWORD, PROGRAM, Dovecot, Wire

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="Dovecot is not installed")


@pytest.fixture(scope="module")
def running() -> Iterator[Dovecot]:
    server = Dovecot()
    server.start()
    yield server
    server.close()


@pytest.fixture
def box(town: SmallTown, running: Dovecot, settings: Settings, request: pytest.FixtureRequest) -> Mailbox:
    """A new mailbox of the town on that server."""
    user = f"{request.node.name.split('[')[0][5:45]}-{'pg' if request.config.getoption('--pg') else 'lite'}"
    settings.PARVIS_MAIL_PASSWORDS = {"info": PASSWORD, "taxes": PASSWORD}
    return mailbox("info", user, running.port)


def mailbox(slug: str, user: str, port: int) -> Mailbox:
    return Mailbox.objects.create(
        slug=slug,
        address=f"{slug}@anse.exemple.ca",
        department=Department.objects.order_by("pk")[0],
        server=f"imap://127.0.0.1:{port}/INBOX",
        username=user,
    )


def visit(mailbox: Mailbox, **limits: float) -> fetching.Visit:
    with fetching.connected(mailbox) as box:
        return fetching.fetch(mailbox, box, **limits)


def subjects() -> list[str]:
    return list(Contact.objects.order_by("pk").values_list("subject_line", flat=True))


def test_02_each_message_is_taken_once_and_marked_once_stored(
    box: Mailbox, running: Dovecot, run_jobs: Callable[[], int]
) -> None:
    for name in ("un", "deux", "trois"):
        running.append(box.username, raw(Subject=name))
    assert visit(box) == fetching.Visit(stored=3, left=0)
    assert visit(box) == fetching.Visit(stored=0, left=0)
    run_jobs()
    assert subjects() == ["un", "deux", "trois"]
    assert running.seen(box.username) == [True, True, True]
    running.append(box.username, raw(Subject="quatre"))
    assert visit(box).stored == 1
    box.refresh_from_db()
    assert box.succeeded_at and not box.trouble


def test_02_a_message_is_not_marked_before_it_is_stored(box: Mailbox, running: Dovecot) -> None:
    running.append(box.username, raw())
    with fetching.connected(box) as connection:
        [uid] = connection.uids("ALL")
        assert fetching.fetch(box, connection, seconds=-1) == fetching.Visit(stored=0, left=1)
    assert running.seen(box.username) == [False] and not InboundDelivery.objects.exists()
    assert visit(box).stored == 1 and InboundDelivery.objects.get().uid == int(uid)


def test_02_a_renumbered_folder_is_read_again_without_a_double(
    box: Mailbox, running: Dovecot, run_jobs: Callable[[], int]
) -> None:
    running.append(box.username, raw(Subject="avant"))
    visit(box)
    before = box.uid_validity
    running.renumber(box.username)
    box.server = f"imap://127.0.0.1:{running.port}"
    running.append(box.username, raw(Subject="après"))
    visit(box)
    run_jobs()
    assert box.uid_validity != before
    assert sorted(subjects()) == ["après", "avant"] and Incoming.objects.count() == 2


def test_03_the_same_message_in_two_mailboxes_is_one_with_two_deliveries(
    box: Mailbox, running: Dovecot, run_jobs: Callable[[], int]
) -> None:
    other = mailbox("taxes", f"{box.username}-2", running.port)
    message = raw(Subject="Aux deux")
    running.append(box.username, message)
    running.append(other.username, b"Received: from elsewhere by here; Mon, 23 Nov 2026 10:00:00 -0500\r\n" + message)
    running.append(other.username, message)
    for one in (box, other):
        visit(one)
    run_jobs()
    assert subjects() == ["Aux deux"] and InboundDelivery.objects.count() == 3
    assert sorted(Incoming.objects.values_list("outcome", flat=True)) == ["duplicate", "new"]


def test_a_connection_cut_in_the_middle_of_a_message_loses_and_doubles_nothing(
    box: Mailbox, running: Dovecot, run_jobs: Callable[[], int]
) -> None:
    wire = Wire(running.port)
    for rank in range(4):
        running.append(box.username, raw("Un long message. " * 4000, Subject=f"n{rank}"))
    box.server = f"imap://127.0.0.1:{wire.port}"
    wire.cut_after = 100_000  # in the second message
    with pytest.raises(fetching.UNREACHABLE):
        visit(box)
    assert InboundDelivery.objects.count() == 1
    wire.cut_after = -1
    assert visit(box).stored == 3
    run_jobs()
    assert subjects() == ["n0", "n1", "n2", "n3"]
    wire.close()


def test_a_message_stored_and_not_yet_marked_is_marked_at_the_next_visit(
    box: Mailbox, running: Dovecot, run_jobs: Callable[[], int]
) -> None:
    wire = Wire(running.port)
    running.append(box.username, raw(Subject="une fois"))
    box.server, wire.cut_at = f"imap://127.0.0.1:{wire.port}", b"STORE"
    with pytest.raises(fetching.UNREACHABLE):
        visit(box)
    assert running.seen(box.username) == [False]
    wire.cut_at = b""
    assert visit(box).stored == 0
    run_jobs()
    assert running.seen(box.username) == [True] and subjects() == ["une fois"]
    wire.close()


def test_07_old_messages_stay_and_the_first_fetch_is_resumed(box: Mailbox, running: Dovecot) -> None:
    old, new = datetime(2024, 5, 1, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC)
    for rank in range(30):
        running.append(box.username, raw(Subject=f"vieux {rank}"), at=old)
    for rank in range(12):
        running.append(box.username, raw(Subject=f"neuf {rank}"), at=new)
    box.since = date(2026, 11, 1)
    with fetching.connected(box) as connection:
        stored = fetching.fetch(box, connection, seconds=0.02).stored
    box.refresh_from_db()
    assert stored + box.left == 12 and (box.succeeded_at is None) == (box.left > 0)
    assert visit(box) == fetching.Visit(stored=12 - stored, left=0)
    assert running.seen(box.username) == [False] * 30 + [True] * 12


def test_29_a_silent_mailbox_is_reported_to_the_administrators_once(
    box: Mailbox, running: Dovecot, town: SmallTown, settings: Settings
) -> None:
    visit(box)
    assert not mailbox_health()[0].silent and report_silence() == 0
    box.server = "imap://127.0.0.1:9"
    with pytest.raises(OSError) as refused:
        visit(box)
    fetching.record_trouble(box, refused.value)
    later = clock.now() + timedelta(minutes=20)
    with clock.at(later):
        [health] = mailbox_health()
        assert health.silent and "refused" in health.mailbox.trouble
        assert report_silence() == 1
        assert report_silence() == 0
    with clock.at(later + timedelta(hours=7)):
        assert report_silence() == 1
    first, _again = outbox.outbox
    assert box.address in first.body and town.administrator.email in first.to
    box.server = f"imap://127.0.0.1:{running.port}"
    with clock.at(later + timedelta(hours=8)):
        visit(box)
        assert not mailbox_health()[0].silent


def test_a_mailbox_is_checked_before_it_is_trusted(box: Mailbox, running: Dovecot, settings: Settings) -> None:
    assert fetching.check(box) == ""
    box.server = f"imap://127.0.0.1:{running.port}/Nulle%20part"
    assert "Nulle part" in fetching.check(box)
    box.server = "imap://127.0.0.1:9"
    assert "refused" in fetching.check(box)
    settings.PARVIS_MAIL_PASSWORDS = {"info": "wrong"}
    box.server = f"imap://127.0.0.1:{running.port}"
    assert "AUTHENTICATIONFAILED" in fetching.check(box)
    settings.PARVIS_MAIL_PASSWORDS = {}
    assert "PARVIS_MAIL_PASSWORDS" in fetching.check(box)
