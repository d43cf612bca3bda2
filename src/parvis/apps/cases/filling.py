"""What fills the holes of the words told to a citizen: their own name, number and promise, whoever else reads them."""

from dataclasses import replace

from parvis.apps.cases.journal import EntryDraft
from parvis.apps.cases.merged_cases import as_seen_by_citizen
from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.placeholders import filled, holes_of
from parvis.apps.directory.models import User
from parvis.apps.directory.queries import working_calendar
from parvis.lib import quebec

FILLED = (Entry.Kind.ASKED, Entry.Kind.ANSWERED, Entry.Kind.PROMISED, Entry.Kind.VISIT, Entry.Kind.CLOSED)


def values_for(case: Case, by: User, lang: str) -> dict[str, str]:
    """What fills each hole for the citizen of that case, in that language, as they follow it: see `placeholders`.

    A protected place fills none: the staff read these words too.
    """
    shown, english = as_seen_by_citizen(case), lang == "en"
    due = working_calendar().local(shown.due_at) if shown.due_at else None
    return {
        "me": by.display_name,
        "reference": shown.reference,
        "name": shown.person.canonical.name if shown.person else "",
        "promise": quebec.day(due, lang, year=False) if due else "",
        "subject": shown.subject.title_en if english and shown.subject.title_en else shown.subject.title_fr,
        "place": "" if shown.person and shown.person.address_protected else shown.place,
        "department": shown.department.name_en if english else shown.department.name_fr,
    }


def filled_for(case: Case, line: EntryDraft, lang: str) -> EntryDraft:
    """The line as the citizen of that case reads it, its words told in that language."""
    if line.by.user is None or line.by_citizen or line.kind not in FILLED or not holes_of(line.body):
        return line
    return replace(line, body=filled(line.body, values_for(case, line.by.user, lang), lang))
