"""Example questions confirmed in the product, and a preview of what each would change."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from parvis.apps.catalogue.models import ExampleQuestion, Subject
from parvis.apps.content.models import OutOfScopeExample, OutOfScopeTopic
from parvis.apps.content.services.content import REACH, bump_edition
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.matching.queries import matcher as matcher_module
from parvis.apps.matching.queries.matcher import Matcher, matchers
from parvis.lib import words
from parvis.lib.errors import Invalid
from parvis.lib.i18n.languages import clean

LONGEST_VARIANT = 400
_SPACES = re.compile(r"\s+")


def redact_contacts(text: str) -> str:
    """The text on one line, without e-mail addresses and phone numbers."""
    return REACH.sub("…", _SPACES.sub(" ", text)).strip()


Taught = Subject | OutOfScopeTopic


@transaction.atomic
def teach_variant(*, subject: Subject, language: str, text: str, by: User) -> ExampleQuestion:
    """Add an example question to a subject; reloading the town's files leaves it there.

    Raises Invalid (field text) when it is empty, too long, contains an e-mail address or a phone number, or is already
    an example of this subject or another.
    """
    _require_editor(by)
    values = {"language": clean(language), "text": checked_variant(language=language, text=text)}
    example = ExampleQuestion.objects.create(subject=subject, **values, from_town_file=False)
    bump_edition()
    return example


@transaction.atomic
def teach_elsewhere(*, elsewhere: OutOfScopeTopic, language: str, text: str, by: User) -> OutOfScopeExample:
    """Add an example question to an out-of-scope topic; raises the same errors as `teach_variant`."""
    _require_editor(by)
    values = {"language": clean(language), "text": checked_variant(language=language, text=text)}
    example = OutOfScopeExample.objects.create(elsewhere=elsewhere, **values, from_town_file=False)
    bump_edition()
    return example


def elsewhere_for_choice() -> QuerySet[OutOfScopeTopic]:
    """The active out-of-scope topics."""
    return OutOfScopeTopic.objects.filter(active=True)


def checked_variant(*, language: str, text: str) -> str:
    """The example as it would be stored; raises the errors of `teach_variant`."""
    example = _SPACES.sub(" ", text).strip()
    example_words = words.split(example)
    if not example_words:
        raise _refused(_("Write how people ask it."))
    if len(example) > LONGEST_VARIANT:
        raise _refused(_("Keep it under %(most)d characters.") % {"most": LONGEST_VARIANT})
    if REACH.search(example):
        raise _refused(_("Take out the address or the number: it would be kept for good."))
    ours = ExampleQuestion.objects.filter(language=clean(language)).select_related("subject")
    theirs = OutOfScopeExample.objects.filter(language=clean(language)).select_related("elsewhere")
    for known, owner in [*((row.text, row.subject) for row in ours), *((row.text, row.elsewhere) for row in theirs)]:
        if words.split(known) == example_words:
            raise _refused(_("This way of asking is already known, under “%(subject)s”.") % {"subject": owner})
    return example


def _require_editor(by: User) -> None:
    by.require(Action.EDIT_ANSWER, _("Only those who write the answers decide on this."))


def _refused(message: str) -> Invalid:
    return Invalid.in_field("text", message)


@transaction.atomic
def forget_variant(*, variant: ExampleQuestion | OutOfScopeExample, by: User) -> None:
    """Delete an example confirmed in the product; examples from the town's files are left alone."""
    _require_editor(by)
    if type(variant).objects.filter(pk=variant.pk, from_town_file=False).delete()[0]:
        bump_edition()


# --- Preview ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Message:
    """A message and its known subject ("" when unknown). A `private` one is ranked, its text not shown."""

    text: str
    wanted: str = ""
    private: bool = False


@dataclass(frozen=True)
class RankingChange:
    """A message ranked without and with the new example: subject slugs, "" when nothing was found."""

    message: Message
    before: str
    after: str

    @property
    def changed(self) -> bool:
        return self.before != self.after

    @property
    def gained(self) -> bool:
        """Whether the right subject comes first thanks to the example."""
        return bool(self.message.wanted) and self.changed and self.after == self.message.wanted

    @property
    def lost(self) -> bool:
        """Whether the right subject came first, and no longer does."""
        return bool(self.message.wanted) and self.changed and self.before == self.message.wanted


def try_variant(*, about: Taught, language: str, text: str, messages: Sequence[Message]) -> list[RankingChange]:
    """The messages whose result one more example would change, ranked by the current engine and by one rebuilt in
    memory.

    Writes nothing; costs the queries of one engine build, whatever the number of messages.
    """
    current = matchers.current()
    ours = [(about.pk, clean(language), text)] if isinstance(about, Subject) else []
    theirs = [(about.slug, clean(language), text)] if isinstance(about, OutOfScopeTopic) else []
    rebuilt = matcher_module.read(current.content, current, extra=ours, extra_elsewhere=theirs)()
    return [RankingChange(message, _top(current, message.text), _top(rebuilt, message.text)) for message in messages]


def _top(matcher: Matcher, text: str) -> str:
    hits = matcher.index.search(text, None, 1).hits
    return hits[0].key if hits else ""
