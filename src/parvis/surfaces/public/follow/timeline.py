"""The journal of a case in words addressed to its citizen."""

from dataclasses import dataclass

from django.utils.dateparse import parse_date
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case, ClosingReason, Entry
from parvis.apps.cases.queries.cases import spoken
from parvis.apps.cases.queries.language_choice import languages_of
from parvis.apps.cases.queries.replies import by_someone_else
from parvis.apps.cases.rules.kinds import ADDED
from parvis.apps.catalogue.models import Channel
from parvis.apps.directory.models import Department
from parvis.lib import quebec
from parvis.lib.i18n.localized import localized


@dataclass(frozen=True)
class Moment:
    """One event; `words`, in `lang`, only when they were written for the citizen or by them."""

    entry: Entry
    title: str
    words: str
    by: str
    tone: str
    lang: str


def timeline(case: Case, entries: list[Entry], departments: dict[str, Department]) -> list[Moment]:
    """The entries, newest first, as moments; the newest of an open case has the tone "now"."""
    language_of = languages_of(entries)
    return [
        Moment(
            entry=entry,
            title=_title(entry, departments),
            words=entry.body if spoken(entry) else "",
            by=_author(entry, case),
            tone=_tone(entry, newest=index == 0 and case.is_open),
            lang=language_of[entry.seq],
        )
        for index, entry in enumerate(entries)
    ]


def _tone(entry: Entry, *, newest: bool) -> str:
    if entry.kind == Entry.Kind.ASKED:
        return "asked"
    return "now" if newest else ""


def _author(entry: Entry, case: Case) -> str:
    if entry.actor is None or entry.by_citizen or case.names_hidden_at:
        return ""
    return entry.actor.display_name


def _title(entry: Entry, departments: dict[str, Department]) -> str:
    if entry.kind == Entry.Kind.OPENED:
        return _opened(str(entry.data.get("channel", "")))
    if entry.kind == Entry.Kind.CLOSED:
        return _closed(str(entry.data.get("reason", "")))
    if entry.kind == Entry.Kind.PASSED:
        to = departments.get(str(entry.data.get("to", "")))
        return _("Passed to %(department)s") % {"department": localized(to, "name") if to else "-"}
    if entry.kind == Entry.Kind.CORRECTED and "to" in entry.data:
        to = departments.get(str(entry.data["to"]))
        name = localized(to, "name") if to else "-"
        return _("You corrected your request: it went to %(department)s") % {"department": name}
    if entry.kind == Entry.Kind.CHOSE:
        return _chose(entry)
    if entry.kind == Entry.Kind.VISIT:
        return _visit(entry)
    if entry.kind == Entry.Kind.REOPENED and entry.data.get("undo"):
        return _("Closed by mistake: open again")
    if entry.kind == Entry.Kind.REOPENED and entry.data.get("opinion", {}).get("solved"):
        return _("You said the service was bad: open again, one level up")
    if entry.kind == Entry.Kind.REOPENED and entry.data.get("withdrawn"):
        return _("You changed your mind: open again, one level up")
    if entry.kind == Entry.Kind.REPLIED and by_someone_else(entry):
        return _("Someone else wrote")
    if entry.kind == Entry.Kind.REOPENED and by_someone_else(entry):
        return _("Someone else said it is not fixed: open again, one level up")
    if entry.kind == Entry.Kind.REOPENED and ("of" in entry.data or "case" in entry.data):
        return _("Someone else said it is not fixed: open again, one level up")
    return str(ADDED[entry.kind].told_as if entry.kind in ADDED else _titles()[entry.kind])


def _chose(entry: Entry) -> str:
    via = [Entry.NotifiedVia(each) for each in entry.data.get("means", ())]
    if entry.data.get("file"):
        return _("An address was removed: we tell you again by the way of your file")
    if not via:
        return _("You asked that nothing be sent")
    return _("You chose to be told %(ways)s") % {"ways": ", ".join(str(each.label) for each in via)}


def _visit(entry: Entry) -> str:
    day = parse_date(str(entry.gives("visit_on") or ""))
    if day is None:
        return _("A visit was planned")
    return _("A visit was planned for %(day)s") % {"day": quebec.day(day, get_language() or "fr", year=False)}


def _opened(channel: str) -> str:
    titles: dict[str, str] = {
        Channel.PHONE: _("You told us, by phone"),
        Channel.COUNTER: _("You told us, at the counter"),
        Channel.EMAIL: _("You wrote to us, by e-mail"),
        Channel.WEB: _("You told us, on the site"),
        Channel.TEXT: _("You wrote to us, by text message"),
    }
    return titles.get(channel, _("You told us"))


def _closed(reason: str) -> str:
    if reason == ClosingReason.WITHDRAWN:
        return _("You withdrew your request")
    label = ClosingReason(reason).in_sentence if reason in ClosingReason.values else ""
    return _("Closed: %(reason)s") % {"reason": label}


def _titles() -> dict[str, str]:
    return {
        Entry.Kind.THANKED: _("Your comment was received and passed on"),
        Entry.Kind.TAKEN: _("Someone took charge of it"),
        Entry.Kind.ASSIGNED: _("Someone was put in charge of it"),
        Entry.Kind.ASKED: _("We asked you a question"),
        Entry.Kind.REPLIED: _("You wrote"),
        Entry.Kind.ANSWERED: _("We answered"),
        Entry.Kind.INFORMED: _("News of what others told us too"),
        Entry.Kind.WAITING: _("We are waiting for someone else; the promise is paused"),
        Entry.Kind.RESUMED: _("The work goes on"),
        Entry.Kind.PROMISED: _("A new date was given"),
        Entry.Kind.RECOUNTED: _("The date was counted again: our opening days changed"),
        Entry.Kind.REOPENED: _("You said it is not fixed: open again, one level up"),
        Entry.Kind.CALLED: _("We phoned you"),
        Entry.Kind.MERGED: _("Others told us of the same thing: all is handled together"),
        Entry.Kind.UNMERGED: _("Your request is followed on its own again"),
        Entry.Kind.QUIETED: _("You asked to hear no more of it"),
        Entry.Kind.CORRECTED: _("You corrected your request"),
    }
