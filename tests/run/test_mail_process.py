"""The process that reads mail, as it is run: new messages, deliveries over LMTP, kill -9, a server that comes back."""

import shutil
import smtplib
import time
from ast import literal_eval
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest
import yaml

from tests.journeys.service import TOWNS, Service
from tests.mail.dovecot import PASSWORD, PROGRAM, Dovecot, Wire, free_port
from tests.settings import ON_POSTGRES, SERVER

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="Dovecot is not installed")
USER, WITHIN = "accueil", 40.0  # seconds


def message(subject: str, to: str = "accueil@val-des-aulnes.example") -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Rita Morin <rita@exemple.ca>", to, subject
    mail["Message-ID"] = f"<{uuid4().hex}@exemple.ca>"
    mail.set_content("Quand passe la collecte des feuilles dans ma rue?")
    return mail.as_bytes()


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    server = Dovecot()
    server.start()
    yield server
    server.close()


@pytest.fixture(scope="module")
def wire(server: Dovecot) -> Iterator[Wire]:
    wire = Wire(server.port)
    yield wire
    wire.close()


@pytest.fixture(scope="module")
def service(wire: Wire, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A town one of whose mailboxes is on the server, through the wire; the other is delivered over LMTP."""
    service = Service("val-des-aulnes", tmp_path_factory.mktemp("reading"), SERVER if ON_POSTGRES else "")
    try:
        service.prepare()
        service.extra |= {  # once installed: the installation is that of the other tests
            "PARVIS_MAIL_PASSWORDS": f"{USER}={quote(PASSWORD)}",
            "PARVIS_MAIL_LISTEN": f"lmtp://127.0.0.1:{free_port()}",
        }
        town = service.folder / "town"
        shutil.copytree(TOWNS[service.town], town)
        boxes = yaml.safe_load((town / "mailboxes.yaml").read_text())
        boxes[0] |= {"server": f"imap://127.0.0.1:{wire.port}/INBOX", "username": USER}
        (town / "mailboxes.yaml").write_text(yaml.safe_dump(boxes))
        loaded = service.command("load-town", str(town))
        assert loaded.returncode == 0, loaded.stderr
        yield service
    finally:
        service.stop()


@pytest.fixture
def reading(service: Service) -> Iterator[Service]:
    service.start("reader")
    yield service
    if process := service.processes.pop("reader", None):
        process.terminate()
        assert process.wait(20) == 0, service.log("reader")


def stored(service: Service) -> list[tuple[str, int, bool]]:
    """The deliveries in order: the mailbox, their number for the same bytes, whether the server was told."""
    script = (
        "from parvis.apps.mail.models import InboundDelivery\n"
        "rows = InboundDelivery.objects.order_by('pk')\n"
        "print([(row.mailbox and row.mailbox.slug, row.incoming_id, row.flagged) for row in rows])"
    )
    done = service.command("manage", "shell", "-v", "0", "-c", script)
    assert done.returncode == 0, done.stderr
    rows: list[tuple[str, int, bool]] = literal_eval(done.stdout)
    return rows


def until(check: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WITHIN
    while not check():
        assert time.monotonic() < deadline, f"{what} took more than {WITHIN:.0f} s"
        time.sleep(0.2)


def all_seen(server: Dovecot, count: int) -> Callable[[], bool]:
    return lambda: server.seen(USER) == [True] * count


@pytest.mark.only("sqlite")
def test_a_new_message_is_read_when_the_server_announces_it(reading: Service, server: Dovecot) -> None:
    server.append(USER, message("Avant de dormir"))
    until(all_seen(server, 1), "the first message")
    started = time.monotonic()
    server.append(USER, message("Pendant l’attente"))
    until(all_seen(server, 2), "the message announced")
    assert time.monotonic() - started < 30  # well before the next visit


def test_killed_between_storing_and_marking_nothing_is_lost_or_doubled(
    service: Service, server: Dovecot, wire: Wire
) -> None:
    before, count = len(stored(service)), len(server.seen(USER))
    wire.hold_at = b"STORE"
    service.start("reader")
    server.append(USER, message("Coupée"))
    until(lambda: wire.held, "the mark of the message")
    service.kill("reader")
    assert server.seen(USER) == [True] * count + [False]
    wire.hold_at, wire.held = b"", False
    service.start("reader")
    until(all_seen(server, count + 1), "the mark, after the restart")
    service.processes.pop("reader").terminate()
    rows = stored(service)
    assert len(rows) == before + 1 and len({incoming for _box, incoming, _told in rows}) == len(rows)
    assert all(told for _box, _incoming, told in rows)


@pytest.mark.only("sqlite")
def test_a_server_that_went_away_is_read_again_when_it_is_back(reading: Service, server: Dovecot) -> None:
    count = len(server.seen(USER))
    server.stop()
    time.sleep(1)
    server.start()
    server.append(USER, message("De retour"))
    until(all_seen(server, count + 1), "the message after the outage")


@pytest.mark.only("sqlite")
def test_what_the_town_s_server_delivers_is_stored_before_it_is_accepted(reading: Service, tmp_path: Path) -> None:
    port = int(reading.extra["PARVIS_MAIL_LISTEN"].rpartition(":")[2])
    sender, raw = "rita@exemple.ca", message("Par LMTP", "voirie@val-des-aulnes.example")

    def opened() -> bool:
        try:
            smtplib.LMTP("127.0.0.1", port).quit()
        except OSError:
            return False
        return True

    until(opened, "the listener")
    before = len(stored(reading))
    with smtplib.LMTP("127.0.0.1", port) as client:
        refused = client.sendmail(sender, ["voirie+x.y@val-des-aulnes.example", "inconnu@ailleurs.example"], raw)
        assert list(refused) == ["inconnu@ailleurs.example"] and refused["inconnu@ailleurs.example"][0] == 550
        client.sendmail(sender, ["voirie@val-des-aulnes.example", "accueil@val-des-aulnes.example"], raw)
        assert client.getreply()[0] == 250  # one reply for each recipient (RFC 2033, 4.2)
        client.sendmail(sender, ["Postmaster@val-des-aulnes.example"], message("À la personne", "postmaster@x.example"))
        long_line = raw + b"x" * 50_000
        client.sendmail(sender, ["voirie@val-des-aulnes.example"], long_line)
    rows = stored(reading)[before:]
    assert [box for box, _incoming, _told in rows] == ["voirie", "voirie", None, "voirie"]
    assert rows[0][1] == rows[1][1] and len({incoming for _box, incoming, _told in rows}) == 3
