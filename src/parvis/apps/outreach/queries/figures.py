"""What the messages of a period reached, how fast, and what failed. Nobody is followed: no pixel, no traced link."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from parvis.apps.newsletter.models import IssueDelivery as Letter
from parvis.apps.outbox.models import CALLED_OFF, UNDELIVERED
from parvis.apps.outreach.models import Delivery, JournalEntry, Message
from parvis.apps.outreach.queries.messages import last_drill_at
from parvis.apps.outreach.rules.content import AGENTS
from parvis.apps.panels.models import ProofOfPlay
from parvis.apps.push.models import OutgoingPush
from parvis.apps.telephony.models import OutgoingCall, OutgoingText
from parvis.apps.telephony.queries.calls import why_missed
from parvis.apps.telephony.queries.texts import REASONS
from parvis.apps.telephony.rules.call_states import FAILED, MISSED, REFUSED
from parvis.lib.clock import now

DRILL_EACH = timedelta(days=31)
State = Delivery.State
What = JournalEntry.What
NO_REASON = _("no reason given")
AGAIN = "-again"  # at the end of the key of a text that is tried again


@dataclass(frozen=True)
class ChannelFigures:
    """One channel over the period, exercises left out.

    `reached` of `total`: people, numbers or devices, None when the channel cannot count them. `failures`: how many, by
    reason. `painted_minutes`: None save for panels.
    """

    slug: str
    messages: int
    reached: int | None
    total: int | None
    failures: Mapping[str, int]
    unknown: int
    painted_minutes: int | None = None

    @property
    def failed(self) -> int:
        return sum(self.failures.values())


@dataclass(frozen=True)
class MessageFigures:
    """One message of the period. `seconds`: from its approval, or from its moment when it was scheduled, until no
    channel waited; None while one does.
    """

    id: int
    title: str
    published_at: datetime
    drill: bool
    state: Any
    reached: int | None
    total: int | None
    failed: int
    unknown: int
    seconds: int | None
    corrections: int
    withdrawn: bool


@dataclass(frozen=True)
class Figures:
    """The figures of a period. Times in seconds, None without a message. `last_drill_at` is of all time."""

    since: datetime
    until: datetime
    channels: Sequence[ChannelFigures]
    messages: Sequence[MessageFigures]
    median: int | None
    slowest_tenth: int | None
    worst: int | None
    withdrawn: int
    corrected: int
    drills: int
    last_drill_at: datetime | None

    @property
    def drill_is_due(self) -> bool:
        """Whether no exercise went out for a month."""
        return self.last_drill_at is None or self.last_drill_at < now() - DRILL_EACH


def figures(since: datetime, until: datetime) -> Figures:
    """The figures of the messages published from `since`, before `until`; a constant number of queries."""
    rows = Message.objects.filter(published_at__gte=since, published_at__lt=until, audience="")
    messages = list(rows.prefetch_related("versions").order_by("-published_at", "-pk"))
    real = {row.pk for row in messages if not row.drill}
    deliveries = list(
        Delivery.objects.filter(message_id__in=real).exclude(channel=AGENTS).select_related("release", "message")
    )
    corrections = _corrections([row.pk for row in messages])
    by_message: dict[int, list[Delivery]] = {}
    for delivery in deliveries:
        by_message.setdefault(delivery.message_id, []).append(delivery)
    lines = [_message(row, by_message.get(row.pk, []), corrections[row.pk]) for row in messages]
    counted = [line for line in lines if not line.drill]
    times = sorted(line.seconds for line in counted if line.seconds is not None)
    return Figures(
        since,
        until,
        _channels(deliveries),
        lines,
        median=_nearest_rank(times, 0.5),
        slowest_tenth=_nearest_rank(times, 0.9),
        worst=_nearest_rank(times, 1.0),
        withdrawn=sum(line.withdrawn for line in counted),
        corrected=sum(line.corrections > 0 for line in counted),
        drills=len(lines) - len(counted),
        last_drill_at=last_drill_at(),
    )


def deliveries_of(channel: str, since: datetime, until: datetime) -> list[Delivery]:
    """The deliveries of one channel of the messages published in a period, exercises left out."""
    rows = Delivery.objects.filter(channel=channel, message__drill=False)
    rows = rows.filter(message__published_at__gte=since, message__published_at__lt=until)
    return list(rows.select_related("release", "message"))


def _nearest_rank(values: Sequence[int], share: float) -> int | None:
    """The value below or at which that share of the sorted values are (nearest rank); None without any."""
    return values[max(ceil(share * len(values)), 1) - 1] if values else None


def _corrections(ids: Sequence[int]) -> Counter[int]:
    """How many times the words of each message were corrected; an end that was moved is none."""
    lines = JournalEntry.objects.filter(message_id__in=ids, what__in=(What.CORRECTED, What.EXTENDED))
    found = Counter[int]()
    for message, what, count in lines.values_list("message", "what").annotate(n=Count("pk")).order_by():
        found[message] += count if what == What.CORRECTED else -count
    return found


def _message(row: Message, deliveries: Sequence[Delivery], corrections: int) -> MessageFigures:
    known = [one for one in deliveries if one.total is not None]
    begins = max(filter(None, (row.approved_at, row.published_at)), default=None)
    seconds = round((row.live_at - begins).total_seconds()) if row.live_at and begins else None
    return MessageFigures(
        id=row.pk,
        title=row.title,
        published_at=row.published_at or row.created_at,
        drill=row.drill,
        state=row.get_state_display(),
        reached=sum(one.reached or 0 for one in known) if known else None,
        total=sum(one.total or 0 for one in known) if known else None,
        failed=sum(one.state == State.FAILED for one in deliveries),
        unknown=sum(one.state == State.UNKNOWN for one in deliveries),
        seconds=seconds,
        corrections=corrections,
        withdrawn=row.state == Message.State.WITHDRAWN,
    )


def _channels(deliveries: Sequence[Delivery]) -> list[ChannelFigures]:
    groups: dict[str, list[Delivery]] = {}
    for row in deliveries:
        groups.setdefault(row.channel, []).append(row)
    people = _failures_of_people(deliveries)
    painted = _painted_minutes([row.key for row in groups.get("panels", [])])
    return [
        _channel(slug, rows, people.get(slug, {}), painted if slug == "panels" else None)
        for slug, rows in groups.items()
    ]


def _channel(
    slug: str, rows: Sequence[Delivery], people: Mapping[str, Counter[str]], painted: int | None
) -> ChannelFigures:
    """The figures of one channel; a delivery that failed whole counts once, unless its `people` are counted."""
    known = [row for row in rows if row.total is not None]
    whole = [row for row in rows if row.state == State.FAILED and not {row.key, _words_key(row)} & people.keys()]
    failures = Counter(row.words or str(NO_REASON) for row in whole)
    for counted in people.values():
        failures.update(counted)
    return ChannelFigures(
        slug,
        messages=len({row.message_id for row in rows}),
        reached=sum(row.reached or 0 for row in known) if known else None,
        total=sum(row.total or 0 for row in known) if known else None,
        failures=dict(failures.most_common()),
        unknown=sum(row.state == State.UNKNOWN for row in rows),
        painted_minutes=painted,
    )


def _failures_of_people(deliveries: Sequence[Delivery]) -> dict[str, dict[str, Counter[str]]]:
    """How many people, numbers or devices were not reached, by channel, key and reason, as their carriers keep it."""
    keys = {
        slug: {_words_key(row) for row in deliveries if row.channel == slug} for slug in ("letters", "texts", "voice")
    }
    moments = [row.message.published_at for row in deliveries if row.message.published_at]
    topics = [row.key for row in deliveries if row.channel == "push"]
    letters = Letter.objects.filter(issue__key__in=keys["letters"], state=Letter.State.FAILED)
    pushes = OutgoingPush.objects.filter(topic__in=topics, state=OutgoingPush.State.FAILED, result="")
    since = min(moments, default=now())
    return {
        "letters": _counted(letters.values_list("issue__key", "error").annotate(n=Count("pk")).order_by()),
        "push": _counted(pushes.values_list("topic", "error").annotate(n=Count("pk")).order_by()),
        "texts": _failed_texts(keys["texts"], since),
        "voice": _missed_calls(keys["voice"], since),
    }


def _words_key(row: Delivery) -> str:
    """The carrier's key of the words that a delivery last sent."""
    return f"{row.key}-r{row.release.revision}"


def _counted(rows: Iterable[tuple[str, str, int]]) -> dict[str, Counter[str]]:
    found = defaultdict[str, Counter[str]](Counter)
    for key, error, count in rows:
        found[key][error or str(NO_REASON)] += count
    return dict(found)


def _failed_texts(keys: set[str], since: datetime) -> dict[str, Counter[str]]:
    """The numbers that a text did not reach, by key and reason; one that was reached at a second try is left out."""
    failed = dict[str, str]()
    rows = OutgoingText.objects.filter(key__startswith="outreach-", queued_at__gte=since).exclude(error=CALLED_OFF)
    tried = Q(state__in=UNDELIVERED) | Q(key__endswith=AGAIN)
    for key, state, error in rows.filter(tried).order_by("pk").values_list("key", "state", "error"):
        first = key.split(AGAIN)[0]
        if first.rpartition("-")[0] in keys:
            failed.pop(first, None)
            if state in UNDELIVERED:
                failed[first] = str(REASONS.get(error, error)) or str(NO_REASON)
    return _counted((first.rpartition("-")[0], error, 1) for first, error in failed.items())


def _missed_calls(keys: set[str], since: datetime) -> dict[str, Counter[str]]:
    """The numbers that a call did not reach, by key and reason; one that was reached at a second try is left out."""
    missed = dict[str, str]()
    rows = OutgoingCall.objects.filter(key__startswith="outreach-", queued_at__gte=since).exclude(error=CALLED_OFF)
    unreached = (*MISSED, FAILED, REFUSED)
    tried = Q(state__in=UNDELIVERED) | Q(result__in=unreached) | Q(key__endswith=AGAIN)
    for call in rows.filter(tried).order_by("pk").only("key", "state", "result", "error"):
        first = call.key.split(AGAIN)[0]
        if first.rpartition("-")[0] in keys:
            missed.pop(first, None)
            if call.standing in unreached:
                missed[first] = why_missed(call)
    return _counted((first.rpartition("-")[0], error, 1) for first, error in missed.items())


def _painted_minutes(keys: Sequence[str]) -> int:
    """The minutes between the first and the last frame of each hour of each screen, summed."""
    spans = ProofOfPlay.objects.filter(key__in=keys).values_list("first_at", "last_at")
    return round(sum((last - first).total_seconds() for first, last in spans) / 60)
