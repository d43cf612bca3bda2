"""Notifies the owner of a fact before it expires, and once it has."""

from datetime import date, timedelta

from django.db import transaction

from parvis.apps.content.models import Fact
from parvis.apps.directory.models import Department
from parvis.apps.mail import queries as letters
from parvis.apps.mail.services.outgoing import queue_letter
from parvis.lib import clock
from parvis.lib.errors import Invalid

DAYS_BEFORE = (0, 14, 60)


def stage(last: date, today: date) -> int | None:
    """The letter due for a fact with that last day: 0 once expired, 14 or 60 days before; None when too early."""
    left = (last - today).days
    if left < 0:
        return 0
    return next((days for days in DAYS_BEFORE[1:] if left <= days), None)


def reach_of(owner: Department) -> tuple[str, str]:
    """The address ("" if none) and language for a department's facts: its head's, else its own. Reads `head`."""
    head = owner.head
    if head is not None and head.is_active and head.email:
        return head.email, head.language
    return owner.email, "fr"


def tell_owners() -> int:
    """Queue a letter for each current fact that expires within 60 or 14 days, or has expired; returns the number.

    Each stage of a version is sent once; when several are due, only the latest. Examples are listed in the editor's
    space and get no letter; facts whose owner has no address are reported by `parvis check-knowledge`.
    """
    today = clock.today()
    rows = Fact.objects.filter(replaced_at=None, example=False, valid_to__lte=today + timedelta(days=max(DAYS_BEFORE)))
    facts = rows.select_related("owner__head").order_by("pk")
    due = {f"fact-{fact.pk}-{stage(fact.valid_to, today)}": fact for fact in facts if fact.valid_to}
    sent = letters.by_keys(due)
    return sum(_queue_letter(key, fact) for key, fact in due.items() if key not in sent)


@transaction.atomic
def _queue_letter(key: str, fact: Fact) -> int:
    to, language = reach_of(fact.owner)
    if not to:
        return 0
    try:
        queue_letter(key=key, to=to, language=language, renderer="parvis.apps.content.letters.lapse", args=[fact.pk])
    except Invalid:
        return 0
    return 1
