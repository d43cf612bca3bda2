"""The letters through a mail server that signs them, as that of a town does: point 31 of outreach."""

from base64 import b64encode

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from parvis.apps.newsletter.models import Issue
from parvis.apps.newsletter.rules.deliverability import Word
from parvis.apps.newsletter.rules.deliverability import dkim as verdict
from parvis.apps.newsletter.services.issues import send_now
from tests.factories import SmallTown
from tests.newsletter.smtp import MailServer
from tests.newsletter.test_sending import Reader, Run

pytestmark = pytest.mark.django_db
SIGNED = [b"from", b"to", b"reply-to", b"subject", b"date", b"message-id", b"list-id"]
SIGNED += [b"list-unsubscribe", b"list-unsubscribe-post"]
DOMAIN, SELECTOR = b"anse.exemple.ca", b"k1"


class SigningRelay:
    """Signs as a relay does before it hands a letter to the reader's server, with a key of its own."""

    def __init__(self) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.record = f"v=DKIM1; k=rsa; p={b64encode(public).decode()}"

    def relayed(self, content: bytes) -> bytes:
        """The letter with its signature on top."""
        signature: bytes = dkim.sign(
            content,
            SELECTOR,
            DOMAIN,
            self.private,
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=SIGNED,
        )
        return signature + content

    def believed(self, content: bytes) -> bool:
        """Whether the reader's server believes the letter."""
        found: bool = dkim.verify(content, dnsfunc=lambda _name, timeout=5: self.record.encode())
        return found


def test_31_a_signed_letter_is_believed_and_neither_leave_header_can_be_changed(
    mail_server: MailServer, reader: Reader, issue: Issue, town: SmallTown, run_jobs: Run
) -> None:
    reader("jean@exemple.ca")
    send_now(issue_id=issue.pk, by=town.communications)
    run_jobs()
    [taken] = mail_server.taken
    relay = SigningRelay()
    assert verdict([relay.record]).word == Word.GOOD
    letter = relay.relayed(taken.content)
    assert relay.believed(letter)
    for name in (b"List-Unsubscribe:", b"List-Unsubscribe-Post:"):
        assert taken.content.count(b"\r\n" + name) == 1
        value = letter.partition(b"\r\n" + name)[2][:8]
        changed = letter.replace(b"\r\n" + name + value, b"\r\n" + name + value + b"x", 1)
        assert not relay.believed(changed)
    message = taken.message
    author = message["From"].addresses[0].domain
    assert author == DOMAIN.decode() and taken.sender.endswith(f"@{author}")  # aligned, SPF and DKIM
    for line in taken.content.split(b"\r\n"):
        assert b"\n" not in line and b"\r" not in line and len(line) <= 998


def test_31_a_letter_in_accents_keeps_its_signature_through_a_server_of_seven_bits(
    mail_server: MailServer, reader: Reader, issue: Issue, town: SmallTown, run_jobs: Run
) -> None:
    reader("jean@exemple.ca")
    send_now(issue_id=issue.pk, by=town.communications)
    run_jobs()
    assert mail_server.taken[0].content.isascii()  # nothing to encode again on the way
