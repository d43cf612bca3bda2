"""Fills the placeholders of a message for one citizen: their own name, reference and due date."""

from dataclasses import replace

from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.queries.language_choice import allowed_for
from parvis.apps.cases.queries.merged_cases import as_seen_by_citizen
from parvis.apps.cases.rules.placeholders import filled, holes_of
from parvis.apps.cases.services.journal import EntryDraft
from parvis.apps.directory.models import User
from parvis.apps.directory.queries import working_calendar
from parvis.lib import quebec

FILLED = (Entry.Kind.ASKED, Entry.Kind.ANSWERED, Entry.Kind.PROMISED, Entry.Kind.VISIT, Entry.Kind.CLOSED)


def values_for(case: Case, by: User, lang: str) -> dict[str, str]:
    """The value of each placeholder for the citizen of that case, in that language (see `placeholders`).

    A protected place is left empty, as the staff read the message too.
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
    """The draft with its placeholders filled for the citizen of that case, in that language."""
    if line.by.user is None or line.by_citizen or line.kind not in FILLED or not holes_of(line.body):
        return line
    return replace(line, body=filled(line.body, values_for(case, line.by.user, lang), lang))


def draft_in_language(case: Case, line: EntryDraft) -> EntryDraft:
    """The draft with its language and ground added to `data`, when it notifies someone and the case is in English.

    A language already in `data` is kept.
    """
    if "language" in (line.data or {}):
        return line
    if not (line.notified_via or line.other) or case.language != "en":
        return line
    policy = allowed_for(case)
    language = {"language": policy.chosen("en")} | ({"ground": policy.ground} if policy.ground else {})
    return replace(line, data={**(line.data or {}), **language})
