"""Loading of collections.yaml into the database."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from parvis.apps.directory.models import Department
from parvis.apps.directory.rules.calendar import WEEKDAYS
from parvis.apps.schedules.models import PickupChange, PickupRule, Stream
from parvis.apps.schedules.schemas import PickupRuleData, StreamData
from parvis.lib.database.upsert import UpsertCounts, sync_rows
from parvis.lib.ingest.fields import columns


@transaction.atomic
def load_collections(*, streams: Sequence[StreamData]) -> dict[str, UpsertCounts]:
    """Makes the collections match the file; idempotent. Rows absent from the file are deleted."""
    departments = dict(Department.objects.values_list("slug", "pk"))
    wanted = [_stream(rank, stream, departments) for rank, stream in enumerate(streams)]
    tallies = {"collections": sync_rows(Stream.objects.all(), ("slug",), wanted, gone="delete")}
    ids = dict(Stream.objects.values_list("slug", "pk"))
    rules = [_rule(ids[stream.slug], rank, rule) for stream in streams for rank, rule in enumerate(stream.rules)]
    changes = [
        columns(change) | {"stream_id": ids[stream.slug], "rank": rank}
        for stream in streams
        for rank, change in enumerate(stream.changes)
    ]
    key = ("stream_id", "rank")
    tallies["collection rules"] = sync_rows(PickupRule.objects.all(), key, rules, gone="delete")
    tallies["collection changes"] = sync_rows(PickupChange.objects.all(), key, changes, gone="delete")
    return tallies


def _stream(rank: int, stream: StreamData, departments: Mapping[str, int]) -> dict[str, Any]:
    book = stream.book
    return columns(stream, "door") | {
        "rank": rank,
        "contact_point_id": departments[stream.door],
        "to_book": book is not None,
        "book_weekday": WEEKDAYS.index(book.weekday) if book and book.weekday else None,
        "book_at": book.time if book else None,
        "book_where_fr": book.where.fr if book else "",
        "book_where_en": book.where.en if book else "",
        "book_url": book.url if book else "",
    }


def _rule(stream_id: int, rank: int, rule: PickupRuleData) -> dict[str, Any]:
    return columns(rule, "weekday") | {
        "stream_id": stream_id,
        "rank": rank,
        "dates": [day.isoformat() for day in rule.dates],
        "season_first": rule.season.first if rule.season else "",
        "season_last": rule.season.last if rule.season else "",
    }
