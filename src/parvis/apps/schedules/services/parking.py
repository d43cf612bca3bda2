"""Snow operations: declared for a night, corrected, withdrawn. Every declaration stays in the journal."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.schedules.models import Declaration, WinterRule
from parvis.apps.schedules.queries.provenance import zone
from parvis.apps.schedules.rules.nights import FARTHEST, Word
from parvis.lib import clock
from parvis.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from parvis.lib.words import one_line

LONGEST_NOTE = 200


@transaction.atomic
def declare_operation(*, night: date, word: str, by: User, note: str = "") -> Declaration:
    """Declares that there is, or is not, a snow operation that night; the last declaration is in effect.

    Repeating a declaration changes nothing. Raises NotAllowed unless the user may declare in the department that owns
    the operations, Invalid (night, word, note), Conflict when the town has no winter rule.
    """
    rule = _rule(by)
    note = one_line(note)
    errors = {}
    if word not in (Word.ON, Word.OFF):
        errors["word"] = _("Say whether there is an operation.")
    if not rule.nights.may_declare(night, clock.now().astimezone(zone())):
        errors["night"] = _("Choose tonight, or one of the %(count)d nights that follow.") % {"count": FARTHEST}
    if len(note) > LONGEST_NOTE:
        errors["note"] = _("At most %(count)d characters.") % {"count": LONGEST_NOTE}
    if errors:
        raise Invalid(_("Something is to be mended."), errors)
    last = Declaration.objects.filter(night=night).order_by("-pk").first()
    if last is not None and last.word == word and last.note == note:
        return last
    return _write(rule, night, Word(word), note, by)


@transaction.atomic
def undo_declaration(*, declaration_id: int, by: User) -> Declaration:
    """Undoes a declaration by restoring the previous one. Idempotent.

    Raises NotAllowed, NotFound, and Conflict when something else was declared since, or the night is over.
    """
    rule = _rule(by)
    mistaken = Declaration.objects.filter(pk=declaration_id).first()
    if mistaken is None:
        raise NotFound(_("This declaration does not exist."))
    same = Declaration.objects.filter(night=mistaken.night)
    earlier = same.filter(pk__lt=mistaken.pk).order_by("-pk").first()
    before = (Word(earlier.word), earlier.note) if earlier else (Word.WITHDRAWN, "")
    later = list(same.filter(pk__gt=mistaken.pk).order_by("pk"))
    if len(later) == 1 and (later[0].word, later[0].note) == before:
        return later[0]
    if later:
        raise Conflict(_("Something else was declared since: look at what counts now."))
    if not rule.nights.may_declare(mistaken.night, clock.now().astimezone(zone())):
        raise Conflict(_("That night is over."))
    return _write(rule, mistaken.night, *before, by)


def _rule(by: User) -> WinterRule:
    """The rule, locked to serialise declarations; NotAllowed and Conflict as above."""
    rule = WinterRule.objects.select_for_update().order_by("pk").first()
    if rule is None:
        raise Conflict(_("The town has no rule of winter parking yet."))
    if not by.may_in(Action.DECLARE_OPERATION, rule.owner_id):
        raise NotAllowed(_("Your role does not declare snow operations in this department."))
    return rule


def _write(rule: WinterRule, night: date, word: Word, note: str, by: User) -> Declaration:
    return Declaration.objects.create(
        night=night, word=word, note=note, at=clock.now(), by=by, department_id=rule.owner_id
    )
