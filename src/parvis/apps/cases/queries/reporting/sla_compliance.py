"""How often promises were kept, computed from the cases and their journals."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Exists, F, OuterRef, Q

from parvis.apps.cases.models import Case, Entry, State
from parvis.apps.cases.queries.access import unrestricted
from parvis.apps.cases.queries.reporting.resolution_times import NEVER_DONE
from parvis.apps.catalogue.models import Nature
from parvis.lib.clock import now
from parvis.lib.ttl_cache import TtlCache

LOOKED_BACK = timedelta(days=365)
KEPT_SECONDS = 600.0
ENOUGH = 10


@dataclass(frozen=True)
class Compliance:
    """The cases of one subject closed within a year, and those `kept`: closed for good by the date first promised."""

    kept: int
    closed: int

    @property
    def enough(self) -> bool:
        """Whether there are enough cases to conclude anything."""
        return self.closed >= ENOUGH

    @property
    def tenths(self) -> int:
        """How many times out of ten, rounded down: 10 only when every promise was kept."""
        return self.kept * 10 // self.closed if self.closed else 0


def _count() -> dict[str, Compliance]:
    """One query. A date moved or a case reopened counts as a broken promise; comments have none.

    Neither restricted subjects nor requests carried over from an earlier system are counted.
    """
    closed = Case.objects.filter(unrestricted(), state=State.CLOSED, due_at__isnull=False, carried_over_at=None)
    closed = closed.filter(closed_at__gte=now() - LOOKED_BACK)
    closed = closed.exclude(nature=Nature.COMMENT).exclude(closing_reason__in=NEVER_DONE)
    moved = Entry.objects.filter(case=OuterRef("pk"), kind=Entry.Kind.PROMISED)
    in_time = Q(closed_at__lte=F("due_at"), level=0) & ~Q(Exists(moved))
    rows = closed.values("subject__slug").annotate(total=Count("pk"), kept=Count("pk", filter=in_time)).order_by()
    return {row["subject__slug"]: Compliance(row["kept"], row["total"]) for row in rows}


kept_by_subject = TtlCache(_count, seconds=KEPT_SECONDS)
"""`kept_by_subject()`: the compliance of each subject by slug, cached for ten minutes."""
