"""The use of each answer: how often it was given lately, its opinions, the age of its text."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from parvis.apps.content.models import Answer, Usefulness
from parvis.apps.intake.models import Given
from parvis.lib.clock import now

LATELY = timedelta(days=30)


@dataclass(frozen=True)
class Use:
    """One answer: times given in the last 30 days, opinions, days since its text was published (None: never)."""

    given: int = 0
    useful: int = 0
    not_useful: int = 0
    age: int | None = None

    @property
    def share(self) -> int | None:
        """Percent of opinions that found it useful; None without opinions."""
        total = self.useful + self.not_useful
        return round(100 * self.useful / total) if total else None


def uses_of(answers: Iterable[Answer]) -> dict[int, Use]:
    """The use of each of these answers, by id; two queries."""
    rows = {answer.pk: answer for answer in answers}
    given = Given.objects.filter(answer__in=list(rows), at__gte=now() - LATELY).order_by().values_list("answer")
    counts = dict(given.annotate(n=Count("pk")))
    votes = Usefulness.objects.filter(answer__in=list(rows)).order_by().values_list("answer")
    totals = {"yes": Count("pk", filter=Q(useful=True)), "no": Count("pk", filter=Q(useful=False))}
    opinions = {pk: (yes, no) for pk, yes, no in votes.annotate(**totals)}
    ages = {pk: _age(answer.last_published_at) for pk, answer in rows.items()}
    return {pk: Use(counts.get(pk, 0), *opinions.get(pk, (0, 0)), age) for pk, age in ages.items()}


def _age(published: datetime | None) -> int | None:
    return max(0, (now() - published).days) if published else None
