"""What comes back of the letters: failures, complaints, people who leave."""

from django.db import transaction

from parvis.apps.newsletter.models import Consent, ContactPoint, IssueDelivery
from parvis.apps.newsletter.services import subscribing
from parvis.apps.newsletter.services.subscribing import Origin
from parvis.apps.newsletter.services.suppression import record_soft_failure, suppress
from parvis.lib.clock import now
from parvis.lib.errors import NotFound
from parvis.lib.words import one_line

Suppressed = ContactPoint.Suppressed


@transaction.atomic
def record_report(*, delivery_id: int, permanent: bool, words: str) -> IssueDelivery | None:
    """Records that a letter came back; None for one that is not known. The same report twice counts once.

    For good: nothing more is sent to the address. For now: it is counted
    (`record_soft_failure`).
    """
    delivery = IssueDelivery.objects.select_for_update().filter(pk=delivery_id).first()
    if delivery is None:
        return None
    if permanent and delivery.bounced_at is None:
        delivery.bounced_at, delivery.error = now(), one_line(words)[:300]
        delivery.save(update_fields=["bounced_at", "error"])
        if delivery.point_id:
            suppress(point_id=delivery.point_id, why=Suppressed.BOUNCED, words=words)
    elif not permanent and delivery.soft_at is None:
        delivery.soft_at, delivery.error = now(), one_line(words)[:300]
        delivery.save(update_fields=["soft_at", "error"])
        if delivery.point_id:
            record_soft_failure(point_id=delivery.point_id, words=words)
    return delivery


@transaction.atomic
def record_complaint(*, delivery_id: int) -> IssueDelivery | None:
    """Records that a reader marked a letter as unwanted: nothing more is sent to them. None for one not known."""
    delivery = IssueDelivery.objects.select_for_update().filter(pk=delivery_id).first()
    if delivery and delivery.complained_at is None:
        delivery.complained_at = now()
        delivery.save(update_fields=["complained_at"])
        if delivery.point_id:
            suppress(point_id=delivery.point_id, why=Suppressed.COMPLAINED)
    return delivery


@transaction.atomic
def leave_by_letter(*, secret: str, kind: str, delivery_id: int | None = None, origin: Origin) -> bool:
    """Leaves one kind, from the link of a letter, which is counted; False when it was left before.

    Raises NotFound for an unknown secret.
    """
    left = subscribing.leave(secret=secret, kind=kind, origin=origin)
    if left and delivery_id:
        rows = IssueDelivery.objects.filter(pk=delivery_id, point__secret=secret, left_at=None)
        rows.update(left_at=now())
    return left


@transaction.atomic
def leave_by_mail(*, point_id: int, kind: str) -> bool:
    """Leaves one kind by a message to the leave address, its signature verified; False when it was left before."""
    secret = ContactPoint.objects.filter(pk=point_id).values_list("secret", flat=True).first()
    try:
        return subscribing.leave(secret=secret or "", kind=kind, origin=Origin(Consent.Via.EMAIL))
    except NotFound:
        return False
