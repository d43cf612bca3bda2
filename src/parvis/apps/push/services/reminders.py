"""What the subscribed devices are told of their day: collections, parking, works, water. Each once.

The day is that of `schedules`: nothing is told that is not known there, nor an example outside the demonstration.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.db.models import CharField, Exists, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from parvis.apps.places.models import Street
from parvis.apps.places.queries.placing import SectorMap
from parvis.apps.push.models import OutgoingPush, Subscription
from parvis.apps.push.rules.notes import Kind as NoteKind
from parvis.apps.push.rules.notes import PushNote
from parvis.apps.push.services.outgoing import queue_pushes
from parvis.apps.schedules.models import RoadNotice
from parvis.apps.schedules.queries.collections import pickups_in
from parvis.apps.schedules.queries.parking import Tonight, last_declaration, rule_in_force, tonight_by
from parvis.apps.schedules.queries.provenance import zone
from parvis.apps.schedules.queries.sectors import collection_sector
from parvis.apps.schedules.queries.works import URGENT, notice_view, place_of, published
from parvis.apps.schedules.rules.affected_area import Stage, Touch
from parvis.apps.schedules.rules.nights import Verdict, Word
from parvis.lib import clock, quebec

EVENING, NIGHT = time(17), time(21)  # when the collections of the next day are told
MORNING = time(8)  # works are told by day
A_DAY = timedelta(days=1)
LIFTED_TOLD = timedelta(days=2)  # the end of a water notice, to those who were told that it was in force
Kind, State = Subscription.Kind, OutgoingPush.State
Note = tuple[int, str, PushNote]


def remind(*, at: datetime | None = None) -> int:
    """Queues what the subscribed devices must be told at this moment; returns how many notices are new.

    The collections of tomorrow from 17:00 to 21:00; parking once it is declared for the night, and its withdrawal;
    works when they begin or the day before, by day; a water notice at once, and its end. The number of queries depends
    on the notices and the sectors, not on the subscriptions.
    """
    moment = at or clock.now()
    local = moment.astimezone(zone())
    notes: list[Note] = []
    if EVENING <= local.time() < NIGHT:
        notes += _pickups(local.date() + A_DAY, moment)
    notes += _parking(moment)
    notes += _notices(moment)
    return queue_pushes(notes=notes) if notes else 0


def _untold(kind: str, prefix: str, *told: Exists) -> list[Subscription]:
    """The subscriptions of live devices to a kind for which nothing was queued under `prefix`; with `told`, those that
    were told something before. One query.
    """
    queued = Exists(OutgoingPush.objects.filter(key=_key_in_query(prefix)))
    rows = Subscription.objects.filter(~queued, *told, kind=kind, device__gone_at=None)
    return list(rows.select_related("device", "address__street", "address__sector").order_by("pk"))


def _was_told(**how: object) -> Exists:
    states = (State.QUEUED, State.SENT)
    return Exists(OutgoingPush.objects.filter(device=OuterRef("device_id"), state__in=states, **how))


def _key(prefix: str, row: Subscription) -> str:
    return f"{prefix}-{row.device_id}-{row.address_id}"


def _key_in_query(prefix: str) -> Concat:
    """As `_key`, of the subscription of the outer query."""
    return Concat(Value(f"{prefix}-"), _text("device_id"), Value("-"), _text("address_id"))


def _text(column: str) -> Cast:
    return Cast(OuterRef(column), CharField())


def _sectors(rows: list[Subscription]) -> SectorMap:
    return SectorMap({row.address.street_id for row in rows})


def _page() -> str:
    return reverse("public:app")


def _pickups(day: date, moment: datetime) -> Iterator[Note]:
    """The evening before, once for each device, day and address. Each sector is worked out once in each language."""
    known: dict[tuple[int, str], list[str]] = {}
    prefix = f"pickups-{day}"
    if not (rows := _untold(Kind.PICKUPS, prefix)):
        return
    sectors = _sectors(rows)
    for row in rows:
        sector, language = collection_sector(row.address, sectors), row.device.language
        if sector is None:
            continue
        with translation.override(language):
            if (sector.pk, language) not in known:
                streams = pickups_in(sector, moment).streams
                known[sector.pk, language] = [stream.title for stream in streams if stream.day == day]
            if titles := known[sector.pk, language]:
                title = _("Tomorrow: %(streams)s") % {"streams": quebec.join(titles, language)}
                note = PushNote(title, row.address.label, _page(), NoteKind.REMINDER, f"pickups-{row.address_id}")
                yield row.device_id, _key(prefix, row), note


def _parking(moment: datetime) -> Iterator[Note]:
    """What was declared for the current or coming night; what is declared later replaces it. A withdrawal is told to
    those who were told what it withdraws.
    """
    rule = rule_in_force()
    declared = last_declaration(rule, moment)
    if declared is None:
        return
    withdrawn, prefix = declared.word == Word.WITHDRAWN, f"parking-{declared.pk}"
    topic = f"night-{declared.night}"
    told_before = _was_told(topic=Concat(Value(f"{topic}-"), _text("address_id")))
    answers: dict[tuple[str, int | None], Tonight] = {}
    for row in _untold(Kind.PARKING, prefix, *([told_before] if withdrawn else [])):
        street, language = row.address.street, row.device.language
        with translation.override(language):
            same = (language, None if street.owner == Street.Owner.TOWN else street.pk)
            if same not in answers:
                answers[same] = tonight_by(rule, declared, row.address, moment)
            if title := _parking_title(answers[same], withdrawn=withdrawn):
                body = f"{row.address.label}. {answers[same].words}"
                note = PushNote(title, body, _page(), NoteKind.REMINDER, f"{topic}-{row.address_id}")
                yield row.device_id, _key(prefix, row), note


def _parking_title(told: Tonight, *, withdrawn: bool) -> str:
    if withdrawn:
        return _("Parking tonight: the decision is withdrawn, to be checked")
    titles = {
        Verdict.ALLOWED: _("Tonight, parking in the street is allowed"),
        Verdict.FORBIDDEN: _("Tonight, no parking in the street"),
    }
    return titles.get(told.verdict, "")


def _notices(moment: datetime) -> Iterator[Note]:
    """Water notices in force or just lifted, and works that begin, for the addresses that they touch."""
    local = moment.astimezone(zone())
    today, by_day = local.date(), MORNING <= local.time() < NIGHT
    water = Q(kind__in=URGENT, first_day__lte=today)
    water &= Q(lifted_at__gte=moment - LIFTED_TOLD) | Q(lifted_at=None) & (Q(last_day=None) | Q(last_day__gte=today))
    works = ~Q(kind__in=URGENT) & Q(first_day__range=(today, today + A_DAY))
    soon = [row for row in published().filter(water | works if by_day else water) if _is_told(row, today)]
    for notice in soon:
        stage = notice.days.stage(today)
        kind, said = (Kind.WATER, str(stage)) if notice.kind in URGENT else (Kind.WORKS, "works")
        prefix = f"notice-{notice.pk}-{said}"
        before = _was_told(key=_key_in_query(f"notice-{notice.pk}-{Stage.IN_FORCE}"))
        rows = _untold(kind, prefix, *([before] if said == Stage.LIFTED else []))
        sectors = _sectors(rows) if rows and notice.sector_id else None
        for row in rows:
            touch = notice.area.touch(place_of(row.address, [notice], sectors))
            if touch != Touch.NO:
                yield row.device_id, _key(prefix, row), _about(row, notice, today, sure=touch == Touch.YES)


def _is_told(notice: RoadNotice, today: date) -> bool:
    """Whether a notice is told now. The end of a water notice is told, so that nobody boils water for nothing."""
    water = notice.kind in URGENT
    return notice.days.stage(today) in (Stage.IN_FORCE, Stage.LIFTED if water else Stage.COMING)


def _about(row: Subscription, notice: RoadNotice, today: date, *, sure: bool) -> PushNote:
    with translation.override(row.device.language):
        view = notice_view(notice, today, sure=sure)
        lifted = view.stage == Stage.LIFTED
        title = _("Lifted: %(what)s") % {"what": view.title} if lifted else view.title
        body = " ".join([f"{row.address.label}.", view.words, *view.lines[:1]])
    url = reverse("public:my_address", args=[row.address_id])
    kind = NoteKind.ALERT if notice.kind in URGENT else NoteKind.REMINDER
    return PushNote(title, body, url, kind, f"notice-{notice.pk}")
