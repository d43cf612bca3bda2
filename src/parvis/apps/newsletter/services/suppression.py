"""What comes back of the letters: addresses that do not work, complaints."""

from collections.abc import Collection
from datetime import timedelta

from django.db import transaction

from parvis.apps.newsletter.models import Consent, ContactPoint
from parvis.lib.clock import now
from parvis.lib.words import one_line

COUNTED = 5  # temporary failures in a row, after which an address is taken not to work
FORGOTTEN_AFTER = timedelta(days=30)
Suppressed = ContactPoint.Suppressed


@transaction.atomic
def suppress(*, point_id: int, why: str, words: str = "") -> bool:
    """Stops everything to a contact point, at once; False when it was stopped before.

    A complaint withdraws the consent; an address that does not work comes back when it is confirmed again.
    """
    rows = ContactPoint.objects.filter(pk=point_id, suppressed_at=None)
    changed = rows.update(suppressed_at=now(), suppressed_why=why, suppressed_words=one_line(words)[:300])
    if changed and why == Suppressed.COMPLAINED:
        point = ContactPoint.objects.get(pk=point_id)
        kinds = sorted(set(point.subscriptions.values_list("kind", flat=True)))
        point.subscriptions.all().delete()
        Consent.objects.create(
            point=point, action=Consent.Action.WITHDRAWN, kinds=kinds, via=Consent.Via.COMPLAINT, at=now()
        )
        mark_left(point)
    return bool(changed)


def mark_left(point: ContactPoint) -> None:
    """Records, in the caller's transaction, that nothing is sent any more: to come back asks for a confirmation."""
    point.left_at, point.confirmed_at = now(), None
    point.save(update_fields=["left_at", "confirmed_at"])


@transaction.atomic
def record_soft_failure(*, point_id: int, words: str) -> int:
    """Counts a temporary failure; returns how many in a row. COUNTED of them suppress the address.

    The count starts again FORGOTTEN_AFTER the last one, and when a letter goes through (`reset_soft_failures`).
    """
    point = ContactPoint.objects.select_for_update().get(pk=point_id)
    recent = point.soft_failed_at is not None and now() - point.soft_failed_at < FORGOTTEN_AFTER
    point.soft_failures, point.soft_failed_at = (point.soft_failures + 1 if recent else 1), now()
    point.save(update_fields=["soft_failures", "soft_failed_at"])
    if point.soft_failures >= COUNTED:
        suppress(point_id=point_id, why=Suppressed.BOUNCED, words=words)
    return point.soft_failures


def reset_soft_failures(*, point_ids: Collection[int]) -> int:
    """Forgets the temporary failures of contact points to which a letter went through since; returns how many."""
    rows = ContactPoint.objects.filter(pk__in=point_ids, soft_failures__gt=0)
    return rows.update(soft_failures=0)
