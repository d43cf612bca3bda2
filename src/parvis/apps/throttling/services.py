"""Counts attempts against limits, exactly under any concurrency, in a transaction of their own.

None of these may be called in a transaction: what a refused form rolls back would no longer count, and the others who
count would wait for its end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import time

from django.db import transaction
from django.utils.crypto import salted_hmac

from parvis.apps.throttling.models import Count
from parvis.lib import proof_of_work


@dataclass(frozen=True)
class Limit:
    """At most `times` attempts of `who` at `action` in any `seconds`."""

    action: str
    who: str
    times: int
    seconds: int

    @property
    def key(self) -> str:
        """The key of its count."""
        return salted_hmac("parvis.throttling", f"{self.action}:{self.who}", algorithm="sha256").hexdigest()

    def recent(self, made: Sequence[int], moment: int) -> list[int]:
        """Those of the attempts that still count at that moment."""
        return [each for each in made if each + self.seconds * 1000 > moment]

    def wait(self, made: Sequence[int], moment: int) -> float:
        """The seconds until one more attempt is within the limit; 0 when it already is."""
        recent = self.recent(made, moment)
        if len(recent) < self.times:
            return 0
        return (recent[-self.times] + self.seconds * 1000 - moment) / 1000 if self.times else float(self.seconds)


def within_limit(action: str, who: str, *, times: int, seconds: int) -> bool:
    """Counts one attempt of `who` at `action`; False when `times` were made in the last `seconds`.

    A refused attempt is not counted, so it does not extend the wait.
    """
    return not count_attempt(Limit(action, who, times, seconds))


def count_attempt(*limits: Limit) -> float:
    """Counts one attempt against all the limits together, and returns 0; or against none when it is beyond one of them,
    and returns the seconds to wait.

    A refusal costs one reading and writes nothing, so that a flood of attempts does not hold up those who write.
    """
    wanted = {limit.key: limit for limit in sorted(limits, key=lambda limit: limit.key)}
    moment = _now()
    if wait := _longest_wait(wanted, Count.objects.in_bulk(wanted), moment):
        return wait
    with transaction.atomic(durable=True):
        rows = _lock(wanted)
        moment = _now()
        if wait := _longest_wait(wanted, rows, moment):
            return wait
        for key, limit in wanted.items():
            rows[key].made = [*limit.recent(rows[key].made, moment), moment]
        Count.objects.bulk_update(rows.values(), ["made"])
    return 0


def is_spent(limit: Limit) -> bool:
    """Whether one more attempt would be refused. Counts nothing."""
    return bool(_longest_wait({limit.key: limit}, Count.objects.in_bulk([limit.key]), _now()))


def uncount_attempt(*limits: Limit) -> None:
    """Takes back the latest attempt counted against each limit: it turned out to be a right one."""
    wanted = {limit.key: limit for limit in sorted(limits, key=lambda limit: limit.key)}
    with transaction.atomic(durable=True):
        rows = _lock(wanted)
        for row in rows.values():
            row.made = row.made[:-1]
        Count.objects.bulk_update(rows.values(), ["made"])


def forget_attempts(*limits: Limit) -> None:
    """Takes back every attempt counted against each limit."""
    Count.objects.filter(key__in=[limit.key for limit in limits]).delete()


def proves(payload: str, *, use: str) -> bool:
    """Whether `payload` is the solution of one of our challenges, still valid and never used for anything but `use`.

    The same form sent again after an error (`use` is its key) may show its proof again.
    """
    challenge = proof_of_work.solved(payload)
    if not challenge:
        return False
    ours = Limit("proof", f"{challenge} {use}", 1, proof_of_work.SECONDS)
    any_use = Limit("proof", challenge, 1, proof_of_work.SECONDS)
    return is_spent(ours) or not count_attempt(ours, any_use) or is_spent(ours)


def purge() -> int:
    """Deletes the counts of which no attempt counts any more; returns how many."""
    return Count.objects.filter(expires_at__lte=_date(_now())).delete()[0]


def _lock(wanted: dict[str, Limit]) -> dict[str, Count]:
    """The rows of those counts, in the order of their keys, locked until the transaction ends: made, or kept alive."""
    moment = _now()
    rows = [Count(key=key, expires_at=_date(moment + limit.seconds * 1000)) for key, limit in wanted.items()]
    Count.objects.bulk_create(rows, update_conflicts=True, unique_fields=["key"], update_fields=["expires_at"])
    return Count.objects.in_bulk(wanted)


def _longest_wait(wanted: dict[str, Limit], rows: dict[str, Count], moment: int) -> float:
    return max(limit.wait(rows[key].made if key in rows else [], moment) for key, limit in wanted.items())


def _now() -> int:
    """The real clock, in milliseconds, even where the demonstration's stands still: a wait must end."""
    return int(time() * 1000)


def _date(moment: int) -> datetime:
    return datetime.fromtimestamp(moment / 1000, UTC)
