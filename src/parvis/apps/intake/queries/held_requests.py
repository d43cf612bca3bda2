"""Requests of the public form that wait for someone to look at them."""

from parvis.apps.intake.models import Contact, HeldRequest

MOST = 50


def held_requests(*, set_aside: bool = False) -> list[HeldRequest]:
    """Those to look at, oldest first, or those set aside as spam, newest first; MOST at most. Two queries."""
    rows = HeldRequest.objects.select_related("contact", "subject__department").prefetch_related("contact__files")
    if set_aside:
        return list(
            rows.filter(contact__state=Contact.State.SPAM).exclude(values={}).order_by("-settled_at", "-pk")[:MOST]
        )
    return list(rows.filter(settled_at=None, contact__state=Contact.State.WAITING).order_by("at", "pk")[:MOST])


def held_count() -> int:
    """How many wait; one query by an index."""
    return HeldRequest.objects.filter(settled_at=None, contact__state=Contact.State.WAITING).count()


def held_by_key(key: str) -> HeldRequest | None:
    """The request kept under the key of a sending, with its contact, whether it still waits or not."""
    return HeldRequest.objects.select_related("contact", "subject").filter(contact__key=key).first()
