"""A case in words, for agents: its deadline and its journal."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case, ClosingReason, Entry
from parvis.apps.cases.queries.cases import CasePage, shown_kinds
from parvis.apps.cases.queries.due_status import AsOf, Row, ack_words, counted, date_given, day_of
from parvis.apps.cases.queries.replies import by_someone_else, entry_name, unasked
from parvis.apps.cases.queries.reversals import reversals
from parvis.apps.cases.queries.sla_reminders import wait_ends
from parvis.apps.catalogue.models import Channel
from parvis.apps.catalogue.rules.promises import days_late
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.queries import working_calendar
from parvis.apps.files.models import Attachment
from parvis.lib import quebec
from parvis.lib.clock import now
from parvis.surfaces.desk.case.notified import Sent, notified_words

MINUS = "\u2212"
_K = Entry.Kind
TONES: dict[str, str] = {
    _K.ASKED: "asked",
    _K.WAITING: "asked",
    _K.NOTED: "internal",
    _K.HANDED: "internal",
    _K.UNDONE: "internal",
    _K.REOPENED: "bad",
    _K.UNNOTIFIED: "bad",
}


ELSEWHERE = (
    *(_K.MERGED, _K.UNMERGED, _K.GATHERED, _K.PARTED, _K.ECHOED, _K.LINKED, _K.UNLINKED),
    _K.REOPENED,
)
DATED = (_K.OPENED, _K.PROMISED, _K.REOPENED, _K.RESUMED, _K.REPLIED, _K.ANSWERED, _K.RECOUNTED)


def lang() -> str:
    """The language of the screen."""
    return get_language() or "fr"


# --- The deadline ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DeadlineLabel:
    """A deadline as shown: `big`, with `small` under it, and the CSS class that colours it."""

    big: str
    small: str
    css: str


def row_deadline(row: Row) -> DeadlineLabel:
    """ "16 h 30" and the time left today; "−2 jours" and the date when late; "jeu. 26 nov." and the time left."""
    case, as_of = row.case, row.as_of
    if case.due_at is None or not case.is_open:
        when = case.opened_at if case.is_open or case.closed_at is None else case.closed_at
        return DeadlineLabel(_short(as_of.calendar.local(when), as_of), "", "")
    if case.is_paused:
        since = datetime.fromisoformat(case.pauses[-1][0])
        days = (as_of.here.date() - as_of.calendar.local(since).date()).days
        due = quebec.day_short(as_of.calendar.local(case.due_at), as_of.lang)
        return DeadlineLabel(due, _paused_for(days), "paused")
    return deadline(case.due_at, "" if row.group == "late" else row.left, as_of)


def deadline(moment: datetime, left: str = "", as_of: AsOf | None = None) -> DeadlineLabel:
    """The label of any deadline; `left` is the time left, in words."""
    as_of = as_of or AsOf.now()
    due, here = as_of.calendar.local(moment), as_of.here
    if due < here:
        late = _lateness(days_late(due, here, as_of.calendar), here - due)
        near = quebec.relative_day(due.date(), here.date(), as_of.lang) or _short(due, as_of)
        return DeadlineLabel(MINUS + late, f"{near}, {quebec.hour(due, as_of.lang)}", "late")
    if due.date() == here.date():
        return DeadlineLabel(quebec.hour(due, as_of.lang), left, "today")
    return DeadlineLabel(_short(due, as_of), left, "")


def moment_short(moment: datetime, as_of: AsOf) -> str:
    """The hour today, "14 h 06"; else the day, "lun. 9 févr."."""
    when = as_of.calendar.local(moment)
    return quebec.hour(when, as_of.lang) if when.date() == as_of.today else _short(when, as_of)


def _short(when: datetime, as_of: AsOf) -> str:
    return quebec.day_short(when, as_of.lang, today=as_of.today)


def _lateness(days: int, long: timedelta) -> str:
    if days > 0:
        return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
    return quebec.duration(int(long.total_seconds() // 60), lang())


def _paused_for(days: int) -> str:
    if days < 1:
        return _("paused today")
    return ngettext("paused for %(n)d day", "paused for %(n)d days", days) % {"n": days}


def ends(case: Case) -> dict[str, str]:
    """The captions of a promise's progress bar: its first day, the current day, its last day.

    Of a promise that is late, whose bar ends today: its first day, the promised day, today.
    """
    if case.due_at is None:
        return {"start": "", "here": "", "end": ""}
    calendar, moment = working_calendar(), now()
    first, last, today = (calendar.local(when).date() for when in (case.opened_at, case.due_at, moment))
    promised = quebec.day_of_month(last, lang())
    if case.due_at < moment:
        start = quebec.day_of_month(first, lang(), year=(today - first).days > quebec.HALF_A_YEAR)
        end = _("today, %(day)s") % {"day": quebec.day_of_month(today, lang())}
        return {"start": start, "here": _("promised: %(day)s") % {"day": promised}, "end": end}
    place = day_of(case)
    here = _("Day %(at)d of %(total)d") % {"at": place[0], "total": place[1]} if place else ""
    start = quebec.day_of_month(first, lang(), year=(last - first).days > quebec.HALF_A_YEAR)
    return {"start": start, "here": here, "end": promised}


def clocks(case: Case) -> list[str]:
    """How the promise was computed, the time to take charge, the end of a pause: a sentence each."""
    result = []
    if how := counted(case, lang()):
        again = _("Promised at first: %(how)s. A new date was given since.")
        result.append((again if date_given(case) else _("Promised: %(how)s.")) % {"how": how})
    if ack := ack_words(case, lang()):
        result.append(_("To take charge: %(when)s.") % {"when": ack})
    if ends_at := wait_ends(case):
        local = working_calendar().local(ends_at)
        result.append(_("The clock runs again on %(day)s at the latest.") % {"day": quebec.day_of_month(local, lang())})
    return result


# --- The journal ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class JournalLine:
    """One journal entry as shown: what happened, who and when, the words, the notification, the photos.

    `public`: whether the citizen sees it.
    """

    seq: int
    title: str
    when: datetime
    by: str
    public: bool = False
    tone: str = ""
    words: str = ""
    erased: bool = False
    told: str = ""
    told_badly: bool = False
    notes: list[str] = field(default_factory=list)
    photos: list[Attachment] = field(default_factory=list)

    def without_words(self) -> "JournalLine":
        """The line without its words and photos, where the page shows them elsewhere."""
        return replace(self, words="", erased=False, photos=[])


@dataclass(frozen=True)
class Names:
    """Display names for the journal: departments by slug, users by username."""

    departments: Mapping[str, str]
    people: Mapping[str, str]


def names_in(entries: Iterable[Entry]) -> Names:
    """The names used by these entries; two queries at most."""
    slugs, users = set(), set()
    for entry in entries:
        slugs |= {
            str(entry.data[key])
            for key in ("from", "to")
            if entry.kind in (_K.PASSED, _K.CORRECTED) and key in entry.data
        }
        if entry.kind in (_K.ASSIGNED, _K.HANDED):
            users |= {str(entry.data[key]) for key in ("to", "stand_in") if key in entry.data}
        given = entry.data.get("assigned", {})
        users |= {str(given[key]) for key in ("to", "named") if key in given}
    departments = Department.objects.filter(slug__in=slugs) if slugs else []
    people = User.objects.filter(username__in=users) if users else []
    return Names(
        {department.slug: department.name for department in departments},
        {person.username: person.display_name for person in people},
    )


def assignment_reason(entry: Entry, names: Names) -> str:
    """Why the entry assigned the case to someone, in words; "" when it did not."""
    given = entry.data.get("assigned", {})
    name, other = (names.people.get(str(given.get(key)), "") for key in ("to", "named"))
    if given.get("by") == "rule" and name == other:
        return _("Given to %(name)s, whom the rule names.") % {"name": name}
    if given.get("by") == "rule":
        return _("Given to %(name)s, who replaces %(other)s, whom the rule names.") % {"name": name, "other": other}
    if given.get("by") != "load":
        return ""
    words = _("Given to %(name)s: nobody was there, the least laden (open requests: %(n)d).")
    if given.get("present"):
        words = _("Given to %(name)s: there, and the least laden (open requests: %(n)d).")
    return words % {"name": name, "n": given["open"]}


def lines(page: CasePage, names: Names, sent: Sent) -> list[JournalLine]:
    """The journal in words, newest first; the first line of an open case is marked as current."""
    case, entries = page.case, page.entries
    undone, added = reversals(entries), unasked(entries)
    result = [
        _line(
            entry,
            names,
            notified_words(entry, case, sent),
            undone.get(entry.seq),
            added,
            page.files.get(entry.pk, []),
        )
        for entry in entries
    ]
    if result and case.is_open and not result[0].tone:
        result[0] = replace(result[0], tone="now")
    return result


def _line(
    entry: Entry,
    names: Names,
    told: tuple[str, bool],
    undoing: Entry | None,
    added: Collection[int],
    photos: list[Attachment],
) -> JournalLine:
    notification, failed = told
    tone = "undone" if undoing else TONES.get(entry.kind, "")
    back = [_("Taken back by %(name)s") % {"name": undoing.actor}] if undoing else []
    return JournalLine(
        seq=entry.seq,
        title=_title(entry, names, added),
        when=entry.at,
        by=_by(entry),
        public=undoing is None and entry.kind in shown_kinds(),
        tone=tone,
        words=entry.body,
        erased=not entry.body and not entry.salt,
        told=notification,
        told_badly=failed,
        notes=[*back, *_notes(entry, names)],
        photos=photos,
    )


def _by(entry: Entry) -> str:
    if entry.actor is None:
        if by_someone_else(entry):
            return _("Someone else")
        return _("The citizen") if entry.by.is_citizen else entry.by.name
    if entry.by_citizen:
        return _("Written down by %(name)s") % {"name": entry.actor.display_name}
    return entry.actor.display_name


def _channel(entry: Entry) -> str:
    value = str(entry.data.get("channel", ""))
    return str(Channel(value).label) if value in Channel.values else ""


def _title(entry: Entry, names: Names, added: Collection[int]) -> str:
    data = entry.data
    paused = "pauses" in data.get("set", {})
    channel = _channel(entry)
    if entry.kind in (_K.OPENED, _K.THANKED):
        return _("Received, %(channel)s") % {"channel": channel.lower()} if channel else _("Received")
    if entry.kind == _K.PASSED:
        words = _("Not theirs: sent on to %(department)s") if data.get("bounce") else _("Passed on to %(department)s")
        return words % {"department": _known(names.departments, data.get("to"))}
    if entry.kind == _K.UNDONE:
        return _("Taken back: %(what)s") % {"what": str(_K(data["undoes"]).label).lower()}
    if entry.kind == _K.ASSIGNED and not data.get("to"):
        return _("Back in the queue of the department")
    if entry.kind == _K.ASSIGNED:
        return _("Given to %(name)s") % {"name": _known(names.people, data.get("stand_in") or data.get("to"))}
    if entry.kind == _K.HANDED:
        return _("Caller put through to %(name)s") % {"name": _known(names.people, data.get("to"))}
    if entry.kind == _K.CLOSED:
        reason = str(data.get("reason", ""))
        known = reason in ClosingReason.values
        return _("Closed: %(reason)s") % {"reason": ClosingReason(reason).in_sentence} if known else _("Closed")
    if entry.kind == _K.REOPENED:
        if data.get("undo"):
            return _("Closed by mistake: open again")
        if entry.data.get("opinion", {}).get("solved"):
            return _("Badly served: reopened one level up")
        if entry.data.get("withdrawn"):
            return _("Withdrawn, then asked again: reopened one level up")
        if by_someone_else(entry):
            return _("Not fixed, someone else says: reopened one level up")
        return _("Not fixed: reopened one level up")
    if entry.kind == _K.CORRECTED and data.get("to"):
        return _("Corrected by the citizen: it goes to %(department)s") % {
            "department": _known(names.departments, data["to"])
        }
    if entry.kind == _K.CHOSE and data.get("file"):
        return _("The citizen removed an address: told again by the way of the file")
    if entry.kind == _K.CHOSE:
        ways = ", ".join(str(Entry.NotifiedVia(via).label) for via in data.get("means", ()) if via)
        return _("The citizen chose to be told %(ways)s") % {"ways": ways} if ways else _("Wishes that nothing be sent")
    if entry.kind == _K.ASKED:
        return _("Question to the citizen, promise paused") if paused else _("Question to the citizen")
    if entry.kind == _K.WAITING:
        return _("Waiting for a third party, promise paused") if paused else _("Waiting for a third party")
    return entry_name(entry, added)


def _known(names: Mapping[str, str], key: Any) -> str:
    return names.get(str(key), str(key or ""))


def _notes(entry: Entry, names: Names) -> list[str]:
    notes = []
    data = entry.data
    if entry.recorded_at and entry.recorded_at.year != entry.at.year:  # the date of the line has no year
        notes.append(quebec.moment(working_calendar().local(entry.at), lang()))
    if entry.recorded_at and entry.kind in (_K.OPENED, _K.THANKED):
        late = quebec.moment(working_calendar().local(entry.recorded_at), lang())
        notes.append(_("Entered on %(when)s, after it happened") % {"when": late})
    if entry.kind in ELSEWHERE and data.get("reference"):
        notes.append(str(data["reference"]))
    if "of" in data:
        notes.append(_("Said on the request that it is handled with"))
    if entry.proof:
        notes.append(_("Proof: %(proof)s") % {"proof": entry.proof})
    if entry.kind == _K.ASSIGNED and data.get("stand_in") not in (None, data.get("to")):
        notes.append(_("In place of %(name)s, away") % {"name": _known(names.people, data.get("to"))})
    if entry.kind == _K.PASSED:
        notes.append(_("From %(department)s") % {"department": _known(names.departments, data.get("from"))})
    if entry.kind in (_K.PUBLISHED, _K.WITHHELD):
        notes.append(_what_public(data))
    if opinion := data.get("opinion"):
        notes.append(_("Opinion: mark %(mark)d of 5") % {"mark": opinion["mark"]})
    if visit := parse_date(str(data.get("set", {}).get("visit_on") or "")):
        notes.append(_("Visit: %(day)s") % {"day": quebec.day(visit, lang(), year=False)})
    due = parse_datetime(str(data.get("set", {}).get("due_at") or ""))
    if due and entry.kind in DATED:
        local = working_calendar().local(due)
        notes.append(_("Promised: %(when)s") % {"when": f"{_short(local, AsOf.now())}, {quebec.hour(local, lang())}"})
    return notes


def _what_public(data: Mapping[str, Any]) -> str:
    """What an entry showed to the public, or hid from it."""
    if data.get("what") == "photo":
        count = data.get("rectangles")
        if count is None:
            return _("A photo")
        return ngettext("A photo, with %(n)d rectangle", "A photo, with %(n)d rectangles", count) % {"n": count}
    return _("The whole request") if data.get("what") == "case" else _("Words and place")
