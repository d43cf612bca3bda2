"""In which language a case is written to, and on what ground: the town's rule applied to one case."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.cases.journal import EntryDraft
from parvis.apps.cases.models import Case, Entry
from parvis.apps.directory.language_policy import SAFETY, Allowed, Why, allowed
from parvis.apps.directory.queries import language_rule, working_calendar
from parvis.lib.clock import now
from parvis.lib.languages import Lang, clean


@dataclass(frozen=True)
class LanguageChoice:
    """A language chosen for what is written of a case, with the ground given for English."""

    language: str = "fr"
    ground: str = ""


def allowed_for(case: Case, ground: str | None = None) -> Allowed:
    """What the rule says now of writing to the citizen of a case, on its own ground or on another."""
    local = working_calendar().local
    return allowed(
        language_rule(),
        ground=ground or case.english_ground,
        channel=case.channel,
        kind=SAFETY if case.urgent else case.nature,
        day=local(now()).date(),
        said_on=local(case.opened_at).date(),
    )


def language_of(case: Case) -> Lang:
    """The language in which its citizen is written to now, by the town's rule."""
    return allowed_for(case).chosen(case.language)


def set_language(case: Case, wanted: LanguageChoice) -> None:
    """Gives a case about to be opened the language wanted, when the rule allows it, and its ground; else French."""
    result = allowed_for(case, wanted.ground)
    case.language = result.chosen(wanted.language)
    case.english_ground = (result.ground or None) if case.language == "en" else None


def draft_in_language(case: Case, line: EntryDraft) -> EntryDraft:
    """The line with the language of what it tells the citizen, or those merged in, and its ground, for English.

    One that says its language already, since its words are in no other, keeps it.
    """
    if "language" in (line.data or {}):
        return line
    if not (line.notified_via or line.other) or case.language != "en":
        return line
    result = allowed_for(case)
    told = {"language": result.chosen("en")} | ({"ground": result.ground} if result.ground else {})
    return replace(line, data={**(line.data or {}), **told})


def entry_language(entry: Entry) -> Lang:
    """The language in which an entry is told. Reads `case`."""
    return clean(entry.data.get("language") or entry.case.language)


def languages_of(entries: Iterable[Entry]) -> dict[int, Lang]:
    """The language in which each entry was written, by its number; `entries` are the journal of one case, in any order.

    It is the one in which it was told, else that of the request then, which may have changed since.
    """
    languages: dict[int, Lang] = {}
    then = ""
    for entry in sorted(entries, key=lambda item: item.seq):
        then = str(entry.data.get("set", {}).get("language") or then)
        languages[entry.seq] = clean(entry.data.get("language") or then or entry.case.language)
    return languages


def why_words(item: Allowed) -> str:
    """Why English may be used, or not, in words for whoever writes."""
    ground = language_rule().ground(item.ground)
    if item.why in (Why.GROUND, Why.SAFETY) and ground:
        return ground.name(get_language())
    return {
        Why.EVERYONE: _("the town writes in English to whoever asks"),
        Why.GROUND: item.ground,
        Why.SAFETY: _("health or public safety"),
        Why.NO_GROUND: _("no ground for English was given"),
        Why.LAPSED: _("the ground given for English no longer holds"),
        Why.ELSEWHERE: _("the ground given for English does not cover this"),
        Why.FRENCH_ONLY: _("the town writes in French only"),
    }[item.why]
