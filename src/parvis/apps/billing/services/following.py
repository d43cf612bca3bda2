"""What is asked again each minute, so that nothing depends on a webhook, nor on one worker."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from parvis.apps.billing.models import PaymentAttempt, Refund
from parvis.apps.billing.services.events import late_events
from parvis.apps.billing.services.payments import END, HANDLE
from parvis.apps.billing.services.sending import ATTEMPTS, REFUNDS
from parvis.apps.outbox import services as outbox
from parvis.apps.outbox.models import State
from parvis.apps.outbox.services import MOST_ASKED
from parvis.lib.clock import now
from parvis.lib.jobs import enqueue, job

LOOK = job("parvis.apps.billing.tasks.look_at_attempt", urgent=True)  # somebody waits for the answer
LOOK_AT_REFUND = job("parvis.apps.billing.tasks.look_at_refund")
ASKED_AGAIN_AFTER = timedelta(minutes=2)
REFUND_ASKED_AGAIN_AFTER = timedelta(minutes=15)
LATE_EVENT = timedelta(minutes=1)
SOON = timedelta(seconds=10)
Stage = PaymentAttempt.Stage


def ask_for_what_waits() -> None:
    """Asks for a job for each page to make or to end, payment to look at again, refund to ask for or to look at, and
    event that was not handled. Runs every minute.
    """
    outbox.ask_for_due(ATTEMPTS)
    outbox.ask_for_due(REFUNDS)
    ask_about_attempts()
    ask_about_refunds()
    _ask(HANDLE, list(late_events(now() - LATE_EVENT)[:MOST_ASKED]))


@transaction.atomic
def ask_about_attempts() -> None:
    """Has the attempts whose time is over ended, and what became of the others asked for, two minutes after they were
    last asked about: what a webhook never told is known within five minutes.
    """
    moment = now()
    opened = PaymentAttempt.objects.filter(stage__in=PaymentAttempt.OPEN)
    free = Q(asked_at=None) | Q(asked_at__lte=moment - timedelta(seconds=50))
    over = list(opened.filter(free, pay_before__lte=moment).order_by("pk").values_list("pk", flat=True)[:MOST_ASKED])
    long_ago = Q(asked_at=None, sent_at__lte=moment - timedelta(minutes=1))
    long_ago |= Q(asked_at__lte=moment - ASKED_AGAIN_AFTER)
    others = opened.exclude(session_id="").filter(long_ago, pay_before__gt=moment).order_by("asked_at", "pk")
    unsure = list(others.values_list("pk", flat=True)[:MOST_ASKED])
    PaymentAttempt.objects.filter(pk__in=[*over, *unsure]).update(asked_at=moment)
    _ask(END, over)
    _ask(LOOK, unsure)


@transaction.atomic
def ask_soon(*, attempt: PaymentAttempt) -> bool:
    """Has what became of an open attempt asked of the provider now, since somebody looks at it: once in ten seconds.

    One whose time is over is ended. Returns whether it was asked for.
    """
    moment = now()
    free = Q(asked_at=None) | Q(asked_at__lte=moment - SOON)
    rows = PaymentAttempt.objects.filter(free, pk=attempt.pk, stage__in=PaymentAttempt.OPEN).exclude(session_id="")
    asked = bool(rows.update(asked_at=moment))
    if asked:
        enqueue(END if attempt.is_over(moment) else LOOK, attempt.pk)
    return asked


@transaction.atomic
def ask_about_refunds() -> None:
    """Has what became of the refunds that the provider took, and has not done, asked for now and then."""
    moment = now()
    free = Q(not_before=None) | Q(not_before__lte=moment)
    taken = Refund.objects.filter(free, state=State.SENT, done_at=None).order_by("pk")
    ids = list(taken.values_list("pk", flat=True)[:MOST_ASKED])
    Refund.objects.filter(pk__in=ids).update(not_before=moment + REFUND_ASKED_AGAIN_AFTER)
    _ask(LOOK_AT_REFUND, ids)


def _ask(job_name: str, ids: Iterable[int]) -> None:
    for row_id in ids:
        enqueue(job_name, row_id)
