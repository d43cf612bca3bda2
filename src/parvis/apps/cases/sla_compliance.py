"""How often the town kept its word, from the journal itself."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Exists, F, OuterRef, Q

from parvis.apps.cases.models import Case, ClosingReason, Entry, State
from parvis.apps.catalogue.models import Nature
from parvis.lib.clock import now
from parvis.lib.ttl_cache import TtlCache

LOOKED_BACK = timedelta(days=365)
KEPT_SECONDS = 600.0
ENOUGH = 10
NEVER_DONE = (ClosingReason.WITHDRAWN, ClosingReason.NO_REPLY, ClosingReason.EARLIER, ClosingReason.MERGED)


@dataclass(frozen=True)
class Compliance:
    """Of the requests of one kind closed within a year, how many were closed by the date first promised, for good."""

    kept: int
    closed: int

    @property
    def enough(self) -> bool:
        """Whether there are enough of them to say anything."""
        return self.closed >= ENOUGH

    @property
    def tenths(self) -> int:
        """How many times out of ten, never rounded up; 10 only when it was every time."""
        return self.kept * 10 // self.closed if self.closed else 0


def _count() -> dict[str, Compliance]:
    """One query. A date that was moved, or a request reopened, is a promise broken; a comment has none."""
    closed = Case.objects.filter(state=State.CLOSED, closed_at__gte=now() - LOOKED_BACK, due_at__isnull=False)
    closed = closed.exclude(nature=Nature.COMMENT).exclude(closing_reason__in=NEVER_DONE)
    moved = Entry.objects.filter(case=OuterRef("pk"), kind=Entry.Kind.PROMISED)
    in_time = Q(closed_at__lte=F("due_at"), level=0) & ~Q(Exists(moved))
    rows = closed.values("subject__slug").annotate(total=Count("pk"), kept=Count("pk", filter=in_time)).order_by()
    return {row["subject__slug"]: Compliance(row["kept"], row["total"]) for row in rows}


kept_by_subject = TtlCache(_count, seconds=KEPT_SECONDS)
"""`kept_by_subject()`: the record of each subject, by its slug, counted at most every ten minutes."""
