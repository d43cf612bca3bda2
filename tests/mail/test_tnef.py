"""What Outlook wraps in a winmail.dat is unwrapped (point 9 of the e-mail channel); what is broken stays a file."""

import struct
import time
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.apps.mail.rules import tnef
from parvis.apps.mail.rules.parsing import Message, parse
from tests.mail.tnef import winmail


def sent(data: bytes, words: str = "", kind: str = "ms-tnef", name: str = "winmail.dat") -> Message:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@b.ca", "info@ville.exemple", "Plan"
    message.set_content(words)
    message.add_attachment(data, maintype="application", subtype=kind, filename=name)
    return parse(message.as_bytes())


@pytest.mark.parametrize(("kind", "name"), [("ms-tnef", "a.dat"), ("vnd.ms-tnef", ""), ("octet-stream", "WINMAIL.DAT")])
def test_9_its_files_join_those_of_the_message(kind: str, name: str) -> None:
    message = sent(
        winmail("Voilà.", (("plan.pdf", b"%PDF-1"), ("c:\\x\\photo.jpg", b"\xff\xd8"))), "Bonjour", kind, name
    )
    assert [(file.name, file.data) for file in message.files] == [("plan.pdf", b"%PDF-1"), ("photo.jpg", b"\xff\xd8")]
    assert message.text == "Bonjour"


def test_9_its_words_are_those_of_a_message_that_has_none() -> None:
    assert sent(winmail("Le fossé déborde.\r\nMerci.")).text == "Le fossé déborde.\nMerci."


@pytest.mark.parametrize("cut", [3, 6, 20, 40, -4])
def test_9_a_broken_one_stays_a_file(cut: int) -> None:
    data = winmail("Bonjour", (("plan.pdf", b"%PDF-1" * 9),))[:cut]
    message = sent(data, "Voici.")
    assert message.text == "Voici."
    assert [file.data for file in message.files] == [data]


def test_9_one_that_takes_too_long_stays_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tnef, "SECONDS", 0.3)
    properties = struct.pack("<L", 0xFFFFFFFF) + bytes(12)
    block = struct.pack("<BHHL", 1, 0x9003, 6, len(properties)) + properties + bytes(2)
    data = struct.pack("<LH", 0x223E9F78, 1) + block * 2
    start = time.process_time()
    assert [file.data for file in sent(data).files] == [data]
    assert time.process_time() - start < 3, "seconds of this process"


def test_9_one_that_is_too_large_stays_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tnef, "LARGEST", 100)
    data = winmail("Bonjour", (("plan.pdf", bytes(200)),))
    assert [file.name for file in sent(data).files] == ["winmail.dat"]


@given(st.binary(max_size=300))
def test_9_no_wrapping_raises(data: bytes) -> None:
    tnef.unwrap(struct.pack("<LH", 0x223E9F78, 1) + data)
