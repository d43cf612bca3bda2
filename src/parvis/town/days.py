"""collections.yaml: what passes, where and when."""

from collections.abc import Sequence
from datetime import date, time

from parvis.daily.loading.collections import ChangeData, RuleData, SourceData, StreamData
from parvis.daily.pickups import FARTHEST_MOVE, Kind, Rule
from parvis.daily.seasons import parse_season
from parvis.directory.calendar import WEEKDAYS
from parvis.town.entries import REQUIRED, Entry, note_twice
from parvis.town.folder import Folder

MOST_WEEKS = 26


def read_collections(folder: Folder, departments: Sequence[str], sectors: Sequence[str]) -> list[StreamData]:
    """The collections of the town; none when it gives no such file."""
    entries = folder.many("collections", "stream", required=False)
    found = [_read_stream(entry, departments, sectors) for entry in entries]
    note_twice(entries, [stream.slug for stream in found], "stream")
    return found


def _read_stream(entry: Entry, departments: Sequence[str], sectors: Sequence[str]) -> StreamData:
    book = entry.part("book")
    to_book = bool(book.raw)
    weekday = book.one_of("weekday", WEEKDAYS, default="")
    stream = StreamData(
        slug=entry.slug("stream"),
        title=entry.both("title", most=80),
        icon=entry.text("icon", "", most=40),
        door=entry.one_of("door", departments, "department"),
        all_week=entry.flag("all_week", False),
        out_from=read_hour(entry, "out_from", None),
        out_by=read_hour(entry, "out_by", None),
        note=entry.both("note", ("", ""), most=300),
        to_book=to_book,
        book_weekday=WEEKDAYS.index(weekday) if weekday in WEEKDAYS else None,
        book_at=read_hour(book, "time", None),
        book_where=book.both("where", most=160) if to_book else ("", ""),
        book_url=book.url("url"),
        rules=tuple(_read_rule(part, sectors) for part in entry.parts("rules", "")),
        changes=tuple(_read_change(part, sectors) for part in entry.parts("changes", "day")),
    )
    if (stream.book_weekday is None) != (stream.book_at is None):
        book.wrong("'weekday' and 'time' of the last moment to reserve go together")
    _check_changes(entry, stream)
    book.done()
    entry.done()
    return stream


def _read_rule(entry: Entry, sectors: Sequence[str]) -> RuleData:
    dates = _read_dates(entry)
    weekday = entry.one_of("weekday", WEEKDAYS, default="")
    anchor = entry.day("anchor", None)
    every = entry.value("every", 0)
    if not isinstance(every, int) or isinstance(every, bool) or not 0 <= every <= MOST_WEEKS:
        entry.wrong(f"'every' must be a number of weeks from 1 to {MOST_WEEKS}, not {every!r}")
        every = 0
    if bool(dates) == bool(weekday or anchor or every) or bool(weekday) != bool(anchor) or bool(anchor) != bool(every):
        entry.wrong("give 'weekday', 'every' (weeks) and 'anchor' (a day when it passes), or 'dates', not both")
    elif anchor and weekday in WEEKDAYS and anchor.weekday() != WEEKDAYS.index(weekday):
        entry.wrong(f"the anchor {anchor} is no {weekday}")
    rule = RuleData(
        sectors=entry.some_of("sectors", sectors, "collection sector"),
        every=every,
        anchor=anchor,
        dates=dates,
        season=read_season(entry),
        valid_from=entry.day("valid_from", None),
        valid_to=entry.day("valid_to"),
        source=read_source(entry),
    )
    if rule.valid_from and rule.valid_to and rule.valid_to < rule.valid_from:
        entry.wrong(f"'valid_to' ({rule.valid_to}) comes before 'valid_from' ({rule.valid_from})")
    entry.done()
    return rule


def _read_dates(entry: Entry) -> tuple[date, ...]:
    found = entry.value("dates", [])
    try:
        return tuple(raw if isinstance(raw, date) else date.fromisoformat(raw) for raw in found)
    except (TypeError, ValueError):
        entry.wrong(f"'dates' must be a list of dates such as 2026-12-24, not {found!r}")
        return ()


def read_season(entry: Entry) -> tuple[str, str]:
    """The two ends of `season: {from: "12-01", until: "03-15"}`; two empty texts when there is none."""
    season = entry.part("season")
    if not season.raw:
        return "", ""
    ends = season.text("from"), season.text("until")
    try:
        parse_season(*ends)
    except ValueError:
        entry.wrong(f'\'season\' must hold two days such as "12-01" and "03-15", in quotes, not {ends}')
    season.done()
    return ends


def _read_change(entry: Entry, sectors: Sequence[str]) -> ChangeData:
    change = ChangeData(
        kind=entry.one_of("kind", [kind.value for kind in Kind]),
        sectors=entry.some_of("sectors", sectors, "collection sector"),
        day=entry.day("day") or date.min,
        moved_to=entry.day("to", None),
        why=entry.both("why", ("", ""), most=160),
        source=read_source(entry),
    )
    if (change.kind == Kind.MOVED) != (change.moved_to is not None):
        entry.wrong("'to' says where a moved day goes, and belongs to no other kind")
    elif change.moved_to and abs(change.moved_to - change.day) > FARTHEST_MOVE:
        entry.wrong(f"a day moves by {FARTHEST_MOVE.days} days at most, not from {change.day} to {change.moved_to}")
    entry.done()
    return change


def _check_changes(entry: Entry, stream: StreamData) -> None:
    """A change of a day when nothing passes is a typing error."""
    rules = [(rule, _pure(rule)) for rule in stream.rules]
    for change in stream.changes:
        if change.kind == Kind.ADDED:
            continue
        near = [pure for rule, pure in rules if _share(rule.sectors, change.sectors)]
        if not any(pure.passes(change.day) for pure in near):
            entry.wrong(f"'changes' moves or cancels {change.day}, a day when nothing passes there")


def _share(one: Sequence[str], other: Sequence[str]) -> bool:
    return not one or not other or bool(set(one) & set(other))


def _pure(rule: RuleData) -> Rule:
    try:
        season = parse_season(*rule.season) if rule.season[0] else None
    except ValueError:
        season = None
    return Rule(rule.every, rule.anchor, rule.dates, season, rule.valid_from, rule.valid_to)


def read_source(entry: Entry) -> SourceData:
    """`source: {title, url}`, `verified_on` and `example`."""
    part = entry.part("source")
    example = entry.flag("example", False)
    source = SourceData(
        title=part.text("title", "" if example else REQUIRED, most=200),
        url=part.url("url"),
        verified_on=entry.day("verified_on", None),
        example=example,
    )
    part.done()
    return source


def read_hour(entry: Entry, name: str, default: object = REQUIRED) -> time | None:
    """A time of day in quotes, "19:30"."""
    found = entry.value(name, default)
    if found is None:
        return None
    try:
        return time.fromisoformat(found)
    except (TypeError, ValueError):
        entry.wrong(f'{name!r} must be a time of day in quotes, such as "19:30", not {found!r}')
        return None
