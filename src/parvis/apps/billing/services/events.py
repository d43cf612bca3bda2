"""What becomes of what a provider told: handled, tried again, set aside, and there tried again or closed by someone."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from parvis.apps.billing.models import ProviderEvent
from parvis.apps.billing.services.payments import HANDLE
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.lib.clock import now
from parvis.lib.errors import Conflict
from parvis.lib.jobs import enqueue

WAITS = (timedelta(minutes=2), timedelta(minutes=10))
"""How long one waits after each try that failed; after the last one more, it is set aside."""
TRIES = len(WAITS) + 1


def late_events(until: datetime) -> "QuerySet[ProviderEvent, int]":
    """The events received before a moment that are to be handled now, by id, the oldest first."""
    free = Q(not_before=None) | Q(not_before__lte=now())
    rows = ProviderEvent.objects.filter(free, handled_at=None, set_aside_at=None, received_at__lte=until)
    return rows.order_by("pk").values_list("pk", flat=True)


@transaction.atomic
def mark_handled(*, event: ProviderEvent, error: str = "") -> None:
    """Records that an event was handled; `error`: why nothing could be done of it."""
    ProviderEvent.objects.filter(pk=event.pk, handled_at=None).update(handled_at=now(), error=error[:300])


@transaction.atomic
def record_failure(*, event: ProviderEvent, error: str) -> bool:
    """Records that an event could not be handled: it is tried again later, or set aside at the third time.

    Whether it is set aside. It keeps its body, and why.
    """
    row = ProviderEvent.objects.select_for_update().get(pk=event.pk)
    if row.handled_at or row.set_aside_at:
        return False
    row.tries, row.error, moment = row.tries + 1, error[:300], now()
    aside = row.tries >= TRIES
    row.not_before = None if aside else moment + WAITS[row.tries - 1]
    row.set_aside_at = moment if aside else None
    row.save(update_fields=["tries", "error", "not_before", "set_aside_at"])
    return aside


@transaction.atomic
def try_again(*, event: ProviderEvent, by: User) -> None:
    """Has an event that was set aside tried once more, by a job; set aside again when that fails. Raises NotAllowed,
    and Conflict for one that is not set aside.
    """
    by.require(Action.READ_LEDGER, _("Your role does not read the treasury."))
    rows = _set_aside(event).update(set_aside_at=None, not_before=None, tries=TRIES - 1)
    if not rows:
        raise Conflict(_("This message is no longer set aside."))
    enqueue(HANDLE, event.pk)


@transaction.atomic
def close(*, event: ProviderEvent, by: User) -> None:
    """Records that nothing is to be done of an event that was set aside; it stays, with why. Raises NotAllowed, and
    Conflict for one that is not set aside.
    """
    by.require(Action.READ_LEDGER, _("Your role does not read the treasury."))
    if not _set_aside(event).update(set_aside_at=None, handled_at=now(), closed_by=by):
        raise Conflict(_("This message is no longer set aside."))


def _set_aside(event: ProviderEvent) -> "QuerySet[ProviderEvent]":
    return ProviderEvent.objects.filter(pk=event.pk, handled_at=None, set_aside_at__isnull=False)
