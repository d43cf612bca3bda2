"""The letter of a message to an audience; nothing in it says who else receives it."""

from collections.abc import Mapping
from dataclasses import replace

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.mail.letters import Content as Body
from parvis.apps.mail.letters import Letter, compose
from parvis.apps.outreach.models import Release
from parvis.apps.outreach.rules.audiences import audience_of
from parvis.apps.outreach.rules.content import Content
from parvis.lib.i18n.languages import clean

PARTICIPANTS, TEST = f"{__name__}.to_participants", f"{__name__}.test_to_participants"
WITHDRAWN = f"{__name__}.withdrawn_from_participants"


def to_participants(release_id: int) -> Letter:
    """The words of a release, in the language of the letter when they are written in it."""
    return _letter(Release.objects.get(pk=release_id).words)


def withdrawn_from_participants(release_id: int) -> Letter:
    """Says that an earlier letter was an error."""
    letter = _letter(Release.objects.get(pk=release_id).words, _("The letter below was sent by error: forget it."))
    return replace(letter, subject=_("Withdrawn: %(subject)s") % {"subject": letter.subject})


def test_to_participants(content: Mapping[str, object]) -> Letter:
    """The same as a test, of words that no release holds."""
    letter = _letter(Content.from_json(content))
    return replace(letter, subject=_("[Test] %(subject)s") % {"subject": letter.subject})


def _letter(content: Content, *first: str) -> Letter:
    language = content.language_for(clean(get_language()))
    audience, name = audience_of(content.audience)
    paragraphs = [part for part in content.text("", language).split("\n") if part.strip()]
    why = _("You receive this letter because someone of your household is registered: %(what)s.")
    body = Body(
        greeting=_("Hello,"),
        paragraphs=[*first, *paragraphs],
        closing=[why % {"what": audience.label(name)}],
    )
    return compose(content.title("", language), body)
