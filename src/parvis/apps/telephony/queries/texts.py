"""Queries on text messages, and on what they cost."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial

from django.conf import settings
from django.db.models import Count, Max, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from parvis.apps.outbox.models import CALLED_OFF, PERHAPS_LEFT, PERHAPS_SENT, TOO_LATE, State
from parvis.apps.telephony.models import NOT_SERVED, NUMBER_REFUSES, IncomingText, Medium, OutgoingText, SendingDecision
from parvis.apps.telephony.queries import refusals
from parvis.apps.telephony.rules import sending
from parvis.lib.clock import today
from parvis.lib.traffic import Traffic, counted_since

Kind, Result = OutgoingText.Kind, OutgoingText.Result
STOPPED = "stopped"
REASONS = {
    TOO_LATE: _("Its end had passed: not sent."),
    CALLED_OFF: _("Called off before it left."),
    NUMBER_REFUSES: _("The number asked for no more texts (STOP)."),
    PERHAPS_LEFT: _("It may have left, and is not sent again."),
    NOT_SERVED: _("No text goes to this number: it is not an ordinary one of Canada or the United States."),
    STOPPED: _("A manager had paused the texts."),
}  # why a text did not leave, or may not have, by what its `error` says
ENDLESS = 2**31
JOURNAL = 10  # decisions shown
refusing = partial(refusals.refusing, Medium.TEXT)


def enabled() -> bool:
    """Whether texts may be sent: a provider is set, or it is the demonstration, where they are only kept."""
    return bool(settings.PARVIS_TEXTS or settings.PARVIS_TEXTS_KEPT)


def arrivals() -> Traffic:
    """The texts that came. One query."""
    midnight, since = counted_since()
    came = IncomingText.objects.filter(outcome__in=["", *IncomingText.Outcome.values], received_at__gte=since)
    return Traffic(
        **came.aggregate(
            came_today=Count("pk", filter=Q(received_at__gte=midnight)), came=Count("pk"), last_at=Max("received_at")
        )
    )


def last_thread(number: str, since: datetime) -> str:
    """The thread of the last text that left for this number since a moment and had one; "" without one."""
    rows = OutgoingText.objects.filter(to=number, sent_at__gte=since).exclude(thread="")
    return rows.order_by("-sent_at", "-pk").values_list("thread", flat=True).first() or ""


def latest(limit: int = 50) -> list[OutgoingText]:
    """The latest texts, newest first."""
    return list(OutgoingText.objects.order_by("-pk")[:limit])


def reason(text: OutgoingText) -> str:
    """Why a text did not leave, or is held, in words; "" when there is nothing to say."""
    if text.state == State.HELD:
        return str(text.get_held_for_display())
    return str(REASONS.get(text.error, text.error))


def mode() -> str:
    """What leaves now, as a manager decided: ALL, DANGER or NONE of `rules.sending`; one query."""
    return SendingDecision.objects.order_by("-pk").values_list("mode", flat=True).first() or sending.ALL


def decisions() -> list[SendingDecision]:
    """The last decisions of managers, newest first; the first one holds."""
    return list(SendingDecision.objects.select_related("by").order_by("-pk")[:JOURNAL])


def why_held(kind: str) -> str:
    """Why a text of that kind would not leave now: PAUSED, CAPPED of `rules.sending`, or "" when it would."""
    if sending.is_paused(kind, mode()):
        return sending.PAUSED
    return "" if room_of(kind) else sending.CAPPED


def room_of(kind: str) -> int:
    """The parts of that kind that may still leave today; ENDLESS for one without a cap.

    Those that leave at the same instant, in several processes, are not counted by each other.
    """
    cap = settings.PARVIS_TEXTS_A_DAY.get(kind)
    return ENDLESS if cap is None else max(0, cap - used_today(kind))


def used_up() -> list[str]:
    """The kinds whose parts of the day are used up."""
    return [kind for kind in sending.CAPPED_KINDS if not room_of(kind)]


def used_today(kind: str) -> int:
    """The parts of that kind used since midnight: from the moment they are queued for those that are not held
    (AT_ONCE); for the others, those that left or are being handed over.
    """
    rows, midnight = OutgoingText.objects.filter(kind=kind), _midnight(today())
    if kind in sending.AT_ONCE:
        never = Q(result=Result.REFUSED) | Q(state__in=(State.EXPIRED, State.CANCELLED))
        return _parts(rows.filter(queued_at__gte=midnight).exclude(never))
    under_way = rows.filter(state__in=PERHAPS_SENT, attempted_at__gte=midnight, sent_at=None)
    return _parts(rows.filter(sent_at__gte=midnight)) + _parts(under_way)


@dataclass
class KindSpend:
    """What one kind of texts costs: parts of today, of this month and of the last one; the cap of a day, None without
    one; what remains of it; how many texts are held.
    """

    kind: str
    label: str
    today: int
    cap: int | None
    month: int = 0
    last_month: int = 0
    held: int = 0

    @property
    def left(self) -> int | None:
        return None if self.cap is None else max(0, self.cap - self.today)


@dataclass
class DaySpend:
    """What left on one day: texts, parts by kind."""

    day: date
    texts: int = 0
    parts: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return self.parts.total()

    @property
    def cents(self) -> int | None:
        return cost(self.total)

    @property
    def by_kind(self) -> list[tuple[str, int]]:
        """(label, parts), in the order of the kinds."""
        return [(str(kind.label), self.parts[kind]) for kind in Kind if self.parts[kind]]


def cost(parts: int) -> int | None:
    """The estimated cost of so many parts, in cents; None when the settings give no price."""
    price = settings.PARVIS_TEXTS_PRICE
    return None if price is None else round(parts * price)


def spend_by_day(since: date) -> list[DaySpend]:
    """What left on each day since one, that day included, newest first; days without any are left out. One query."""
    rows = OutgoingText.objects.filter(sent_at__gte=_midnight(since)).annotate(day=TruncDate("sent_at"))
    found = dict[date, DaySpend]()
    for row in rows.order_by().values("day", "kind").annotate(texts=Count("pk"), spent=Sum("parts")):
        day = found.setdefault(row["day"], DaySpend(row["day"]))
        day.texts += row["texts"]
        day.parts[row["kind"]] += row["spent"]
    return sorted(found.values(), key=lambda each: each.day, reverse=True)


def spend_by_kind(days: list[DaySpend]) -> list[KindSpend]:
    """The same by kind, from `spend_by_day` since the first of the last month at least, with the caps and the held."""
    month = today().replace(day=1)
    last_month = (month - timedelta(days=1)).replace(day=1)
    held = Counter(
        dict(OutgoingText.objects.filter(state=State.HELD).order_by().values_list("kind").annotate(Count("pk")))
    )
    return [
        KindSpend(
            kind=kind,
            label=str(kind.label),
            today=used_today(kind),
            cap=settings.PARVIS_TEXTS_A_DAY.get(kind),
            month=sum(row.parts[kind] for row in days if row.day >= month),
            last_month=sum(row.parts[kind] for row in days if last_month <= row.day < month),
            held=held[kind],
        )
        for kind in Kind
    ]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())


def _parts(rows: QuerySet[OutgoingText]) -> int:
    return int(rows.aggregate(parts=Sum("parts"))["parts"] or 0)
