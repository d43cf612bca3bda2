"""The sending of the letters: who sends, what leaves next, what became of it. No network here (see `tasks`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from parvis.apps.directory.models import User
from parvis.apps.mail.rules.threads import without_addresses
from parvis.apps.newsletter.letters.issues import language_for
from parvis.apps.newsletter.models import ContactPoint, Issue, IssueDelivery, Journal, SenderLease, Subscription
from parvis.apps.newsletter.queries.issues import recipients_of
from parvis.apps.newsletter.queries.recipients import Recipient
from parvis.apps.newsletter.rules.contact_points import domain_of
from parvis.apps.newsletter.services import suppression as delivery
from parvis.apps.outbox import services as outbox
from parvis.apps.outbox.models import State
from parvis.lib.clock import now
from parvis.lib.jobs import job
from parvis.lib.words import one_line

SEND = job("parvis.apps.newsletter.tasks.send_waiting")
LEASE = "letters"
LASTS = timedelta(seconds=90)  # longer than a letter may take, whatever the mail server does
LAPSED = _("its end had passed")
DIED = _("the sending stopped while this letter was being handed over: it may have left")


@dataclass(frozen=True)
class Result:
    """What became of a letter: its new state, QUEUED to try again at `again`, and why.

    `suppress`: the contact point whose address does not work, where nothing more is sent; `soft`: one that did not
    work for days, which is counted.
    """

    delivery_id: int
    state: str
    error: str = ""
    again: datetime | None = None
    suppress: int | None = None
    soft: int | None = None


def fill(issue: Issue, *, by: User | None = None, recipients: Sequence[Recipient] | None = None) -> int:
    """Starts an issue, in the caller's transaction: one letter for each recipient, each address once; how many are new.

    `recipients`: those to whom it goes; by default, those who asked for it. One that someone paused stays so.
    """
    found = recipients_of(issue) if recipients is None else recipients
    rows, languages = [], {wanted: language_for(issue, wanted) for wanted in ("fr", "en")}
    for recipient in found:
        if recipient.channel == ContactPoint.Channel.EMAIL:
            rows.append(
                IssueDelivery(
                    issue=issue,
                    point_id=recipient.id,
                    to=recipient.target,
                    domain=domain_of(recipient.target),
                    language=languages.get(recipient.language, "fr"),
                    queued_at=now(),
                )
            )
    count = outbox.insert_new(rows, key="to", within=issue.deliveries.all())
    if issue.state != Issue.State.PAUSED or issue.started_at is None:
        issue.state, issue.held_reason = Issue.State.SENDING, ""
    issue.started_at, issue.ended_at = issue.started_at or now(), None
    issue.save(update_fields=["state", "held_reason", "started_at", "ended_at"])
    issue.note(Journal.Action.STARTED, by=by, words=str(count))
    return count


def start_due() -> int:
    """Starts the issues whose moment has come (`outbox.start_due`); returns how many."""
    return outbox.start_due(Issue, fill)


def hold_unsent() -> int:
    """Pauses what is being sent and what should have left already (`outbox.hold_unsent`); returns how many issues."""
    return outbox.hold_unsent(Issue, Q(state=Issue.State.SENDING))


@transaction.atomic
def take_lease() -> str:
    """Becomes the one that sends; "" when another does, or when the mail server asked to wait.

    A letter that the last one was handing over when it died may have left: it becomes unknown.
    """
    moment, holder = now(), uuid4().hex
    SenderLease.objects.get_or_create(name=LEASE)
    free = Q(holder="") | Q(until__lt=moment)
    rows = SenderLease.objects.filter(free, Q(wait_until=None) | Q(wait_until__lte=moment), name=LEASE)
    if not rows.update(holder=holder, until=moment + LASTS, wait_until=None, wait_words=""):
        return ""
    IssueDelivery.objects.filter(state=State.SENDING).update(state=State.UNCERTAIN, error=str(DIED), changed_at=moment)
    return holder


def release_lease(holder: str) -> None:
    """Lets another send."""
    SenderLease.objects.filter(name=LEASE, holder=holder).update(holder="", until=None)


def ask_to_wait(*, seconds: int, words: str) -> None:
    """Records that the mail server wants no letter for a while; the addresses that its words name are left out."""
    until, kept = now() + timedelta(seconds=seconds), one_line(without_addresses(words))[:300]
    SenderLease.objects.filter(name=LEASE).update(wait_until=until, wait_words=kept)


def waiting_rows(*, limit: int, besides: Sequence[int] = ()) -> list[IssueDelivery]:
    """The next letters to leave, alerts first, then the oldest issue; with their issue and contact point."""
    rows = IssueDelivery.objects.filter(state=State.QUEUED, issue__state=Issue.State.SENDING)
    rows = rows.filter(Q(not_before=None) | Q(not_before__lte=now())).exclude(pk__in=besides)
    rows = rows.select_related("point", "issue").defer("issue__blocks")
    return list(rows.order_by("issue__kind", "issue", "pk")[:limit])


@transaction.atomic
def advance(*, holder: str, done: Result | None, next_id: int | None) -> bool:
    """Records what became of a letter, and that the next one is about to be handed over; whether it may be.

    In one transaction, so that a process that dies leaves at most one letter whose fate is not known. False when the
    letter may not leave: it was taken, its issue is paused or over, its reader left. PermissionError when another one
    sends.
    """
    if done is not None:
        _record(done)
    if next_id is None:
        return False
    moment = now()
    if not SenderLease.objects.filter(name=LEASE, holder=holder).update(until=moment + LASTS):
        raise PermissionError("another process sends the letters")
    written = connection.ops.adapt_datetimefield_value(moment)
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [State.SENDING, written, next_id, State.QUEUED, Issue.State.SENDING, written])
        return bool(cursor.rowcount == 1)


# Run for each letter, and so not built anew each time by the ORM, which takes most of the time of a sending.
_TAKE = f"""
UPDATE {IssueDelivery._meta.db_table} SET state = %s, attempted_at = %s, attempts = attempts + 1
WHERE id = %s AND state = %s AND EXISTS (
  SELECT 1 FROM {Issue._meta.db_table} issue
  JOIN {ContactPoint._meta.db_table} point ON point.id = {IssueDelivery._meta.db_table}.point_id
  JOIN {Subscription._meta.db_table} subscription ON subscription.point_id = point.id AND subscription.kind = issue.kind
  WHERE issue.id = {IssueDelivery._meta.db_table}.issue_id AND issue.state = %s
    AND (issue.expires_at IS NULL OR issue.expires_at > %s)
    AND point.confirmed_at IS NOT NULL AND point.suppressed_at IS NULL AND point.target <> ''
)
"""  # noqa: S608 (names of tables)


@transaction.atomic
def settle(delivery_id: int) -> None:
    """Withdraws a letter that may not leave because its reader left, or its end passed; one of a paused issue waits."""
    row = IssueDelivery.objects.select_related("issue").filter(pk=delivery_id, state=State.QUEUED).first()
    if row and (row.issue.is_over or row.issue.state == Issue.State.SENDING):
        row.state, row.error = (State.EXPIRED, str(LAPSED)) if row.issue.is_over else (State.CANCELLED, "")
        row.changed_at = now()
        row.save(update_fields=["state", "error", "changed_at"])


def _record(done: Result) -> None:
    rows = IssueDelivery.objects.filter(pk=done.delivery_id)
    moment, error = now(), one_line(done.error)[:300]
    sent = moment if done.state == State.SENT else None
    rows.update(state=done.state, error=error, not_before=done.again, sent_at=sent, changed_at=moment)
    if done.suppress is not None:
        rows.update(bounced_at=now())
        delivery.suppress(point_id=done.suppress, why=ContactPoint.Suppressed.BOUNCED, words=done.error)
    elif done.soft is not None:
        rows.update(soft_at=now())
        delivery.record_soft_failure(point_id=done.soft, words=done.error)


def postpone_domain(*, domain: str, until: datetime) -> int:
    """Holds back the letters to a domain that asks for fewer; returns how many."""
    rows = IssueDelivery.objects.filter(state=State.QUEUED, domain=domain)
    return rows.update(not_before=until)


@transaction.atomic
def stop_issue(*, issue_id: int, words: str) -> None:
    """Pauses an issue because of what the mail server says: someone must look before the rest leaves.

    The addresses that its words name are left out: they outlive the readers.
    """
    issue = Issue.objects.select_for_update().get(pk=issue_id)
    if issue.state == Issue.State.SENDING:
        outbox.hold(issue, without_addresses(words))


@transaction.atomic
def end_issues() -> int:
    """Withdraws the letters whose end has passed, then ends the issues of which nothing waits; returns how many.

    The temporary failures of who received a letter since, without a new failure, are forgotten.
    """
    lapsed = IssueDelivery.objects.filter(state=State.QUEUED, issue__expires_at__lte=now())
    lapsed.update(state=State.EXPIRED, error=str(LAPSED), changed_at=now())
    waiting = IssueDelivery.objects.filter(issue=OuterRef("pk"), state__in=(State.QUEUED, State.SENDING))
    over = list(Issue.objects.select_for_update().filter(~Exists(waiting), state=Issue.State.SENDING))
    for issue in over:
        issue.state, issue.ended_at = Issue.State.SENT, now()
        issue.save(update_fields=["state", "ended_at"])
        issue.note(Journal.Action.ENDED)
        since = IssueDelivery.objects.filter(
            point=OuterRef("point"), state=State.SENT, soft_at=None, bounced_at=None, pk__lt=OuterRef("pk")
        ).filter(sent_at__gt=OuterRef("point__soft_failed_at"))
        healthy = issue.deliveries.filter(Exists(since), point__soft_failures__gt=0, state=State.SENT, soft_at=None)
        delivery.reset_soft_failures(point_ids=list(healthy.values_list("point", flat=True)))
    return len(over)
