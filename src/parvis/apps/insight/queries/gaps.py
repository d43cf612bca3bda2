"""The gaps in the answers for editors: the most frequent first, and the effect of filling one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from parvis.apps.catalogue.models import Channel, Subject
from parvis.apps.insight.models import Gap, Signal
from parvis.apps.intake.models import Matter
from parvis.apps.matching.services.example_training import Message, RankingChange, Taught, redact_contacts, try_variant
from parvis.lib.clock import now

PAGE, NEWEST, MOST_SIGNALS, SETTLED = 25, 3, 50, 200
DECIDED_WITHIN = timedelta(days=90)
MADE_OF = ("near", "external_body", "variant__subject", "elsewhere_variant__elsewhere", "decided_by")


@dataclass(frozen=True)
class GapRow:
    """One gap in the list: its counts by kind and by channel (label, count), and its newest messages."""

    gap: Gap
    kinds: list[tuple[str, int]]
    channels: list[tuple[str, int]]
    words: list[str]


def page_of_open(after: str = "") -> tuple[list[GapRow], str]:
    """The open gaps, most frequent first, at most PAGE; and the cursor of the next page, "" on the last.

    Four queries. `after` is the previous page's cursor; an invalid one starts from the top.
    """
    rows = Gap.objects.filter(state=Gap.State.OPEN)
    place = [int(part) for part in after.split(".") if part.isdecimal() and len(part) < 18]
    if len(place) == 2:
        rows = rows.filter(Q(count__lt=place[0]) | Q(count=place[0], pk__lt=place[1]))
    result = list(rows.select_related("near").order_by("-count", "-pk")[: PAGE + 1])
    shown = result[:PAGE]
    last = f"{shown[-1].count}.{shown[-1].pk}" if len(result) > PAGE else ""
    return _lines(shown), last


def recent_decisions(limit: int = PAGE) -> list[GapRow]:
    """The gaps decided in the last 90 days, latest first; each decision can be undone. Four queries."""
    rows = Gap.objects.filter(decided_at__gte=now() - DECIDED_WITHIN).select_related(*MADE_OF)
    return _lines(list(rows.order_by("-decided_at", "-pk")[:limit]))


def count_open() -> int:
    """The number of open gaps."""
    return Gap.objects.filter(state=Gap.State.OPEN).count()


def gap_of(gap_id: int) -> Gap | None:
    """One gap, with its related rows."""
    return Gap.objects.select_related(*MADE_OF).filter(pk=gap_id).first()


def line_of(gap: Gap) -> GapRow:
    """One gap as the list shows it."""
    return _lines([gap])[0]


def signals_of(gap: Gap, limit: int = MOST_SIGNALS) -> list[Signal]:
    """The signals of a gap, newest first; one query."""
    related = ("first", "matter__subject", "opinion__answer")
    return list(gap.signals.select_related(*related).order_by("-at", "-pk")[:limit])


@dataclass(frozen=True)
class Effect:
    """The effect of one more example: on the messages of the gap, and on recent matters whose result changes."""

    mine: list[RankingChange]
    settled: int
    right_before: int
    right_after: int
    changed: list[RankingChange]

    @property
    def harms(self) -> bool:
        """Whether a message that was well understood no longer would be."""
        return any(tried.lost for tried in self.changed)

    @property
    def helped(self) -> int:
        """The number of messages of the gap that would find the right subject."""
        return sum(tried.after == tried.message.wanted for tried in self.mine)


def effect(gap: Gap, *, about: Taught, language: str, text: str) -> Effect:
    """The messages of a gap and the last SETTLED matters, without phones and addresses, ranked before and after."""
    texts = list(dict.fromkeys(words for signal in signals_of(gap) if (words := redact_contacts(signal.said))))
    mine = [Message(words, about.slug) for words in texts]
    known = [message for message in _settled() if message.text not in texts]
    tried = try_variant(about=about, language=language, text=text, messages=[*mine, *known])
    rest = tried[len(mine) :]
    return Effect(
        mine=tried[: len(mine)],
        settled=len(rest),
        right_before=sum(trial.before == trial.message.wanted for trial in rest),
        right_after=sum(trial.after == trial.message.wanted for trial in rest),
        changed=[trial for trial in rest if trial.changed],
    )


_PRIVATE = (Matter.Outcome.CASE, Matter.Outcome.INCIDENT)


def _settled() -> list[Message]:
    """Words of requests and incidents are private: not every editor may read them."""
    rows = Matter.objects.filter(subject__isnull=False, subject__active=True).exclude(words="")
    rows = rows.exclude(outcome=Matter.Outcome.UNANSWERED)
    matters = rows.order_by("-pk").values_list("words", "subject__slug", "outcome")[:SETTLED]
    return [Message(redact_contacts(words), slug, outcome in _PRIVATE) for words, slug, outcome in matters]


def _lines(gaps: Sequence[Gap]) -> list[GapRow]:
    ids = [gap.pk for gap in gaps]
    signals = Signal.objects.filter(gap__in=ids)
    kinds = _counted(signals, "kind", dict(Signal.Kind.choices))
    channels = _counted(signals, "channel", dict(Channel.choices))
    words = _newest(signals)
    return [GapRow(gap, kinds.get(gap.pk, []), channels.get(gap.pk, []), words.get(gap.pk, [])) for gap in gaps]


def _counted(signals: QuerySet[Signal], name: str, labels: dict[str, object]) -> dict[int, list[tuple[str, int]]]:
    counted: dict[int, list[tuple[str, int]]] = {}
    rows = signals.order_by().values_list("gap", name).annotate(n=Count("pk"))
    for gap, value, count in sorted(rows, key=lambda row: (-row[2], row[1])):
        counted.setdefault(gap, []).append((str(labels.get(value, value)), count))
    return counted


def _newest(signals: QuerySet[Signal]) -> dict[int, list[str]]:
    rank = Window(RowNumber(), partition_by=F("gap"), order_by=[F("at").desc(), F("pk").desc()])
    rows = signals.annotate(rank=rank).filter(rank__lte=4 * NEWEST).select_related("matter", "opinion")
    newest: dict[int, list[str]] = {}
    for signal in rows.order_by("gap", "-at", "-pk"):
        words = redact_contacts(signal.said)
        texts = newest.setdefault(signal.gap_id or 0, [])
        if words and words not in texts and len(texts) < NEWEST:
            texts.append(words)
    return newest


def subjects_for_choice() -> QuerySet[Subject]:
    """Every subject that an example may belong to."""
    return Subject.objects.filter(active=True)
