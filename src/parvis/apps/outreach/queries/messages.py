"""Messages, their content and their lists."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, Q, QuerySet, Subquery

from parvis.apps.directory.models import User
from parvis.apps.files.models import Attachment
from parvis.apps.outreach.models import Approval, Delivery, JournalEntry, KeptDraft, Message, Release, Template
from parvis.apps.outreach.rules.content import BASE, Content, Words
from parvis.lib import quebec
from parvis.lib.clock import now
from parvis.lib.words import number

PAGE = 50
UNREMOVED_SHOWN = timedelta(days=30)
State = Message.State


def _with_words() -> QuerySet[Message]:
    rows = Message.objects.select_related("created_by", "changed_by", "incident__notice", "road_notice", "declaration")
    return rows.prefetch_related("versions", "sectors", "streets")


def _public() -> QuerySet[Message]:
    """Those that the public reads: a message to an audience is on no list."""
    return _with_words().filter(audience="")


def to_audience(*references: str) -> list[Message]:
    """The messages to these audiences, the latest first; a constant number of queries."""
    return list(_with_words().filter(audience__in=references).order_by("-pk"))


def by_id(message_id: int) -> Message | None:
    """A message with its versions and its area."""
    return _with_words().filter(pk=message_id).first()


def content_of(message: Message) -> Content:
    """What the channels would publish of its present words; three queries unless prefetched."""
    sectors, streets = list(message.sectors.all()), list(message.streets.all())
    places = {
        lang: quebec.join([getattr(row, f"name_{lang}") for row in sectors] + [row.name for row in streets], lang)
        for lang in ("fr", "en")
    }
    versions = list(message.versions.all())
    base = {row.language: row for row in versions if row.channel == BASE}
    image = base["fr"].image_id if "fr" in base else None
    return Content(
        kind=message.kind,
        urgency=message.urgency,
        drill=message.drill,
        channels=tuple(message.channels),
        versions={(row.channel, row.language): Words(row.title, row.text) for row in versions},
        sectors=tuple(sorted(row.pk for row in sectors)),
        streets=tuple(sorted(row.pk for row in streets)),
        place_fr=places["fr"],
        place_en=places["en"],
        subject_id=message.subject_id,
        starts_at=message.starts_at,
        expires_at=message.expires_at,
        image_id=image,
        image_fr=base["fr"].alt if image else "",
        image_en=base["en"].alt if image and "en" in base else "",
        audience=message.audience,
    )


def picture_of(message: Message) -> Attachment | None:
    """The picture of its present words."""
    image_id = content_of(message).image_id
    return Attachment.objects.filter(pk=image_id).first() if image_id else None


def release_of(message: Message) -> Release | None:
    """What is published now: its last release; None before the first."""
    return message.releases.order_by("-pk").first()


def awaits_approval(message: Message) -> bool:
    """Whether someone asked for an approval of its present revision, and nobody answered yet."""
    if message.state != State.IN_REVIEW and not message.is_out:
        return False
    last = message.approvals.filter(revision=message.revision).last()
    return last is not None and last.verdict == Approval.Verdict.ASKED


def editors_of(message: Message) -> set[int]:
    """The ids of those who changed its words or settings since it was last published or corrected."""
    what = (JournalEntry.What.PUBLISHED, JournalEntry.What.CORRECTED)
    out = message.journal.filter(what__in=what, data__has_key="revision").last()
    lines = message.journal.filter(pk__gt=out.pk if out else 0, data__edited=True)
    return set(lines.values_list("by_id", flat=True))


def writers_of(message: Message) -> set[int]:
    """Who wrote a part of what is new in it, or asked for its approval; its author stays one of them."""
    asked = message.approvals.filter(revision=message.revision, verdict=Approval.Verdict.ASKED)
    known = {message.changed_by_id, message.created_by_id}
    return known | editors_of(message) | set(asked.values_list("by_id", flat=True))


def awaited() -> list[frozenset[int]]:
    """For each message that waits for a second person, corrections included, the ids of those who wrote it.

    One query, and three for each message.
    """
    under_way = Message.objects.filter(state__in=(State.IN_REVIEW, State.SENDING, State.LIVE))
    under_way = under_way.annotate(verdict=Subquery(_verdicts().values("verdict")[:1]))
    rows = under_way.filter(Q(state=State.IN_REVIEW) | Q(verdict=Approval.Verdict.ASKED))
    return [frozenset(writers_of(row)) for row in rows]


def _verdicts() -> QuerySet[Approval]:
    """What was answered about the present revision of a message, the last answer first."""
    return Approval.objects.filter(message=OuterRef("pk"), revision=OuterRef("revision")).order_by("-pk")


def kept_of(message: Message, user: User) -> KeptDraft | None:
    """What the user typed that could not be saved, until one of the two texts is chosen."""
    return KeptDraft.objects.filter(message=message, by=user, closed_at=None).first()


@dataclass(frozen=True)
class Hub:
    """The messages by what is to be done with them."""

    held: list[Message]
    to_approve: list[Message]
    live: list[Message]
    scheduled: list[Message]
    drafts: list[Message]
    unremoved: list[Message]


def hub() -> Hub:
    """The messages under way, newest first; a constant number of queries.

    `to_approve` has the corrections of live messages too; `unremoved`, those over that a channel failed to remove.
    """
    under_way = _public().exclude(state__in=(State.ENDED, State.WITHDRAWN))
    under_way = under_way.annotate(verdict=Subquery(_verdicts().values("verdict")[:1]))
    rows = list(under_way.order_by("-changed_at", "-pk")[:200])
    corrections: list[Message] = [row for row in rows if row.is_out and row.verdict == Approval.Verdict.ASKED]

    def in_state(*states: str) -> list[Message]:
        return [row for row in rows if row.state in states]

    scheduled = sorted(in_state(State.SCHEDULED), key=lambda row: row.starts_at or row.changed_at)
    return Hub(
        in_state(State.HELD),
        [*in_state(State.IN_REVIEW), *corrections],
        in_state(State.SENDING, State.LIVE),
        scheduled,
        in_state(State.DRAFT),
        _unremoved(),
    )


def _unremoved() -> list[Message]:
    """The messages ended in the last UNREMOVED_SHOWN that a channel did not remove, latest first."""
    over = _public().filter(state__in=(State.ENDED, State.WITHDRAWN), ended_at__gt=now() - UNREMOVED_SHOWN)
    return list(over.filter(pk__in=_left().values("message_id"), handled_at=None).order_by("-ended_at", "-pk")[:PAGE])


def _left() -> QuerySet[Delivery]:
    """What a channel was asked to remove, and did not."""
    return Delivery.objects.filter(
        task=Delivery.Task.WITHDRAW, state__in=(Delivery.State.FAILED, Delivery.State.UNKNOWN)
    )


def left_somewhere(message: Message) -> bool:
    """Whether a message that is over is still in a channel that failed to remove it."""
    over = message.state in (State.ENDED, State.WITHDRAWN)
    return over and _left().filter(message=message).exists()


def last_drill_at() -> datetime | None:
    """When the last exercise went out; None when there never was one."""
    rows = Message.objects.filter(drill=True, published_at__isnull=False)
    return rows.order_by("-published_at").values_list("published_at", flat=True).first()


def page(after: str) -> tuple[list[Message], str]:
    """The messages that are over, latest first, after a cursor, and the next cursor ("" at the end)."""
    rows = _public().filter(state__in=(State.ENDED, State.WITHDRAWN)).order_by("-pk")
    if (last := number(after)) is not None:
        rows = rows.filter(pk__lt=last)
    found = list(rows[: PAGE + 1])
    return found[:PAGE], str(found[PAGE - 1].pk) if len(found) > PAGE else ""


def calendar(first: datetime, after: datetime) -> list[Message]:
    """The messages out, or to be, at some moment between two, by their start; drafts with a start included."""
    begins = Q(published_at__isnull=False, published_at__lt=after) | Q(published_at=None, starts_at__lt=after)
    lasts = Q(ended_at__gte=first) | Q(ended_at=None, expires_at__gte=first) | Q(ended_at=None, expires_at=None)
    rows = _public().filter(begins, lasts).exclude(state=State.WITHDRAWN)
    return sorted(rows[:300], key=lambda row: (row.published_at or row.starts_at or row.changed_at, row.pk))


def templates() -> list[Template]:
    """The templates, by name."""
    return list(Template.objects.filter(deleted_at=None))


def reasons_for_english(since: datetime, until: datetime) -> Iterable[dict[str, Any]]:
    """One row for each message published with English between two moments: what the law asks a town to show."""
    rows = Message.objects.filter(published_at__gte=since, published_at__lt=until, drill=False, audience="")
    rows = rows.filter(versions__language="en", versions__channel=BASE, versions__title__gt="").distinct()
    for row in rows.select_related("changed_by").prefetch_related("versions").order_by("published_at"):
        yield {
            "id": row.pk,
            "published_at": row.published_at,
            "title": row.title,
            "kind": row.get_kind_display(),
            "reason": row.english_reason,
            "channels": list(row.channels),
            "by": row.changed_by.display_name,
        }


def public_url(path: str) -> str:
    """The absolute URL of a path of the site."""
    return f"{settings.PARVIS_URL}{path}"
