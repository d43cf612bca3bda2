"""The connection to the town's mail server, used for many letters."""

import smtplib
from types import TracebackType
from typing import Any

from django.conf import settings
from django.core.mail import get_connection

from parvis.apps.newsletter.rules.mime import stuffed
from parvis.apps.newsletter.rules.replies import Reply
from parvis.lib.transport import DeliveryUncertain, TransientError, TransportError

SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
GO_ON = 354
CLOSING = 421
NO_CODE = -1  # of smtplib, for what is not a reply
BROKEN = (OSError, smtplib.SMTPServerDisconnected)


class Refused(TransportError):
    """The server refused the letter; `reply` says why. `sender`: it refuses who sends, whoever receives."""

    def __init__(self, reply: Reply, *, sender: bool = False) -> None:
        super().__init__(str(reply))
        self.reply, self.sender = reply, sender


class MailServer:
    """A connection to the server of PARVIS_SMTP_URL, opened when it is needed, and again after it broke."""

    def __init__(self) -> None:
        self._backend: Any = None

    def __enter__(self) -> "MailServer":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Says goodbye, if the server still listens."""
        if self._backend is not None:
            backend, self._backend = self._backend, None
            backend.fail_silently = True
            backend.close()

    def hand_over(self, *, sender: str, to: str, content: bytes) -> None:
        """Gives one letter to the server, which takes it when this returns.

        Raises TransientError, Refused, DeliveryUncertain. In the demonstration without a server, letters leave for
        nowhere.
        """
        if settings.PARVIS_MAILBOX:
            return
        smtp = self._connected()
        try:
            self._accepted(*smtp.mail(sender), sender=True)
            self._accepted(*smtp.rcpt(to))
            self._accepted(*smtp.docmd("DATA"), wanted=(GO_ON,))
        except BROKEN as error:
            self.close()
            raise TransientError(str(error) or type(error).__name__) from error
        try:
            smtp.send(stuffed(content))
            code, words = smtp.getreply()
        except BROKEN as error:
            self.close()
            raise DeliveryUncertain(str(error) or type(error).__name__) from error
        if code == NO_CODE:
            self.close()
            raise DeliveryUncertain("a reply without a code")
        self._accepted(code, words)

    def _connected(self) -> smtplib.SMTP:
        if self._backend is None:
            backend: Any = get_connection(SMTP_BACKEND)
            try:
                backend.open()
                backend.connection.ehlo_or_helo_if_needed()
            except smtplib.SMTPResponseException as error:
                raise Refused(_reply(error.smtp_code, error.smtp_error), sender=True) from error
            except (OSError, smtplib.SMTPException) as error:
                raise TransientError(str(error) or type(error).__name__) from error
            self._backend = backend
        connection: smtplib.SMTP = self._backend.connection
        return connection

    def _accepted(
        self, code: int, words: bytes | str, *, sender: bool = False, wanted: tuple[int, ...] = (250, 251)
    ) -> None:
        """Raises Refused unless the code is one of those wanted; the transaction is given up, or the connection."""
        if code in wanted:
            return
        reply = _reply(code, words)
        if code in (NO_CODE, CLOSING) or self._backend is None:
            self.close()
        else:
            try:
                self._backend.connection.rset()
            except (*BROKEN, smtplib.SMTPException):
                self.close()
        if code == NO_CODE:
            raise TransientError("the server hung up")
        raise Refused(reply, sender=sender)


def _reply(code: int, words: bytes | str) -> Reply:
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    return Reply(code, " ".join(text.split())[:280])
