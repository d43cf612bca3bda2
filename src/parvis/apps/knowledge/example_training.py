"""Ways of asking that people confirm in the product, and what each would change before it is kept."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from parvis.apps.catalogue.models import ExampleQuestion, Subject
from parvis.apps.directory.models import User
from parvis.apps.directory.permissions import Action
from parvis.apps.knowledge import matcher as matcher_module
from parvis.apps.knowledge.matcher import Matcher, matchers
from parvis.apps.knowledge.models import OutOfScopeExample, OutOfScopeTopic
from parvis.apps.knowledge.services import REACH, bump_edition
from parvis.lib import words
from parvis.lib.errors import Invalid, NotAllowed
from parvis.lib.languages import clean

LONGEST_VARIANT = 400
_SPACES = re.compile(r"\s+")


def without_reach(text: str) -> str:
    """The text on one line, its e-mail addresses and phone numbers taken out."""
    return REACH.sub("…", _SPACES.sub(" ", text)).strip()


Taught = Subject | OutOfScopeTopic  # what a way of asking is about: a subject of the town, or what is somebody else's


@transaction.atomic
def teach_variant(*, subject: Subject, language: str, text: str, by: User) -> ExampleQuestion:
    """Keep one more way of asking about a subject; loading the town's files leaves it there.

    Invalid (field text) when it is empty or too long, when it holds an address or a number to reach someone, or when
    it is already a way of asking, about this subject or another.
    """
    if not by.may(Action.EDIT_ANSWER):
        raise NotAllowed(_("Only those who write the answers decide on this."))
    said, code = checked_variant(language=language, text=text), clean(language)
    variant = ExampleQuestion.objects.create(subject=subject, language=code, text=said, from_town_file=False)
    bump_edition()
    return variant


@transaction.atomic
def teach_elsewhere(*, elsewhere: OutOfScopeTopic, language: str, text: str, by: User) -> OutOfScopeExample:
    """Keep one more way of asking about what is not ours; raises what `teach_variant` raises."""
    if not by.may(Action.EDIT_ANSWER):
        raise NotAllowed(_("Only those who write the answers decide on this."))
    said, code = checked_variant(language=language, text=text), clean(language)
    variant = OutOfScopeExample.objects.create(elsewhere=elsewhere, language=code, text=said, from_town_file=False)
    bump_edition()
    return variant


def elsewhere_for_choice() -> QuerySet[OutOfScopeTopic]:
    """Everything that the town knows not to be its own."""
    return OutOfScopeTopic.objects.filter(active=True)


def checked_variant(*, language: str, text: str) -> str:
    """The way of asking as it would be kept; raises the refusals of `teach_variant`."""
    said = _SPACES.sub(" ", text).strip()
    if not words.split(said):
        raise _refused(_("Write how people ask it."))
    if len(said) > LONGEST_VARIANT:
        raise _refused(_("Keep it under %(most)d characters.") % {"most": LONGEST_VARIANT})
    if REACH.search(said):
        raise _refused(_("Take out the address or the number: it would be kept for good."))
    mine = words.split(said)
    known = [
        (row.text, row.subject)
        for row in ExampleQuestion.objects.filter(language=clean(language)).select_related("subject")
    ]
    others = OutOfScopeExample.objects.filter(language=clean(language)).select_related("elsewhere")
    for other, owner in [*known, *((row.text, row.elsewhere) for row in others)]:
        if words.split(other) == mine:
            raise _refused(_("This way of asking is already known, under “%(subject)s”.") % {"subject": owner})
    return said


def _refused(message: str) -> Invalid:
    return Invalid(message, {"text": message})


@transaction.atomic
def forget_variant(*, variant: ExampleQuestion | OutOfScopeExample, by: User) -> None:
    """Take back a way of asking that was confirmed in the product; one that the town's files gave stays."""
    if not by.may(Action.EDIT_ANSWER):
        raise NotAllowed(_("Only those who write the answers decide on this."))
    if type(variant).objects.filter(pk=variant.pk, from_town_file=False).delete()[0]:
        bump_edition()


# --- Before it is kept --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Message:
    """Something people wrote, and the subject that it is known to be about; "" when nobody knows.

    A `private` one is ranked, and its text not shown.
    """

    text: str
    wanted: str = ""
    private: bool = False


@dataclass(frozen=True)
class Tried:
    """A message ranked without the new way of asking, and with it. Subjects by slug, "" when nothing was found."""

    message: Message
    before: str
    after: str

    @property
    def changed(self) -> bool:
        return self.before != self.after

    @property
    def gained(self) -> bool:
        """Whether its own subject comes first thanks to it."""
        return bool(self.message.wanted) and self.changed and self.after == self.message.wanted

    @property
    def lost(self) -> bool:
        """Whether its own subject came first, and no more."""
        return bool(self.message.wanted) and self.changed and self.before == self.message.wanted


def try_variant(*, about: Taught, language: str, text: str, messages: Sequence[Message]) -> list[Tried]:
    """What one more way of asking would change: each message ranked by the engine as it stands, then by a second one
    built with it, in memory. Nothing is written; as many queries as the building of one engine, whatever the messages.
    """
    standing = matchers.current()
    ours = [(about.pk, clean(language), text)] if isinstance(about, Subject) else []
    theirs = [(about.slug, clean(language), text)] if isinstance(about, OutOfScopeTopic) else []
    other = matcher_module.read(standing.content, standing, extra=ours, extra_elsewhere=theirs)()
    return [Tried(message, _first(standing, message.text), _first(other, message.text)) for message in messages]


def _first(matcher: Matcher, text: str) -> str:
    hits = matcher.index.search(text, None, 1).hits
    return hits[0].key if hits else ""
