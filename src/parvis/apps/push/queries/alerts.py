"""Who is told a message of the town, and what became of it, by topic."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.models import Count, Max, Q

from parvis.apps.outbox.models import PENDING, UNDELIVERED, State
from parvis.apps.places.queries.placing import SectorMap
from parvis.apps.push.models import OutgoingPush, Subscription


def devices_for(kinds: Collection[str], sectors: Collection[int], streets: Collection[int]) -> dict[int, str]:
    """The live devices that asked for any of these kinds at an address in the area, each once: {id: language}.

    Without sectors nor streets: the whole town. One query for the whole town or streets, three with sectors.
    """
    rows = Subscription.objects.filter(kind__in=kinds, device__gone_at=None)
    if not sectors:
        if streets:
            rows = rows.filter(address__street__in=streets)
        return dict(rows.values_list("device_id", "device__language").distinct())
    among, result = SectorMap(), {}
    for row in rows.select_related("address", "device"):
        placed = among.of_address(row.address).values()
        if row.address.street_id in streets or any(sector and sector.pk in sectors for sector in placed):
            result[row.device_id] = row.device.language
    return result


def devices_told(topic: str) -> dict[int, str]:
    """The devices to which a notice of this topic was sent, or may have been, its answer lost: {id: language}."""
    perhaps = Q(attempts__gt=0) & ~Q(state=State.FAILED)
    rows = OutgoingPush.objects.filter(Q(state=State.SENT) | perhaps, topic=topic, device__gone_at=None)
    return dict(rows.values_list("device_id", "device__language").distinct())


@dataclass(frozen=True)
class Counts:
    """How many notices of a topic there are by state, and one error of those refused."""

    total: int
    sent: int
    waiting: int
    failed: int
    gone: int
    error: str


def counts_by_topic(suffixes: Mapping[str, str]) -> dict[str, Counts]:
    """The counts of each topic, of the notices whose key ends with the suffix given for it; one query."""
    chosen = Q(pk__in=[])
    for topic, suffix in suffixes.items():
        chosen |= Q(topic=topic, key__endswith=suffix)
    lost = Q(state__in=UNDELIVERED, result="")
    rows = OutgoingPush.objects.filter(chosen).order_by().values("topic")
    rows = rows.annotate(
        total=Count("pk"),
        sent=Count("pk", filter=Q(state=State.SENT)),
        waiting=Count("pk", filter=Q(state__in=PENDING)),
        failed=Count("pk", filter=lost),
        gone=Count("pk", filter=~Q(result="")),
        error=Max("error", filter=lost),
    )
    return {
        row["topic"]: Counts(row["total"], row["sent"], row["waiting"], row["failed"], row["gone"], row["error"] or "")
        for row in rows
    }
