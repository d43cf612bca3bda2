"""The language used to write to a citizen, and its legal ground: the town's language policy applied to one case."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case, Entry
from parvis.apps.directory.queries import language_rule, working_calendar
from parvis.apps.directory.rules.language_policy import SAFETY, Allowed, Why, allowed
from parvis.lib.clock import now
from parvis.lib.i18n.languages import Lang, clean


@dataclass(frozen=True)
class LanguageChoice:
    """The language chosen for a case, with the ground given for English."""

    language: str = "fr"
    ground: str = ""


def allowed_for(case: Case, ground: str | None = None) -> Allowed:
    """What the policy allows now for this case, on its own ground or on another."""
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
    """The language to write to its citizen now, by the town's policy."""
    return allowed_for(case).chosen(case.language)


def set_language(case: Case, wanted: LanguageChoice) -> None:
    """Sets the language and ground of a case about to be opened: those wanted if the policy allows, else French."""
    policy = allowed_for(case, wanted.ground)
    case.language = policy.chosen(wanted.language)
    case.english_ground = (policy.ground or None) if case.language == "en" else None


def entry_language(entry: Entry) -> Lang:
    """The language in which an entry is sent. Reads `case`."""
    return clean(entry.data.get("language") or entry.case.language)


def languages_of(entries: Iterable[Entry]) -> dict[int, Lang]:
    """The language of each entry by its number; `entries` are the journal of one case, in any order.

    It is the language in which it was sent, else that of the case at the time.
    """
    languages: dict[int, Lang] = {}
    case_language = ""
    for entry in sorted(entries, key=lambda entry: entry.seq):
        case_language = str(entry.data.get("set", {}).get("language") or case_language)
        languages[entry.seq] = clean(entry.data.get("language") or case_language or entry.case.language)
    return languages


def why_words(policy: Allowed) -> str:
    """Why English may be used or not, in words for the staff."""
    ground = language_rule().ground(policy.ground)
    if policy.why in (Why.GROUND, Why.SAFETY) and ground:
        return ground.name(get_language())
    return {
        Why.EVERYONE: _("the town writes in English to whoever asks"),
        Why.GROUND: policy.ground,
        Why.SAFETY: _("health or public safety"),
        Why.NO_GROUND: _("no ground for English was given"),
        Why.LAPSED: _("the ground given for English no longer holds"),
        Why.ELSEWHERE: _("the ground given for English does not cover this"),
        Why.FRENCH_ONLY: _("the town writes in French only"),
    }[policy.why]
