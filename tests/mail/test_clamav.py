"""Received files wait for the antivirus (point 9 of the e-mail channel): none is opened before it answers."""

from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.test import Client
from pytest_django import Settings

from parvis.apps.files.models import Attachment
from parvis.apps.files.services import scanning
from parvis.apps.files.services.attachments import keep_file
from parvis.apps.intake.models import Contact
from parvis.apps.mail.services.outgoing import Sending, queue_letter
from parvis.apps.mail.tasks import Unchecked, message
from tests.desk.call.made import entered
from tests.factories import SmallTown, unique
from tests.files.test_photos import photo
from tests.intake.test_received_mail import ANNE, later, received
from tests.mail.clamav import SIGNATURE, ClamAV, clamav


@pytest.fixture
def antivirus(settings: Settings) -> Iterator[ClamAV]:
    with clamav() as server:
        settings.PARVIS_CLAMAV = server.address
        yield server


def with_file(content: bytes, name: str = "plan.pdf") -> Contact:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = ANNE, "info@anse.exemple.ca", "Plan"
    message["Message-ID"] = f"<{unique()}@x.ca>"
    message.set_content("Voici le plan.")
    message.add_attachment(content, maintype="application", subtype="pdf", filename=name)
    return Contact.objects.get(mails__incoming=received(message.as_bytes()))


def opened(client: Client, contact: Contact) -> int:
    return client.get(f"/desk/inbox/{contact.pk}/files/{contact.files.get().attachment.key}").status_code


def retried() -> int:
    with later(minutes=3):
        return scanning.scan_waiting()


def test_9_a_file_is_opened_only_once_it_is_clean(
    town: SmallTown, antivirus: ClamAV, run_jobs: Callable[[], int]
) -> None:
    desk, contact = entered(town.agent), with_file(b"%PDF-1 propre" * 500)
    assert opened(desk, contact) == 409
    assert "Vérification antivirus en cours" in desk.get(f"/desk/inbox/{contact.pk}/").text
    run_jobs()
    assert antivirus.seen == [b"%PDF-1 propre" * 500]
    assert opened(desk, contact) == 200
    assert "antivirus" not in desk.get(f"/desk/inbox/{contact.pk}/").text


def test_9_an_infected_file_is_removed_and_named(
    town: SmallTown, antivirus: ClamAV, run_jobs: Callable[[], int]
) -> None:
    desk, contact = entered(town.agent), with_file(b"%PDF-1" + SIGNATURE)
    path = contact.files.get().attachment.stored
    run_jobs()
    assert opened(desk, contact) == 404
    page = desk.get(f"/desk/inbox/{contact.pk}/").text
    assert "plan.pdf" in page and "Parvis.Test-1" in page
    assert not storages["received"].exists(path)
    attachment = Attachment.objects.get()
    assert (attachment.name, attachment.virus, attachment.erased_at) == ("plan.pdf", "Parvis.Test-1", None)


def test_9_a_file_waits_while_the_antivirus_is_down_and_is_served_once_it_is_back(
    town: SmallTown, antivirus: ClamAV, run_jobs: Callable[[], int]
) -> None:
    antivirus.stop()
    desk, contact = entered(town.agent), with_file(b"%PDF-1")
    run_jobs()
    assert opened(desk, contact) == 409
    assert retried() == 0
    antivirus.start()
    assert retried() == 1
    assert opened(desk, contact) == 200


def test_9_a_mute_antivirus_is_left_in_time(
    town: SmallTown, antivirus: ClamAV, run_jobs: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "SECONDS", 0.5)
    antivirus.mute = True
    contact = with_file(b"%PDF-1")
    with_file(b"%PDF-2")
    run_jobs()
    assert len(antivirus.seen) == 1  # the second job does not wait again
    assert opened(entered(town.agent), contact) == 409
    antivirus.mute = False
    assert retried() == 2


@pytest.mark.parametrize(
    "says", ["INSTREAM size limit exceeded. ERROR\n", "stream: Can't allocate memory ERROR\n", "\n"]
)
def test_9_what_is_no_verdict_serves_nothing(town: SmallTown, antivirus: ClamAV, says: str) -> None:
    antivirus.says = says
    contact = with_file(b"%PDF-1")
    assert retried() == 0
    assert opened(entered(town.agent), contact) == 409


def test_9_without_an_antivirus_nothing_waits(town: SmallTown, antivirus: ClamAV, settings: Settings) -> None:
    waiting = with_file(b"%PDF-1")
    settings.PARVIS_CLAMAV = ""
    assert retried() == 1
    desk = entered(town.agent)
    assert [opened(desk, waiting), opened(desk, with_file(b"%PDF-2"))] == [200, 200]


def test_9_an_antivirus_on_a_socket_of_the_machine_is_asked(
    town: SmallTown, settings: Settings, tmp_path: Path
) -> None:
    path = str(tmp_path / "clamd.sock")
    settings.PARVIS_CLAMAV = f"unix:{path}"
    contact = with_file(b"%PDF-1")
    assert retried() == 0
    with clamav(path):
        assert retried() == 1
    assert opened(entered(town.agent), contact) == 200


def test_9_a_photo_waits_like_any_file(town: SmallTown, antivirus: ClamAV, run_jobs: Callable[[], int]) -> None:
    contact, desk = with_file(photo(), "photo.jpg"), entered(town.agent)
    assert opened(desk, contact) == 409
    run_jobs()
    assert opened(desk, contact) == 200


def test_9_a_letter_waits_for_its_files_and_leaves_without_an_infected_one(
    town: SmallTown, antivirus: ClamAV, run_jobs: Callable[[], int]
) -> None:
    antivirus.stop()
    clean, infected = (
        keep_file(name=name, data=data, seconds=1)
        for name, data in (("a.pdf", b"%PDF-1"), ("b.pdf", b"%PDF-1" + SIGNATURE))
    )
    letter = queue_letter(
        key="k", to=ANNE, language="fr", renderer="tests.mail.letters.hello", args=["Anne"],
        sending=Sending(files=[clean, infected]),
    )  # fmt: skip
    with pytest.raises(Unchecked):
        message(letter)
    antivirus.start()
    assert retried() == 2
    assert [str(name) for name, _data, _kind in message(letter).attachments] == ["a.pdf"]
