"""Destructions applied again to a restored database, so that no backup brings back what was destroyed."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from parvis.apps.directory.models import Town
from parvis.apps.retention.models import Certificate, Hold, Run
from parvis.apps.retention.queries.registry import rules
from parvis.apps.retention.services import holds, log
from parvis.apps.retention.services.destroying import BATCH, destroy_rows


@dataclass
class Again:
    """What was done again: rows destroyed and those that stayed, by rule; certificates and holds put back; lines of
    the log that cannot be read or are of another town; runs that were approved and must be approved anew.
    """

    destroyed: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    certificates: int = 0
    holds: int = 0
    unread: int = 0
    runs: int = 0


def apply_again(*, since: datetime) -> Again:
    """Does again every destruction, hold and certificate of the log since a moment. Idempotent.

    A run that was approved is proposed again, since what was decided after that moment is lost.
    """
    lines, unread = log.read(_town())
    done = Again(unread=unread)
    with transaction.atomic():
        for line in lines:
            if line.at >= since:
                _apply(line, done)
        approved = Run.objects.filter(state=Run.State.APPROVED)
        done.runs = approved.update(state=Run.State.PROPOSED, decided_at=None, decided_by=None)
    done.left = still_there(since=since)
    return done


def _apply(line: log.Line, done: Again) -> None:
    values = line.values
    if line.what == "destroyed" and (rule := rules().get(values["rule"])):
        for start in range(0, len(values["ids"]), BATCH):
            if gone := destroy_rows(rule, values["ids"][start : start + BATCH]):
                done.destroyed[rule.slug] += len(gone)
    elif line.what == "held":
        done.holds += holds.put_back(line)
    elif line.what == "released":
        Hold.objects.filter(uid=values["hold"], ended_at=None).update(ended_at=line.at)
    elif line.what == "certificate":
        content = {"issued_at": datetime.fromisoformat(values["issued_at"]), "content": values["content"]}
        done.certificates += Certificate.objects.get_or_create(number=values["number"], defaults=content)[1]


def still_there(*, since: datetime) -> Counter[str]:
    """How many rows that were destroyed since a moment still hold their data, by rule, or by an unknown rule's slug.

    To be asked of a database just restored: later, a new row may have the primary key of one that was destroyed.
    """
    left: Counter[str] = Counter()
    for line in log.read(_town())[0]:
        if line.what != "destroyed" or line.at < since:
            continue
        rule, ids = rules().get(line.values["rule"]), line.values["ids"]
        count = len(rule.left(ids)) if rule else len(ids)
        if count:
            left[line.values["rule"]] += count
    return left


def _town() -> str:
    return Town.objects.values_list("slug", flat=True).first() or ""
