"""What Parvis answers by itself to a text: which line to call, when it tells of a danger. The rest is for a person."""

from collections.abc import Iterable

from django.utils import translation
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case
from parvis.apps.content.rules.help_lines import EMERGENCY, FIRST, POISON, SUICIDE, HelpLine
from parvis.apps.directory.queries import town
from parvis.apps.intake.models import Contact
from parvis.apps.intake.queries.dangers import Heard
from parvis.apps.intake.queries.texts import text_danger_key
from parvis.apps.intake.services.alerts import alert_danger
from parvis.apps.matching.rules.text import guess_language
from parvis.apps.telephony.models import IncomingText
from parvis.apps.telephony.services.texts.automatic import answer_automatically
from parvis.lib.i18n.languages import Lang, clean, pick


def warn_of_danger(
    text: IncomingText, heard: Heard, *, contact: Contact | None = None, case: Case | None = None
) -> None:
    """Alerts people on their screens, and tells whoever wrote which line to call, at any hour.

    The alert says whether they were told: a number that asked for no texts, or was told lately, is not.
    """
    key = text_danger_key(text)
    language = clean(guess_language(text.body))
    told = answer_automatically(
        key=key, to=text.sender, body=danger_words(heard, language), thread=case.reference if case else ""
    )
    alert_danger(key=key, words=heard.excerpt, contact=contact, case=case, told=told)


def danger_words(heard: Heard, language: Lang) -> str:
    """The text that leaves: whom to call now, and that a machine wrote it."""
    lines = heard.danger.lines
    with translation.override(language):
        end = _("Automatic message; our team is alerted.")
        parts = [f"{pick(town(), 'name', language)}.", *_advice(lines, language), end]
    return " ".join(parts)


def _advice(lines: Iterable[HelpLine], language: Lang) -> list[str]:
    if SUICIDE in lines:
        return [
            _("You are not alone: call %(line)s now, day and night.") % {"line": SUICIDE.shown},
            _("If a life is in danger, call %(line)s.") % {"line": EMERGENCY.shown},
        ]
    if POISON in lines:
        return [
            _("If a life is in danger, call %(line)s.") % {"line": EMERGENCY.shown},
            _("Otherwise, poison control: %(line)s.") % {"line": POISON.shown},
        ]
    if any(line.after_911 for line in lines):
        return [FIRST["go_out"][language]]
    return [_("If someone is in danger, call %(line)s now.") % {"line": EMERGENCY.shown}]
