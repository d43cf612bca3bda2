"""Who is told of a message: each person once for each channel."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from django.db.models import Q

from parvis.apps.catalogue.models import Subject
from parvis.apps.newsletter.models import ContactPoint, Subscription, WatchedPlace
from parvis.apps.newsletter.queries.points import page_url, unsubscribe_url
from parvis.apps.places.models import Segment
from parvis.apps.places.queries.placing import SectorMap
from parvis.apps.telephony.queries import calls as voice
from parvis.apps.telephony.queries import texts

CHUNK = 5_000
Kind = Subscription.Kind


@dataclass(frozen=True)
class Recipient:
    """Where a message goes: `id` is that of the contact point, `channel` email, text or voice, `target` an address or
    a number in E.164. `unsubscribe_url` leaves at once when it is posted to; `preferences_url` is the page of choices.
    """

    id: int
    channel: str
    target: str
    language: str
    unsubscribe_url: str
    preferences_url: str


def recipients(
    *,
    kind: str,
    subject_id: int | None = None,
    groups: Collection[int] = (),
    sectors: Collection[int] = (),
    streets: Collection[int] = (),
    channel: str = "",
) -> list[Recipient]:
    """Who asked for `kind`, in a constant number of queries; in the order in which they subscribed.

    `subject_id` or `groups` (families of subjects) choose among those who asked for some subjects only. `sectors` and
    `streets` choose those who watch a place there, and those who named no place: they asked for the whole town. The
    sectors of an address are those of `places`, by segment first. Left out: what is not confirmed, what bounced or
    complained, and the numbers that refuse texts, or calls.
    """
    wanted = set(groups)
    if subject_id is not None:
        wanted |= set(Subject.objects.filter(pk=subject_id).values_list("group", flat=True))
    rows = Subscription.objects.filter(kind=kind, point__confirmed_at__isnull=False, point__suppressed_at=None)
    rows = rows.exclude(point__target="")
    if wanted:
        rows = rows.filter(Q(group=None) | Q(group__in=wanted))
    if channel:
        rows = rows.filter(point__channel=channel)
    names = ("point", "point__channel", "point__target", "point__secret", "point__subscriber")
    found = {
        row[0]: row
        for row in rows.order_by("point").values_list(*names, "point__subscriber__language").distinct().iterator()
    }
    if sectors or streets:
        elsewhere = _elsewhere(set(sectors), set(streets))
        found = {pk: row for pk, row in found.items() if row[4] not in elsewhere}
    refusing = {
        way: _refusing((row[2] for row in found.values() if row[1] == way), among) for way, among in _REFUSED.items()
    }
    return [
        Recipient(pk, way, target, language, unsubscribe_url(secret, kind), page_url(secret))
        for pk, way, target, secret, _subscriber, language in found.values()
        if target not in refusing.get(way, ())
    ]


def recipient_count(*, kind: str, groups: Collection[int], sectors: Collection[int], streets: Collection[int]) -> int:
    """The number of letters that an issue would be."""
    found = recipients(kind=kind, groups=groups, sectors=sectors, streets=streets, channel=ContactPoint.Channel.EMAIL)
    return len(found)


_REFUSED: dict[str, Callable[[Iterable[str]], set[str]]] = {
    ContactPoint.Channel.TEXT: texts.refusing,
    ContactPoint.Channel.VOICE: voice.refusing,
}


def _refusing(numbers: Iterable[str], refused: Callable[[Iterable[str]], set[str]]) -> set[str]:
    every, found = list(numbers), set[str]()
    for start in range(0, len(every), CHUNK):
        found |= refused(every[start : start + CHUNK])
    return found


def _elsewhere(sectors: set[int], streets: set[int]) -> set[int]:
    """The subscribers who watch places, none of them concerned."""
    rows = list(WatchedPlace.objects.select_related("address"))
    by_sector = SectorMap({row.address.street_id for row in rows if row.address}) if sectors else None
    crossed = dict[int, set[int]]()  # the sectors of each street
    for street, sector in Segment.objects.values_list("street", "sector"):
        crossed.setdefault(street, set()).add(sector)

    def concerns(row: WatchedPlace) -> bool:
        if row.address:
            placed = by_sector.of_address(row.address).values() if by_sector else ()
            return row.address.street_id in streets or any(sector and sector.pk in sectors for sector in placed)
        if row.street_id:
            return row.street_id in streets or bool(crossed.get(row.street_id, set()) & sectors)
        return row.sector_id in sectors or any(row.sector_id in crossed.get(street, ()) for street in streets)

    concerned = {row.subscriber_id for row in rows if concerns(row)}
    return {row.subscriber_id for row in rows} - concerned
