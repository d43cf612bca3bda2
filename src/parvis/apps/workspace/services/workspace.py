"""Presence on cases, mentions, reminders, and snippets."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Batch, BatchItem, Case
from parvis.apps.cases.queries.access import may_read
from parvis.apps.cases.rules.placeholders import unknown
from parvis.apps.cases.rules.states import Transition
from parvis.apps.cases.services import batches, handling, undo
from parvis.apps.cases.services.transitions import lock_case
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.intake.models import Contact
from parvis.apps.workspace.models import CaseDraft, CasePresence, FollowUp, Mention, MessagePresence, Snippet
from parvis.apps.workspace.queries import LEASE, Viewer, at_case, at_message, named_in
from parvis.lib.clock import now, today
from parvis.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from parvis.lib.words import fold

SAID_EVERY = timedelta(seconds=10)
FARTHEST = timedelta(days=730)
SHORT_NAME = re.compile(r"[\w-]{1,40}")


def record_viewing(*, case: Case, by: User, writing: bool) -> list[Viewer]:
    """Record that `by` is viewing the case, `writing` when they have unsent text; returns the other viewers.

    Called every few seconds: one query, and a short write every ten seconds or when something changed. Marks the
    mentions of `by` in the case as read.
    """
    moment = now()
    rows = at_case(case.pk)
    mine = next((row for row in rows if row.user_id == by.pk), None)
    if mine is None or mine.writing != writing or moment - mine.seen_at >= SAID_EVERY:
        _record_presence(case, by, writing, moment)
        # outside the transaction, so that no row stays locked while waiting for others
        CasePresence.objects.filter(seen_at__lt=moment - LEASE).delete()
    return _others(rows, by)


def _others(rows: Sequence[CasePresence | MessagePresence], by: User) -> list[Viewer]:
    others = [Viewer(row.user.display_name, row.writing) for row in rows if row.user_id != by.pk]
    return sorted(others, key=lambda viewer: fold(viewer.name))


@transaction.atomic
def _record_presence(case: Case, by: User, writing: bool, moment: datetime) -> None:
    row = CasePresence(case=case, user=by, seen_at=moment, writing=writing)
    changed = ["seen_at", "writing"]
    CasePresence.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["case", "user"], update_fields=changed
    )
    Mention.objects.filter(user=by, read_at=None, entry__case=case).update(read_at=moment)


def leave(*, case: Case, by: User) -> None:
    """`by` has left the case."""
    CasePresence.objects.filter(case=case, user=by).delete()


def record_message_viewing(*, contact: Contact, by: User, writing: bool) -> list[Viewer]:
    """Record that `by` is reading a message of the inbox, `writing` when an answer is begun; returns the other readers.

    Called every few seconds: one query, and a short write every ten seconds or when something changed.
    """
    moment = now()
    rows = at_message(contact.pk)
    mine = next((row for row in rows if row.user_id == by.pk), None)
    if mine is None or mine.writing != writing or moment - mine.seen_at >= SAID_EVERY:
        MessagePresence.objects.bulk_create(
            [MessagePresence(contact=contact, user=by, seen_at=moment, writing=writing)],
            update_conflicts=True,
            unique_fields=["contact", "user"],
            update_fields=["seen_at", "writing"],
        )
        MessagePresence.objects.filter(seen_at__lt=moment - LEASE).delete()
    return _others(rows, by)


def leave_message(*, contact: Contact, by: User) -> None:
    """`by` has left the message."""
    MessagePresence.objects.filter(contact=contact, user=by).delete()


# --- Notes ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def note(*, case_id: int, words: str, by: User, expect: int | None = None) -> Case:
    """Add an internal note; the colleagues it mentions (@user.name) see it until they open the case.

    Raises the errors of `handling.note`; Invalid, field `words`, when someone mentioned may not read that case.
    """
    case = handling.note(case_id=case_id, words=words, by=by, expect=expect)
    mentioned = [user for user in named_in(words) if user.pk != by.pk]
    excluded = [user.display_name for user in mentioned if not may_read(user, case)]
    if excluded:
        message = _("This request is not for these people to read: %(names)s.") % {"names": ", ".join(excluded)}
        raise Invalid(message, {"words": message})
    entry = case.entries.get(seq=case.seq)
    Mention.objects.bulk_create(Mention(entry=entry, user=user, at=entry.at) for user in mentioned)
    return case


@transaction.atomic
def undo_entry(*, case_id: int, seq: int, by: User) -> Case:
    """Undo the last entry of a case (`cases.services.undo`), with its mentions."""
    case = undo.undo(case_id=case_id, seq=seq, by=by)
    Mention.objects.filter(entry__case=case, entry__seq=seq, read_at=None).update(read_at=now())
    return case


def undo_batch(*, batch_id: int, by: User) -> Batch:
    """Undo a batch (`batches.undo_batch`), its mentions, and its reminders unless another was set since."""
    batch = batches.undo_batch(batch_id=batch_id, by=by, put_away=_restore_follow_up)
    if batch.action == Transition.NOTE:
        items = batch.items.filter(undone=True, case=OuterRef("entry__case"), after=OuterRef("entry__seq"))
        Mention.objects.filter(Exists(items), read_at=None).update(read_at=now())
    return batch


def _restore_follow_up(batch_item: BatchItem) -> str:
    created = FollowUp.objects.filter(batch=batch_item.batch_id, case=batch_item.case_id, ended_at=None).first()
    if created is None:
        return _("Its day was changed since.")
    FollowUp.objects.filter(pk=created.pk).update(ended_at=now())
    if created.instead_of_id:
        FollowUp.objects.filter(pk=created.instead_of_id).update(ended_at=None)
    return ""


def read_mention(*, mention_id: int, by: User) -> None:
    """`by` has read the mention. Idempotent; other people's mentions are left alone."""
    Mention.objects.filter(pk=mention_id, user=by, read_at=None).update(read_at=now())


# --- To see again ---------------------------------------------------------------------------------------------------


@transaction.atomic
def follow_up(*, case: Case, on: date, words: str, by: User, batch: Batch | None = None) -> FollowUp:
    """Set a reminder of the case for `by` on that day, replacing the previous one.

    The case does not change. `batch`: the batch action it belongs to. Raises NotAllowed when they may not read the
    case; Invalid, field `on`, when the day is past, or more than two years away.
    """
    if not may_read(by, case):
        raise NotAllowed(_("This request is not for you to read."))
    if not today() < on <= today() + FARTHEST:
        raise Invalid.in_field("on", _("Choose a day to come, within two years."))
    lock_case(case.pk)
    previous, moment = FollowUp.objects.filter(case=case, user=by, ended_at=None).first(), now()
    if previous is not None:
        FollowUp.objects.filter(pk=previous.pk).update(ended_at=moment)
    return FollowUp.objects.create(
        case=case, user=by, on=on, words=words.strip()[:300], asked_at=moment, batch=batch, instead_of=previous
    )


@transaction.atomic
def end_follow_up(*, follow_up_id: int, by: User) -> FollowUp:
    """End a reminder. Raises NotFound when it is not theirs."""
    ended = _lock_follow_up(follow_up_id, by)
    FollowUp.objects.filter(pk=ended.pk, ended_at=None).update(ended_at=now())
    return ended


@transaction.atomic
def resume_follow_up(*, follow_up_id: int, by: User) -> FollowUp:
    """Restore an ended reminder. Raises NotFound; Conflict when another was set since."""
    resumed = _lock_follow_up(follow_up_id, by)
    if FollowUp.objects.filter(case=resumed.case, user=by, ended_at=None).exclude(pk=resumed.pk).exists():
        raise Conflict(_("You chose another day for this request since."))
    FollowUp.objects.filter(pk=resumed.pk).update(ended_at=None)
    return resumed


@transaction.atomic
def end_waiting(*, user: User, by: User) -> None:
    """End the reminders and unread mentions of someone who leaves, and delete their drafts.

    Nobody else is notified or may read them. Raises NotAllowed without the role that manages the staff.
    """
    by.require(Action.MANAGE_STAFF, _("Your role does not manage the staff."))
    FollowUp.objects.filter(user=user, ended_at=None).update(ended_at=now())
    Mention.objects.filter(user=user, read_at=None).update(read_at=now())
    CaseDraft.objects.filter(user=user).delete()


def _lock_follow_up(follow_up_id: int, by: User) -> FollowUp:
    """Their reminder, with its case locked: at most one open reminder per person and case, even concurrently."""
    row = FollowUp.objects.select_related("case").filter(pk=follow_up_id, user=by).first()
    if row is None:
        raise NotFound(_("There is no such reminder of yours."))
    lock_case(row.case_id)
    return row


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
    """Create or update a snippet of `by`, or one `shared` with a department, or with everyone when it has none.

    Raises NotAllowed to share without the role; NotFound; Invalid (fields name, words_fr, words_en) when the name is
    taken in that scope, when something is empty, or when a placeholder is unknown.
    """
    snippet = _lock_editable(snippet_id, by) if snippet_id else Snippet()
    if shared and not by.may(Action.SHARE_SNIPPETS):
        raise NotAllowed(_("Your role does not share phrases."))
    snippet.name, snippet.words_fr, snippet.words_en = name.strip(), words_fr.strip(), words_en.strip()
    snippet.owner, snippet.department = (None, department) if shared else (by, None)
    _validate_snippet(snippet)
    snippet.changed_at, snippet.changed_by = now(), by
    snippet.save()
    return snippet


def _validate_snippet(snippet: Snippet) -> None:
    errors: dict[str, str] = {}
    if not SHORT_NAME.fullmatch(snippet.name):
        errors["name"] = _("Choose a short name without spaces, such as snow-date.")
    if not snippet.words_fr:
        errors["words_fr"] = _("Write the phrase in French.")
    for field in ("words_fr", "words_en"):
        if placeholders := unknown(getattr(snippet, field)):
            errors[field] = _("Nothing fills {%(hole)s}.") % {"hole": placeholders[0]}
    taken = Q(owner=snippet.owner, department=snippet.department, name__iexact=snippet.name, dropped_at=None)
    if Snippet.objects.filter(taken).exclude(pk=snippet.pk).exists():
        errors["name"] = _("Another phrase has this name.")
    if errors:
        raise Invalid(next(iter(errors.values())), errors)


@transaction.atomic
def drop_snippet(*, snippet_id: int, by: User) -> Snippet:
    """Remove a snippet; it can be restored. Raises NotFound; NotAllowed when it is not theirs to change."""
    snippet = _lock_editable(snippet_id, by)
    Snippet.objects.filter(pk=snippet.pk).update(dropped_at=now())
    return snippet


@transaction.atomic
def restore_snippet(*, snippet_id: int, by: User) -> Snippet:
    """Restore a removed snippet. Raises NotFound; NotAllowed; Invalid when its name was taken since."""
    snippet = _lock_editable(snippet_id, by)
    _validate_snippet(snippet)
    Snippet.objects.filter(pk=snippet.pk).update(dropped_at=None)
    return snippet


def _lock_editable(snippet_id: int, by: User) -> Snippet:
    snippet = Snippet.objects.select_for_update().filter(pk=snippet_id).first()
    if snippet is None or snippet.owner_id not in (None, by.pk):
        raise NotFound(_("There is no such phrase."))
    if snippet.owner_id is None and not by.may(Action.SHARE_SNIPPETS):
        raise NotAllowed(_("Your role does not change the phrases of others."))
    return snippet
