"""The few words by which a step of a case is told in a text message, in the active language.

The French keeps to letters of the basic alphabet of text messages (GSM 03.38), which has no ê, ç, ô or ’: a message
beyond it costs twice.
"""

from collections.abc import Callable

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.cases.letters.cases import link
from parvis.apps.cases.models import Entry
from parvis.apps.directory.queries import town
from parvis.apps.push.rules.notes import Kind, PushNote
from parvis.lib.i18n.languages import clean, pick


def short_words(entry: Entry) -> str:
    """The town, the reference, what happened and the private link; never the words of the entry. Reads `case`."""
    case = entry.case
    values = {"town": pick(town(), "name", clean(get_language())), "ref": case.reference}
    opening = _("%(town)s, request %(ref)s.") % values
    return f"{opening} {news_of(entry.kind)} {link(case)}"


def push_note(entry: Entry) -> PushNote:
    """The same as a notice on a device; it replaces the one before about the same case. Reads `case`."""
    case = entry.case
    title = _("Request %(ref)s") % {"ref": case.reference}
    words = news_of(entry.kind).rstrip(": ")
    return PushNote(title, words, f"/suivi/{case.secret}/", kind=Kind.CASE, topic=f"case/{case.pk}")


def news_of(kind: str) -> str:
    """What happened, in one sentence of plain words."""
    return _NEWS.get(kind, _other)()


def _other() -> str:
    return _("There is something new:")


_NEWS: dict[str, Callable[[], str]] = {
    Entry.Kind.ASKED: lambda: _("We have a question for you. Reply to this message or here:"),
    Entry.Kind.ANSWERED: lambda: _("We answered you:"),
    Entry.Kind.PROMISED: lambda: _("The promised date changes:"),
    Entry.Kind.RECOUNTED: lambda: _("The promised date changes:"),
    Entry.Kind.VISIT: lambda: _("Someone comes, see which day:"),
    Entry.Kind.CLOSED: lambda: _("It is closed, see what was done:"),
    Entry.Kind.REOPENED: lambda: _("It is open again:"),
    Entry.Kind.INFORMED: lambda: _("There is news:"),
}
