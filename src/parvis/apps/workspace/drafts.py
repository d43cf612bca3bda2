"""Words typed in the forms of a case and not sent: kept as typed for whoever typed them, until sent or discarded."""

import json
from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from parvis.apps.cases import services as cases
from parvis.apps.cases.access import may_read
from parvis.apps.cases.models import Case
from parvis.apps.directory.models import User
from parvis.apps.workspace.models import CaseDraft
from parvis.lib.clock import now
from parvis.lib.errors import Invalid, NotAllowed, NotFound

LARGEST = 48_000  # characters of JSON: two texts of the longest words that a move takes
UNSENT_KEPT = timedelta(days=30)
DISCARDED_KEPT = timedelta(days=1)
AHEAD = 100_000  # more than a page can have counted since it last saved


def save_draft(*, case: Case, gesture: str, seq: int, typed: Mapping[str, str], by: User) -> CaseDraft:
    """Keeps what `by` has typed so far for a gesture, and gives the draft as it is kept.

    Its `seq` is greater than the one given, and nothing was written, when a later save or the sending itself came
    before this one. One statement, three for the first save. NotAllowed when they may not read the case; Invalid when
    it is too long.
    """
    if not may_read(by, case):
        raise NotAllowed(_("This request is not for you to read."))
    if _too_long(typed):
        text = _("This is too long to be kept: send it, or shorten it.")
        raise Invalid(text, {"words": text})
    draft = CaseDraft(case=case, user=by, gesture=gesture, typed=dict(typed), seq=seq, saved_at=now())
    values = {"typed": draft.typed, "seq": seq, "saved_at": draft.saved_at, "discarded_at": None}
    mine = CaseDraft.objects.filter(case=case, user=by, gesture=gesture)
    if mine.filter(seq__lt=seq).update(**values):
        return draft
    return CaseDraft.objects.get_or_create(case=case, user=by, gesture=gesture, defaults=values)[0]


@transaction.atomic
def end_draft(*, case: Case, gesture: str, by: User) -> None:
    """The words of a gesture were sent: they are kept no more, and a save still on its way brings none back."""
    _close(case, gesture, by, typed={}, discarded_at=None)


@transaction.atomic
def discard_draft(*, case: Case, gesture: str, typed: Mapping[str, str], by: User) -> None:
    """Puts away what `by` typed for a gesture, as it last stood: `restore_draft` gives it back for a day.

    What is too long to be kept leaves what was kept before.
    """
    last = {} if _too_long(typed) else {"typed": dict(typed)}
    _close(case, gesture, by, discarded_at=now(), **last)


def _too_long(typed: Mapping[str, str]) -> bool:
    return len(json.dumps(typed, ensure_ascii=False)) > LARGEST


def _close(case: Case, gesture: str, by: User, **values: object) -> None:
    values["saved_at"] = now()
    mine = {"case": case, "user": by, "gesture": gesture}
    draft, made = CaseDraft.objects.get_or_create(**mine, defaults={"seq": AHEAD, **values})
    if not made:
        CaseDraft.objects.filter(pk=draft.pk).update(seq=F("seq") + AHEAD, **values)


def restore_draft(*, case: Case, gesture: str, by: User) -> None:
    """Gives back words that were discarded. NotFound when they are kept no more, or when others were typed since."""
    mine = CaseDraft.objects.filter(case=case, user=by, gesture=gesture, discarded_at__isnull=False)
    if not mine.update(discarded_at=None, seq=F("seq") + AHEAD):
        raise NotFound(_("These words are kept no more."))


@transaction.atomic
def erase_words(*, case_id: int, seq: int, ground: str, by: User, expect: int | None = None) -> Case:
    """Erases words of a case (`cases.services.erase_words`) and what anyone writes there, or on those merged with it,
    which may quote them. A save still on its way brings none back.
    """
    case = cases.erase_words(case_id=case_id, seq=seq, ground=ground, by=by, expect=expect)
    drafts = CaseDraft.objects.filter(case__in=[*cases.heads(case_id), *(item.pk for item in cases.beneath(case))])
    drafts.update(typed={}, discarded_at=None, seq=F("seq") + AHEAD, saved_at=now())
    return case


def purge_drafts() -> None:
    """Drops what waits unsent for thirty days, and for a day the words that were discarded.

    What was sent leaves an empty row as long: a browser that held these words too forgets them when it meets it.
    """
    moment = now()
    CaseDraft.objects.filter(saved_at__lt=moment - UNSENT_KEPT).delete()
    CaseDraft.objects.filter(discarded_at__lt=moment - DISCARDED_KEPT).update(typed={}, discarded_at=None)
