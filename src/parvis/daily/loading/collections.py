"""The collections as collections.yaml gives them, brought into the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from django.db import transaction

from parvis.daily.models import PickupChange, PickupRule, Stream
from parvis.directory.models import Department
from parvis.lib.sync import Tally, sync_rows

Texts = tuple[str, str]


@dataclass(frozen=True)
class SourceData:
    """Where an entry comes from, the day it was checked, and whether it is invented."""

    title: str = ""
    url: str = ""
    verified_on: date | None = None
    example: bool = False


@dataclass(frozen=True)
class RuleData:
    """When a stream passes: every so many weeks from an anchor, or on dates; `season` holds "MM-DD" twice, or ""."""

    sectors: tuple[str, ...]
    every: int
    anchor: date | None
    dates: tuple[date, ...]
    season: Texts
    valid_from: date | None
    valid_to: date | None
    source: SourceData


@dataclass(frozen=True)
class ChangeData:
    """A day moved, added or cancelled."""

    kind: str
    sectors: tuple[str, ...]
    day: date
    moved_to: date | None
    why: Texts
    source: SourceData


@dataclass(frozen=True)
class StreamData:
    """One kind of collection; `door` is the department that answers the rest."""

    slug: str
    title: Texts
    icon: str
    door: str
    all_week: bool
    out_from: time | None
    out_by: time | None
    note: Texts
    to_book: bool
    book_weekday: int | None
    book_at: time | None
    book_where: Texts
    book_url: str
    rules: tuple[RuleData, ...] = field(default=())
    changes: tuple[ChangeData, ...] = field(default=())


@transaction.atomic
def load_collections(*, streams: Sequence[StreamData]) -> dict[str, Tally]:
    """Bring the collections to the file; safe to run again. What the file no longer names is taken away."""
    departments = dict(Department.objects.values_list("slug", "pk"))
    wanted = [_stream(rank, each, departments) for rank, each in enumerate(streams)]
    tallies = {"collections": sync_rows(Stream.objects.all(), ("slug",), wanted, gone="delete")}
    ids = dict(Stream.objects.values_list("slug", "pk"))
    rules = [_rule(ids[each.slug], rank, rule) for each in streams for rank, rule in enumerate(each.rules)]
    changes = [_change(ids[each.slug], rank, change) for each in streams for rank, change in enumerate(each.changes)]
    key = ("stream_id", "rank")
    tallies["collection rules"] = sync_rows(PickupRule.objects.all(), key, rules, gone="delete")
    tallies["collection changes"] = sync_rows(PickupChange.objects.all(), key, changes, gone="delete")
    return tallies


def _stream(rank: int, each: StreamData, departments: Mapping[str, int]) -> dict[str, Any]:
    return {
        "slug": each.slug,
        "title_fr": each.title[0],
        "title_en": each.title[1],
        "icon": each.icon,
        "rank": rank,
        "door_id": departments[each.door],
        "all_week": each.all_week,
        "out_from": each.out_from,
        "out_by": each.out_by,
        "note_fr": each.note[0],
        "note_en": each.note[1],
        "to_book": each.to_book,
        "book_weekday": each.book_weekday,
        "book_at": each.book_at,
        "book_where_fr": each.book_where[0],
        "book_where_en": each.book_where[1],
        "book_url": each.book_url,
    }


def source_values(source: SourceData) -> dict[str, Any]:
    """The fields of `Sourced`."""
    return {
        "source_title": source.title,
        "source_url": source.url,
        "verified_on": source.verified_on,
        "example": source.example,
    }


def _rule(stream_id: int, rank: int, rule: RuleData) -> dict[str, Any]:
    return source_values(rule.source) | {
        "stream_id": stream_id,
        "rank": rank,
        "sectors": list(rule.sectors),
        "every": rule.every,
        "anchor": rule.anchor,
        "dates": [day.isoformat() for day in rule.dates],
        "season_first": rule.season[0],
        "season_last": rule.season[1],
        "valid_from": rule.valid_from,
        "valid_to": rule.valid_to,
    }


def _change(stream_id: int, rank: int, change: ChangeData) -> dict[str, Any]:
    return source_values(change.source) | {
        "stream_id": stream_id,
        "rank": rank,
        "kind": change.kind,
        "sectors": list(change.sectors),
        "day": change.day,
        "moved_to": change.moved_to,
        "why_fr": change.why[0],
        "why_en": change.why[1],
    }
