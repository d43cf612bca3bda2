"""A case in words for those who work on it: its deadline in large, its journal line by line."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from parvis.apps.cases.due_status import AsOf, Row, ack_words, counted, date_given, day_of
from parvis.apps.cases.models import Case, ClosingReason, Entry
from parvis.apps.cases.replies import entry_name, unasked
from parvis.apps.cases.reversals import reversals
from parvis.apps.cases.sla_reminders import wait_ends
from parvis.apps.catalogue.models import Channel
from parvis.apps.catalogue.promises import days_late
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.queries import working_calendar
from parvis.apps.files.models import Attachment
from parvis.apps.mail.models import Outgoing
from parvis.lib import quebec

MINUS = "\u2212"
_K = Entry.Kind
TONES: dict[str, str] = {
    _K.ASKED: "asked",
    _K.WAITING: "asked",
    _K.NOTED: "internal",
    _K.HANDED: "internal",
    _K.UNDONE: "internal",
    _K.REOPENED: "bad",
    _K.UNTOLD: "bad",
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
class Face:
    """The deadline as the largest thing of its row: `big`, under it `small`, and the class that colours it."""

    big: str
    small: str
    css: str


def face(row: Row) -> Face:
    """ "16 h 30" and what is left today; "−2 jours" and the date when late; "jeu. 26 nov." and what is left ahead."""
    case, as_of = row.case, row.as_of
    if case.due_at is None or not case.is_open:
        when = case.opened_at if case.is_open or case.closed_at is None else case.closed_at
        return Face(_short(as_of.calendar.local(when), as_of), "", "")
    if case.is_paused:
        since = datetime.fromisoformat(case.pauses[-1][0])
        days = (as_of.here.date() - as_of.calendar.local(since).date()).days
        return Face(quebec.day_short(as_of.calendar.local(case.due_at), as_of.lang), _paused_for(days), "paused")
    return deadline(case.due_at, row.left, as_of)


def deadline(moment: datetime, left: str = "", as_of: AsOf | None = None) -> Face:
    """The face of any moment by which something is owed; `left` is what remains, in words."""
    as_of = as_of or AsOf.now()
    due, here = as_of.calendar.local(moment), as_of.here
    if due < here:
        late = _lateness(days_late(due, here, as_of.calendar), here - due)
        near = quebec.relative_day(due.date(), here.date(), as_of.lang) or _short(due, as_of)
        return Face(MINUS + late, f"{near}, {quebec.hour(due, as_of.lang)}", "late")
    if due.date() == here.date():
        return Face(quebec.hour(due, as_of.lang), left, "today")
    return Face(_short(due, as_of), left, "")


def _short(when: datetime, as_of: AsOf) -> str:
    return quebec.day_short(when, as_of.lang, today=as_of.here.date())


def _lateness(days: int, long: timedelta) -> str:
    if days > 0:
        return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
    return quebec.duration(int(long.total_seconds() // 60), lang())


def _paused_for(days: int) -> str:
    if days < 1:
        return _("paused today")
    return ngettext("paused for %(n)d day", "paused for %(n)d days", days) % {"n": days}


def ends(case: Case) -> dict[str, str]:
    """What stands under the stones of a promise: its first day, today's place in it, its last day."""
    if case.due_at is None:
        return {"start": "", "here": "", "end": ""}
    calendar = working_calendar()
    first, last = calendar.local(case.opened_at).date(), calendar.local(case.due_at).date()
    place = day_of(case)
    here = _("Day %(at)d of %(total)d") % {"at": place[0], "total": place[1]} if place else ""
    start = quebec.day_of_month(first, lang(), year=(last - first).days > quebec.HALF_A_YEAR)
    return {"start": start, "here": here, "end": quebec.day_of_month(last, lang())}


def clocks(case: Case) -> list[str]:
    """How the promise is counted, by when someone takes charge, how long it may still wait: a sentence each."""
    result = []
    if how := counted(case, lang()):
        said = (
            _("Promised at first: %(how)s. A new date was given since.")
            if date_given(case)
            else _("Promised: %(how)s.")
        )
        result.append(said % {"how": how})
    if ack := ack_words(case, lang()):
        result.append(_("To take charge: %(when)s.") % {"when": ack})
    if ends_at := wait_ends(case):
        local = working_calendar().local(ends_at)
        result.append(_("The clock runs again on %(day)s at the latest.") % {"day": quebec.day_of_month(local, lang())})
    return result


# --- The journal ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One entry as it is shown: what happened, who and when, the words, how the citizen heard, the pictures."""

    title: str
    when: datetime
    by: str
    tone: str = ""
    words: str = ""
    erased: bool = False
    told: str = ""
    told_badly: bool = False
    notes: list[str] = field(default_factory=list)
    photos: list[Attachment] = field(default_factory=list)


@dataclass(frozen=True)
class Names:
    """What the journal calls by its short name: departments by slug, colleagues by user name."""

    departments: Mapping[str, str]
    people: Mapping[str, str]


def names_in(entries: Iterable[Entry]) -> Names:
    """The names that these entries need; two queries at most."""
    slugs, users = set(), set()
    for entry in entries:
        slugs |= {str(entry.data[key]) for key in ("from", "to") if entry.kind == _K.PASSED and key in entry.data}
        users |= {
            str(entry.data[key])
            for key in ("to", "stand_in")
            if entry.kind in (_K.ASSIGNED, _K.HANDED) and key in entry.data
        }
        given = entry.data.get("assigned", {})
        users |= {str(given[key]) for key in ("to", "named") if key in given}
    departments = Department.objects.filter(slug__in=slugs) if slugs else []
    people = User.objects.filter(username__in=users) if users else []
    return Names(
        {department.slug: department.name for department in departments},
        {person.username: person.display_name for person in people},
    )


def given_words(entry: Entry, names: Names) -> str:
    """Why an entry gave the case to someone, in words; "" when it gave it to nobody."""
    given = entry.data.get("assigned", {})
    name, other = (names.people.get(str(given.get(key)), "") for key in ("to", "named"))
    if given.get("by") == "rule" and name == other:
        return _("Given to %(name)s, whom the rule names.") % {"name": name}
    if given.get("by") == "rule":
        return _("Given to %(name)s, who replaces %(other)s, whom the rule names.") % {"name": name, "other": other}
    if given.get("by") != "load":
        return ""
    told = {"name": name, "n": given["open"]}
    if given.get("present"):
        return _("Given to %(name)s: there, and the least laden (open requests: %(n)d).") % told
    return _("Given to %(name)s: nobody was there, the least laden (open requests: %(n)d).") % told


def lines(entries: list[Entry], names: Names, letters: Mapping[str, Outgoing], case: Case) -> list[Line]:
    """The journal in words, in the order given; the latest of an open case is the present one."""
    gone, added = reversals(entries), unasked(entries)
    told = [
        _line(entry, names, letters.get(f"{case.reference}/{entry.seq}"), gone.get(entry.seq), added)
        for entry in entries
    ]
    if told and case.is_open and not told[0].tone:
        told[0] = Line(**{**told[0].__dict__, "tone": "now"})
    return told


def _line(entry: Entry, names: Names, letter: Outgoing | None, undoing: Entry | None, added: Collection[int]) -> Line:
    told, badly = _told(entry, letter)
    tone = "undone" if undoing else TONES.get(entry.kind, "")
    back = [_("Taken back by %(name)s") % {"name": undoing.actor}] if undoing else []
    return Line(
        title=_title(entry, names, added),
        when=entry.at,
        by=_by(entry),
        tone=tone,
        words=entry.body,
        erased=not entry.body and not entry.salt,
        told=told,
        told_badly=badly,
        notes=[*back, *_notes(entry, names)],
        photos=[file.attachment for file in entry.files.all()],
    )


def _by(entry: Entry) -> str:
    if entry.actor is None:
        return _("The citizen") if entry.by.is_citizen else entry.by.name
    if entry.by_citizen:
        return _("Written down by %(name)s") % {"name": entry.actor.display_name}
    return entry.actor.display_name


def _channel(entry: Entry) -> str:
    value = str(entry.data.get("channel", ""))
    return str(Channel(value).label) if value in Channel.values else ""


def _title(entry: Entry, names: Names, added: Collection[int]) -> str:
    data = entry.data
    stands = "pauses" in data.get("set", {})
    channel = _channel(entry)
    if entry.kind in (_K.OPENED, _K.THANKED):
        return _("Received, %(channel)s") % {"channel": channel.lower()} if channel else _("Received")
    if entry.kind == _K.PASSED:
        sent = _("Not theirs: sent on to %(department)s") if data.get("bounce") else _("Passed on to %(department)s")
        return sent % {"department": _known(names.departments, data.get("to"))}
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
        ended = reason in ClosingReason.values
        return _("Closed: %(reason)s") % {"reason": ClosingReason(reason).in_sentence} if ended else _("Closed")
    if entry.kind == _K.REOPENED:
        if data.get("undo"):
            return _("Closed by mistake: open again")
        if entry.data.get("opinion", {}).get("solved"):
            return _("Badly served: reopened one level up")
        if entry.data.get("withdrawn"):
            return _("Withdrawn, then asked again: reopened one level up")
        return _("Not fixed: reopened one level up")
    if entry.kind == _K.ASKED:
        return _("Question to the citizen, promise paused") if stands else _("Question to the citizen")
    if entry.kind == _K.WAITING:
        return _("Waiting for a third party, promise paused") if stands else _("Waiting for a third party")
    return entry_name(entry, added)


def _known(names: Mapping[str, str], key: Any) -> str:
    return names.get(str(key), str(key or ""))


def _notes(entry: Entry, names: Names) -> list[str]:
    notes = []
    data = entry.data
    if entry.recorded_at and entry.recorded_at.year != entry.at.year:  # the head of the line has no year
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
    if opinion := data.get("opinion"):
        notes.append(_("Opinion: mark %(mark)d of 5") % {"mark": opinion["mark"]})
    if visit := parse_date(str(data.get("set", {}).get("visit_on") or "")):
        notes.append(_("Visit: %(day)s") % {"day": quebec.day(visit, lang(), year=False)})
    due = parse_datetime(str(data.get("set", {}).get("due_at") or ""))
    if due and entry.kind in DATED:
        local = working_calendar().local(due)
        notes.append(_("Promised: %(when)s") % {"when": f"{_short(local, AsOf.now())}, {quebec.hour(local, lang())}"})
    return notes


def _told(entry: Entry, letter: Outgoing | None) -> tuple[str, bool]:
    """How the citizen heard of it, and whether they did not."""
    if entry.notified_via == Entry.NotifiedVia.PHONE:
        return _("To be told by phone: see the calls to make"), False
    if entry.notified_via == Entry.NotifiedVia.POST:
        return _("To be told on paper: see the letters to print"), False
    if entry.notified_via != Entry.NotifiedVia.EMAIL:
        return "", False
    if letter is None or letter.state == Outgoing.State.QUEUED:
        return _("E-mail on its way"), False
    if letter.state == Outgoing.State.SENT:
        if letter.sent_at is None:
            return _("E-mail sent"), False
        return _("E-mail sent at %(hour)s") % {
            "hour": quebec.hour(working_calendar().local(letter.sent_at), lang())
        }, False
    return _("The e-mail could not be delivered: call instead"), True
