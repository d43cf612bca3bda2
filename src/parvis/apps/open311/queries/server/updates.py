"""The steps of requests, as programs that copy them ask for (`servicerequestupdates`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.queries.public_cases import public_cases
from parvis.apps.cases.queries.reversals import closed_by_mistake, not_reversed
from parvis.apps.directory.models import ApiKey
from parvis.apps.open311.queries.server.requests import in_sectors
from parvis.apps.open311.rules.server.statuses import Status

K = Entry.Kind
STEPS = (K.TAKEN, K.ASKED, K.WAITING, K.RESUMED, K.PROMISED, K.VISIT, K.CLOSED, K.REOPENED)


@dataclass(frozen=True)
class Update:
    """One step of a request: the entry of its journal, the status after it. Its words are not for programs."""

    entry: Entry
    status: Status

    @property
    def number(self) -> str:
        """Its identifier, the same at each reading."""
        return f"{self.entry.case.reference}-{self.entry.seq}"


def updates(
    start: datetime,
    end: datetime,
    *,
    references: Sequence[str] = (),
    key: ApiKey | None = None,
    sectors: Sequence[str] = (),
    offset: int = 0,
    limit: int,
) -> tuple[list[Update], bool]:
    """A page of the steps between two moments of what the public sees, or the key sent, in their order; whether others
    follow. One query, and one more with sectors.

    Read from the cases that changed since, by their index: the journal has none by time.
    """
    public = public_cases().filter(in_sectors(sectors), changed_at__gte=start)
    readable = Q(case__in=public.select_related(None).prefetch_related(None).order_by().values("pk"))
    if key:
        sent = Case.objects.filter(submission__api_key=key, changed_at__gte=start)
        readable |= Q(case__in=sent.order_by().values("pk"))
    rows = Entry.objects.filter(not_reversed(), readable, kind__in=STEPS, at__gte=start, at__lte=end)
    rows = rows.exclude(closed_by_mistake())
    if references:
        rows = rows.filter(case__reference__in=references)
    found = list(rows.select_related("case").order_by("at", "pk")[offset : offset + limit + 1])
    status = {True: Status.CLOSED, False: Status.OPEN}
    return [Update(entry, status[entry.kind == K.CLOSED]) for entry in found[:limit]], len(found) > limit
