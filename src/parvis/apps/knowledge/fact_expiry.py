"""The owner of a fact is told before it lapses, and when it did."""

from datetime import date, timedelta

from django.db import transaction

from parvis.apps.directory.models import Department
from parvis.apps.knowledge.models import Fact
from parvis.apps.mail import queries as letters
from parvis.apps.mail import services as mail
from parvis.lib import clock
from parvis.lib.errors import Invalid

DAYS_BEFORE = (0, 14, 60)


def stage(last: date, today: date) -> int | None:
    """Which letter is due for a fact whose last day that is: 0 once it has lapsed, 14 or 60 days before; else None."""
    left = (last - today).days
    if left < 0:
        return 0
    return next((days for days in DAYS_BEFORE[1:] if left <= days), None)


def reach_of(owner: Department) -> tuple[str, str]:
    """The address and the language of whoever answers for the facts of a department: its head, else the department.

    "" when neither has an address. Reads `head`.
    """
    head = owner.head
    if head is not None and head.is_active and head.email:
        return head.email, head.language
    return owner.email, "fr"


def tell_owners() -> int:
    """Queue one letter for each current fact that lapses within 60 days, 14 days, or has lapsed; returns how many.

    Each stage of a version is told once, the later one alone when several are due. An example is nobody's value: the
    editor's space lists it, no letter does. A fact whose owner has no address is told by `parvis check-knowledge`.
    """
    today = clock.today()
    rows = Fact.objects.filter(replaced_at=None, example=False, valid_to__lte=today + timedelta(days=max(DAYS_BEFORE)))
    due = {f"fact-{row.pk}-{_stage(row, today)}": row for row in rows.select_related("owner__head").order_by("pk")}
    before = letters.by_keys(due)
    return sum(_tell(key, fact) for key, fact in due.items() if key not in before)


def _stage(fact: Fact, today: date) -> int | None:
    return stage(fact.valid_to, today) if fact.valid_to else None


@transaction.atomic
def _tell(key: str, fact: Fact) -> int:
    to, language = reach_of(fact.owner)
    if not to:
        return 0
    try:
        mail.queue(key=key, to=to, language=language, renderer="parvis.apps.knowledge.letters.lapse", args=[fact.pk])
    except Invalid:
        return 0
    return 1
