"""Unsent text typed in the forms of a case: stored for its author until sent or discarded."""

import json
from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries.access import may_read
from parvis.apps.cases.services import erasure, transitions
from parvis.apps.cases.services.merging.merge_propagation import merged_descendants
from parvis.apps.directory.models import User
from parvis.apps.newsletter.services.erasing import erase_readers
from parvis.apps.workspace.models import CaseDraft
from parvis.lib.clock import now
from parvis.lib.errors import Invalid, NotAllowed, NotFound

LARGEST = 48_000  # characters of JSON: two texts of the maximum length
UNSENT_KEPT = timedelta(days=30)
DISCARDED_KEPT = timedelta(days=1)
AHEAD = 100_000  # larger than any number of saves a page can make meanwhile


def save_draft(*, case: Case, action: str, seq: int, typed: Mapping[str, str], by: User) -> CaseDraft:
    """Store what `by` has typed so far for an action, and return the stored draft.

    Its `seq` is greater than the given one, and nothing was written, when a later save or the submission arrived first.
    One statement, three for the first save. Raises NotAllowed when they may not read the case; Invalid when it is too
    long.
    """
    if not may_read(by, case):
        raise NotAllowed(_("This request is not for you to read."))
    if _too_long(typed):
        raise Invalid.in_field("words", _("This is too long to be kept: send it, or shorten it."))
    draft = CaseDraft(case=case, user=by, action=action, typed=dict(typed), seq=seq, saved_at=now())
    values = {"typed": draft.typed, "seq": seq, "saved_at": draft.saved_at, "discarded_at": None}
    mine = CaseDraft.objects.filter(case=case, user=by, action=action)
    if mine.filter(seq__lt=seq).update(**values):
        return draft
    return CaseDraft.objects.get_or_create(case=case, user=by, action=action, defaults=values)[0]


@transaction.atomic
def end_draft(*, case: Case, action: str, by: User) -> None:
    """Clear the draft once submitted; a save still in transit does not restore it."""
    _close(case, action, by, typed={}, discarded_at=None)


@transaction.atomic
def discard_draft(*, case: Case, action: str, typed: Mapping[str, str], by: User) -> None:
    """Discard what `by` last typed, or the stored draft if that is too long; `restore_draft` restores it for a day."""
    values = {} if _too_long(typed) else {"typed": dict(typed)}
    _close(case, action, by, discarded_at=now(), **values)


def _too_long(typed: Mapping[str, str]) -> bool:
    return len(json.dumps(typed, ensure_ascii=False)) > LARGEST


def _close(case: Case, action: str, by: User, **values: object) -> None:
    values["saved_at"] = now()
    mine = {"case": case, "user": by, "action": action}
    draft, created = CaseDraft.objects.get_or_create(**mine, defaults={"seq": AHEAD, **values})
    if not created:
        CaseDraft.objects.filter(pk=draft.pk).update(seq=F("seq") + AHEAD, **values)


def restore_draft(*, case: Case, action: str, by: User) -> None:
    """Restore a discarded draft. Raises NotFound once it is deleted, or when new text was typed since."""
    mine = CaseDraft.objects.filter(case=case, user=by, action=action, discarded_at__isnull=False)
    if not mine.update(discarded_at=None, seq=F("seq") + AHEAD):
        raise NotFound(_("These words are kept no more."))


@transaction.atomic
def erase_words(
    *, case_id: int, seq: int, ground: str, by: User, expect: int | None = None, subscriptions: bool = False
) -> Case:
    """Erase words of a case (`cases.services.erasure`) and drafts on it or merged cases, which may quote them.

    A save still in transit does not restore them. With `subscriptions`, also what its citizen is subscribed to, at
    their e-mail address and numbers.
    """
    case = erasure.erase_words(case_id=case_id, seq=seq, ground=ground, by=by, expect=expect)
    if subscriptions and (person := case.person and case.person.canonical):
        targets = [person.email, *person.phones.values_list("number", flat=True)]
        erase_readers(targets=targets, ground=ground, by=by)
    drafts = CaseDraft.objects.filter(
        case__in=[*transitions.heads(case_id), *(merged.pk for merged in merged_descendants(case))]
    )
    drafts.update(typed={}, discarded_at=None, seq=F("seq") + AHEAD, saved_at=now())
    return case


def purge_drafts() -> None:
    """Delete drafts unsent for thirty days, and drafts discarded for a day.

    A sent draft leaves an empty row for as long, so that a browser holding the same text forgets it.
    """
    moment = now()
    CaseDraft.objects.filter(saved_at__lt=moment - UNSENT_KEPT).delete()
    CaseDraft.objects.filter(discarded_at__lt=moment - DISCARDED_KEPT).update(typed={}, discarded_at=None)
