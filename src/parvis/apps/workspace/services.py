"""What people do with what they have before their eyes: look, call a colleague, see again later, keep phrases."""

import re
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from parvis.apps.cases import services as cases
from parvis.apps.cases.access import may_read
from parvis.apps.cases.batch_models import Batch, BatchItem
from parvis.apps.cases.models import Case
from parvis.apps.cases.placeholders import unknown
from parvis.apps.cases.services.moves import lock
from parvis.apps.cases.states import Move
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.permissions import Action
from parvis.apps.workspace.models import CaseDraft, CasePresence, FollowUp, Mention, Snippet
from parvis.apps.workspace.queries import LEASE, Viewer, at_case, named_in
from parvis.lib.clock import now, today
from parvis.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from parvis.lib.words import fold

SAID_EVERY = timedelta(seconds=10)
FARTHEST = timedelta(days=730)
SHORT_NAME = re.compile(r"[\w-]{1,40}")


def look(*, case: Case, by: User, writing: bool) -> list[Viewer]:
    """`by` has the case before their eyes; `writing` when words wait there to be sent. Gives who else does.

    Called every few seconds: one query, and a short writing every ten seconds or when something changed. Notes of the
    case that call `by` are read by it.
    """
    moment = now()
    rows = at_case(case.pk)
    mine = next((row for row in rows if row.user_id == by.pk), None)
    if mine is None or mine.writing != writing or moment - mine.seen_at >= SAID_EVERY:
        _say(case, by, writing, moment)
        CasePresence.objects.filter(
            seen_at__lt=moment - LEASE
        ).delete()  # apart: no row is held while others are awaited
    others = [Viewer(row.user.display_name, row.writing) for row in rows if row.user_id != by.pk]
    return sorted(others, key=lambda viewer: fold(viewer.name))


@transaction.atomic
def _say(case: Case, by: User, writing: bool, moment: datetime) -> None:
    row = CasePresence(case=case, user=by, seen_at=moment, writing=writing)
    changed = ["seen_at", "writing"]
    CasePresence.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["case", "user"], update_fields=changed
    )
    Mention.objects.filter(user=by, read_at=None, entry__case=case).update(read_at=moment)


def leave(*, case: Case, by: User) -> None:
    """`by` no longer has the case before their eyes."""
    CasePresence.objects.filter(case=case, user=by).delete()


# --- Notes ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def note(*, case_id: int, words: str, by: User, expect: int | None = None) -> Case:
    """Adds an internal note; the colleagues it calls (@user.name) have it before their eyes until they look.

    Raises what `cases.services.note` raises; Invalid, field `words`, when someone called may not read that case.
    """
    case = cases.note(case_id=case_id, words=words, by=by, expect=expect)
    called = [user for user in named_in(words) if user.pk != by.pk]
    blind = [user.display_name for user in called if not may_read(user, case)]
    if blind:
        text = _("This request is not for these people to read: %(names)s.") % {"names": ", ".join(blind)}
        raise Invalid(text, {"words": text})
    entry = case.entries.get(seq=case.seq)
    Mention.objects.bulk_create(Mention(entry=entry, user=user, at=entry.at) for user in called)
    return case


@transaction.atomic
def take_back(*, case_id: int, seq: int, by: User) -> Case:
    """Takes back the last entry of a case (`cases.services.undo`); those whom it called are called no more."""
    case = cases.undo(case_id=case_id, seq=seq, by=by)
    Mention.objects.filter(entry__case=case, entry__seq=seq, read_at=None).update(read_at=now())
    return case


def undo_batch(*, batch_id: int, by: User) -> Batch:
    """Undoes a batch (`cases.services.undo_batch`): those whom its notes called are called no more, and the day that
    each case had before is its day again, unless another was chosen since.
    """
    batch = cases.undo_batch(batch_id=batch_id, by=by, put_away=_day_before)
    if batch.gesture == Move.NOTE:
        items = batch.items.filter(undone=True, case=OuterRef("entry__case"), after=OuterRef("entry__seq"))
        Mention.objects.filter(Exists(items), read_at=None).update(read_at=now())
    return batch


def _day_before(item: BatchItem) -> str:
    made = FollowUp.objects.filter(batch=item.batch_id, case=item.case_id, ended_at=None).first()
    if made is None:
        return _("Its day was changed since.")
    FollowUp.objects.filter(pk=made.pk).update(ended_at=now())
    if made.instead_of_id:
        FollowUp.objects.filter(pk=made.instead_of_id).update(ended_at=None)
    return ""


def read_mention(*, mention_id: int, by: User) -> None:
    """`by` has seen the note that calls them. Safe to send twice; a mention of somebody else is left alone."""
    Mention.objects.filter(pk=mention_id, user=by, read_at=None).update(read_at=now())


# --- To see again ---------------------------------------------------------------------------------------------------


@transaction.atomic
def follow_up(*, case: Case, on: date, words: str, by: User, batch: Batch | None = None) -> FollowUp:
    """Puts the case back before the eyes of `by` on that day, in the place of another day asked before.

    Nothing of the case changes. `batch`: the gesture on several cases that it is part of. Raises NotAllowed when they
    may not read it; Invalid, field `on`, when the day is past, or more than two years away.
    """
    if not may_read(by, case):
        raise NotAllowed(_("This request is not for you to read."))
    if not today() < on <= today() + FARTHEST:
        text = _("Choose a day to come, within two years.")
        raise Invalid(text, {"on": text})
    lock(case.pk)
    before, moment = FollowUp.objects.filter(case=case, user=by, ended_at=None).first(), now()
    if before is not None:
        FollowUp.objects.filter(pk=before.pk).update(ended_at=moment)
    return FollowUp.objects.create(
        case=case, user=by, on=on, words=words.strip()[:300], asked_at=moment, batch=batch, instead_of=before
    )


@transaction.atomic
def end_follow_up(*, follow_up_id: int, by: User) -> FollowUp:
    """The case need not come back: it was seen, or one changed one's mind. NotFound when it is not theirs."""
    result = _my_follow_up(follow_up_id, by)
    FollowUp.objects.filter(pk=result.pk, ended_at=None).update(ended_at=now())
    return result


@transaction.atomic
def resume_follow_up(*, follow_up_id: int, by: User) -> FollowUp:
    """The case comes back after all on the day that was asked. NotFound; Conflict when another day was asked since."""
    result = _my_follow_up(follow_up_id, by)
    if FollowUp.objects.filter(case=result.case, user=by, ended_at=None).exclude(pk=result.pk).exists():
        raise Conflict(_("You chose another day for this request since."))
    FollowUp.objects.filter(pk=result.pk).update(ended_at=None)
    return result


@transaction.atomic
def end_waiting(*, user: User, by: User) -> None:
    """Ends the reminders of someone who leaves, and the calls that they did not read: nobody else is to be told. Words
    that they typed and did not send are erased: nobody else is to read them.

    NotAllowed without the role that manages the staff.
    """
    if not by.may(Action.MANAGE_STAFF):
        raise NotAllowed(_("Your role does not manage the staff."))
    FollowUp.objects.filter(user=user, ended_at=None).update(ended_at=now())
    Mention.objects.filter(user=user, read_at=None).update(read_at=now())
    CaseDraft.objects.filter(user=user).delete()


def _my_follow_up(follow_up_id: int, by: User) -> FollowUp:
    """Theirs, its case locked: one open reminder of a case at a time, however many hands ask."""
    my_follow_up = FollowUp.objects.select_related("case").filter(pk=follow_up_id, user=by).first()
    if my_follow_up is None:
        raise NotFound(_("There is no such reminder of yours."))
    lock(my_follow_up.case_id)
    return my_follow_up


# --- Ready phrases --------------------------------------------------------------------------------------------------


@transaction.atomic
def keep_snippet(
    *,
    name: str,
    words_fr: str,
    words_en: str,
    by: User,
    shared: bool,
    department: Department | None = None,
    snippet_id: int | None = None,
) -> Snippet:
    """Keeps a ready phrase, new or mended: of `by`, or `shared` with a department, with everyone when it has none.

    Raises NotAllowed to share without the role; NotFound; Invalid (fields name, words_fr, words_en) when the name is
    taken in that place, when something is empty, or when a hole could never be filled.
    """
    snippet = _to_write(snippet_id, by) if snippet_id else Snippet()
    if shared and not by.may(Action.SHARE_SNIPPETS):
        raise NotAllowed(_("Your role does not share phrases."))
    snippet.name, snippet.words_fr, snippet.words_en = name.strip(), words_fr.strip(), words_en.strip()
    snippet.owner, snippet.department = (None, department) if shared else (by, None)
    _refuse_snippet(snippet)
    snippet.changed_at, snippet.changed_by = now(), by
    snippet.save()
    return snippet


def _refuse_snippet(snippet: Snippet) -> None:
    wrong: dict[str, str] = {}
    if not SHORT_NAME.fullmatch(snippet.name):
        wrong["name"] = _("Choose a short name without spaces, such as snow-date.")
    if not snippet.words_fr:
        wrong["words_fr"] = _("Write the phrase in French.")
    for field in ("words_fr", "words_en"):
        if holes := unknown(getattr(snippet, field)):
            wrong[field] = _("Nothing fills {%(hole)s}.") % {"hole": holes[0]}
    same = Q(owner=snippet.owner, department=snippet.department, name__iexact=snippet.name, dropped_at=None)
    if Snippet.objects.filter(same).exclude(pk=snippet.pk).exists():
        wrong["name"] = _("Another phrase has this name.")
    if wrong:
        raise Invalid(next(iter(wrong.values())), wrong)


@transaction.atomic
def drop_snippet(*, snippet_id: int, by: User) -> Snippet:
    """Puts a phrase away. NotFound; NotAllowed for one that is not theirs to change."""
    snippet = _to_write(snippet_id, by)
    Snippet.objects.filter(pk=snippet.pk).update(dropped_at=now())
    return snippet


@transaction.atomic
def restore_snippet(*, snippet_id: int, by: User) -> Snippet:
    """Brings back a phrase that was put away. NotFound; NotAllowed; Invalid when its name was taken since."""
    snippet = _to_write(snippet_id, by)
    _refuse_snippet(snippet)
    Snippet.objects.filter(pk=snippet.pk).update(dropped_at=None)
    return snippet


def _to_write(snippet_id: int, by: User) -> Snippet:
    snippet = Snippet.objects.select_for_update().filter(pk=snippet_id).first()
    if snippet is None or snippet.owner_id not in (None, by.pk):
        raise NotFound(_("There is no such phrase."))
    if snippet.owner_id is None and not by.may(Action.SHARE_SNIPPETS):
        raise NotAllowed(_("Your role does not change the phrases of others."))
    return snippet
