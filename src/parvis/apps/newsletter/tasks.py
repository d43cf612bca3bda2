"""The sending of the letters, in slices short enough for the other jobs of the worker."""

import logging
import time
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from parvis.apps.directory.queries import town
from parvis.apps.newsletter.channels import MailServer, Refused
from parvis.apps.newsletter.letters.issues import Personal, Prepared, completed, prepared
from parvis.apps.newsletter.models import Issue, IssueDelivery
from parvis.apps.newsletter.queries.points import page_url, unsubscribe_url
from parvis.apps.newsletter.queries.weeks import Weeks
from parvis.apps.newsletter.rules import identity, mime
from parvis.apps.newsletter.rules.pacing import Pace
from parvis.apps.newsletter.rules.replies import MOST_ATTEMPTS
from parvis.apps.newsletter.services import erasing, sending, subscriber_erasure, subscribing
from parvis.apps.newsletter.services.sending import Result
from parvis.apps.outbox.models import State
from parvis.apps.outbox.rules import growing
from parvis.apps.telephony.models import OutgoingCall
from parvis.lib.clock import now
from parvis.lib.jobs import enqueue
from parvis.lib.transport import DeliveryUncertain, TransientError

logger = logging.getLogger(__name__)

SLICE = 5.0  # seconds
BATCH = 400
AWAY, CLOSED = 30, 60  # seconds without a letter, when the server is away, when it says to come back
WAITS = growing(timedelta(minutes=1), 2, timedelta(hours=4))
REFUSED_IN_A_ROW = 25  # then something is wrong with us rather than with the recipients


def send_waiting() -> None:
    """Sends the letters that may leave, for SLICE seconds, then asks for the rest; scheduled too.

    One worker at a time (`services.take_lease`), so that the rates hold.
    """
    sending.start_due()
    sending.end_issues()
    holder = sending.take_lease()
    if not holder:
        return
    try:
        with MailServer() as server:
            more = Sending(holder, server).run()
    except PermissionError:  # it took so long that another was taken to have died
        logger.warning("the sending of the letters was taken over")
        return
    sending.release_lease(holder)
    sending.end_issues()
    if more:
        enqueue(sending.SEND)


def purge_subscribers() -> None:
    """Runs `services.subscriber_erasure.purge`; scheduled."""
    subscriber_erasure.purge()


def confirm_by_call(call_id: int) -> None:
    """Confirms the number of a call whose key 1 was pressed."""
    call = OutgoingCall.objects.filter(pk=call_id).first()
    if call is not None:
        subscribing.confirm_by_call(number=call.to, words=call.words, evidence=_key(call, "1"))


def leave_by_call(call_id: int) -> None:
    """Leaves the calls to the number of a call whose key 9 was pressed."""
    call = OutgoingCall.objects.filter(pk=call_id).first()
    if call is not None:
        subscribing.leave_by_call(number=call.to, evidence=_key(call, "9"))


def forget_addresses() -> None:
    """Runs `services.forget_addresses`; scheduled."""
    erasing.forget_addresses()


class Sending:
    """One slice of the sending."""

    def __init__(self, holder: str, server: MailServer) -> None:
        self.holder, self.server = holder, server
        self.pace: Pace[IssueDelivery] = Pace(settings.PARVIS_NEWSLETTER_RATE, settings.PARVIS_NEWSLETTER_DOMAIN_RATE)
        self.envelopes = Envelopes()
        self.done: Result | None = None
        self.refused = 0
        self.stopped = False

    def run(self) -> bool:
        """Hands over letters until SLICE is over; whether some may wait still."""
        until = time.monotonic() + SLICE
        try:
            while not self.stopped:
                if not len(self.pace) and not self._read():
                    return False
                at = self.pace.next_at() or 0.0
                moment = time.monotonic()
                if max(at, moment) >= until:
                    return True
                if at > moment:
                    time.sleep(at - moment)
                self._one(self.pace.take(time.monotonic()))
            return False
        finally:
            if self.done is not None:
                sending.advance(holder=self.holder, done=self.done, next_id=None)

    def _read(self) -> bool:
        """Reads the next letters to send; the last result is recorded first."""
        if self.done is not None:
            sending.advance(holder=self.holder, done=self.done, next_id=None)
            self.done = None
        rows = sending.waiting_rows(limit=BATCH)
        self.pace.add((row.domain, row) for row in rows)
        self.envelopes.prepare(rows)
        return bool(rows)

    def _one(self, delivery: IssueDelivery) -> None:
        may_leave = sending.advance(holder=self.holder, done=self.done, next_id=delivery.pk)
        self.done = None
        if not may_leave:
            sending.settle(delivery.pk)
            return
        sender, content = self.envelopes.letter(delivery)
        try:
            self.server.hand_over(sender=sender, to=delivery.to, content=content)
        except TransientError as failure:
            self.done = Result(delivery.pk, State.QUEUED, str(failure))
            self._wait(AWAY, str(failure))
        except DeliveryUncertain as doubt:
            self.done = Result(delivery.pk, State.UNCERTAIN, str(doubt))
            logger.warning("letter %s of an issue: it is not known whether it was taken: %s", delivery.pk, doubt)
        except Refused as refusal:
            self.done = self._refused(delivery, refusal)
        else:
            self.refused = 0
            self.done = Result(delivery.pk, State.SENT)

    def _refused(self, delivery: IssueDelivery, refusal: Refused) -> Result:
        reply = refusal.reply
        if reply.closing:
            self._wait(CLOSED, str(reply))
            return Result(delivery.pk, State.QUEUED, str(reply))
        if not reply.permanent:
            again = now() + (WAITS.after(delivery.attempts + 1) or timedelta())
            if reply.slow_down:
                self.pace.drop(delivery.domain)
                sending.postpone_domain(domain=delivery.domain, until=again)
            if delivery.attempts + 1 >= MOST_ATTEMPTS:
                return Result(delivery.pk, State.FAILED, str(reply), soft=delivery.point_id)
            return Result(delivery.pk, State.QUEUED, str(reply), again)
        if refusal.sender:
            sending.stop_issue(issue_id=delivery.issue_id, words=str(reply))
            self.stopped = True
            enqueue(sending.SEND)  # another issue may have another sender
            return Result(delivery.pk, State.QUEUED, str(reply))
        self.refused += 1
        if self.refused >= REFUSED_IN_A_ROW:
            sending.stop_issue(issue_id=delivery.issue_id, words=str(reply))
            self.refused = 0
        gone = delivery.point_id if reply.no_such_address else None
        return Result(delivery.pk, State.FAILED, str(reply), suppress=gone)

    def _wait(self, seconds: int, words: str) -> None:
        logger.warning("the mail server takes no letter for now: %s", words)
        sending.ask_to_wait(seconds=seconds, words=words)
        self.stopped = True


class Envelopes:
    """Makes the bytes of each letter; what is common to an issue is made once."""

    def __init__(self) -> None:
        self._prepared: dict[tuple[int, str], Prepared] = {}
        self._weeks = Weeks()
        self._host = urlsplit(settings.PARVIS_URL).hostname or "localhost"
        self._town = town()
        self._secret = settings.SECRET_KEY

    def prepare(self, rows: list[IssueDelivery]) -> None:
        """Reads what the letters of these rows need."""
        self._weeks.read([row.point.subscriber_id for row in rows if row.point])

    def letter(self, delivery: IssueDelivery) -> tuple[str, bytes]:
        """The envelope sender and the bytes of a letter."""
        issue, point = delivery.issue, delivery.point
        if point is None:
            raise LookupError(f"letter {delivery.pk} has no reader any more")
        key = (issue.pk, delivery.language)
        if key not in self._prepared:
            self._prepared[key] = prepared(Issue.objects.get(pk=issue.pk), delivery.language)
        leave_url = f"{unsubscribe_url(point.secret, issue.kind)}?l={delivery.pk}"
        week = self._weeks.of(point.subscriber_id, delivery.language) if issue.kind == "news" else None
        personal = Personal(leave_url, page_url(point.secret), _day(point.confirmed_at), week)
        letter = completed(self._prepared[key], personal)
        email = self._town.email
        headers = [
            ("From", mime.address(issue.sender, self._from_address())),
            ("To", delivery.to),
            ("Reply-To", email),
            ("Subject", mime.encoded(letter.subject)),
            ("Date", timezone.localtime(now()).strftime("%a, %d %b %Y %H:%M:%S %z")),
            ("Message-ID", identity.message_id(delivery.pk, self._host, self._secret)),
            ("Content-Language", f"{delivery.language}-CA"),
            ("List-Id", f"<{issue.kind}.{self._host}>"),
            ("List-Unsubscribe", f"<{leave_url}>,\r\n <{self._leave_by_mail(point.pk, issue.kind)}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ("Precedence", "bulk"),
            ("Auto-Submitted", "auto-generated"),
            ("X-Auto-Response-Suppress", "All"),
        ]
        envelope = self._from_address()
        if settings.PARVIS_MAIL_SUBADDRESSES:
            envelope = identity.return_address(email, delivery.pk, self._secret)
        return envelope, mime.message(headers, letter.text, letter.html)

    def _from_address(self) -> str:
        return mime.bare(settings.PARVIS_MAIL_FROM) or self._town.email

    def _leave_by_mail(self, point_id: int, kind: str) -> str:
        subject = identity.leave_subject(point_id, kind, self._secret)
        address = self._town.email
        if settings.PARVIS_MAIL_SUBADDRESSES:
            address = identity.leave_address(address, point_id, kind, self._secret)
        return f"mailto:{address}?subject={subject}"


def _day(moment: datetime | None) -> date | None:
    return timezone.localtime(moment).date() if moment else None


def _key(call: OutgoingCall, key: str) -> str:
    """What proves it, in the language of the staff."""
    with override("fr"):
        return _("key %(key)s pressed during call %(call)s") % {"key": key, "call": call.provider_id or call.pk}
