"""Bulk actions on cases, using the services for one case; previewed first, and undone as a whole."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Batch, BatchItem, Case, Entry
from parvis.apps.cases.queries.access import may_read
from parvis.apps.cases.queries.language_choice import language_of
from parvis.apps.cases.rules.states import Transition
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.filling import draft_in_language
from parvis.apps.cases.services.journal import EntryDraft
from parvis.apps.cases.services.merging.merge_propagation import merged_descendants
from parvis.apps.cases.services.transitions import channel_to, hold_back, lock_case, notify_citizen, with_means
from parvis.apps.cases.services.undo import put_back, take_back
from parvis.apps.directory.models import Actor, Department, User
from parvis.apps.directory.rules.permissions import Action
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid, Outdated, Refused, or_not_found

MOST = 200
UNDO_WITHIN = timedelta(hours=1)
AT_ONCE = 20  # cases per transaction of a preview, to hold the write lock briefly
LATER = "later"
BATCH_ACTIONS = (Transition.ASSIGN, Transition.PASS_ON, Transition.NOTE, LATER, Transition.CLOSE)


@dataclass(frozen=True)
class BatchAction:
    """A bulk action, among GESTURES, and its arguments.

    `other`: the words of a closing in English, for citizens who read it. `note`: the service that adds an internal
    note. `later`: the callback that snoozes a case (case, by, batch) without changing it.
    """

    transition: str
    words: str = ""
    to: User | None = None
    department: Department | None = None
    reason: str = ""
    proof: str = ""
    other: str = ""
    note: Callable[..., Case] = handling.note
    later: Callable[..., object] | None = None


@dataclass(frozen=True)
class BatchPreview:
    """The expected outcome for one case: `refused` says why nothing would be done, if so."""

    case: Case
    refused: str


def notifies_in_english(*, cases: Collection[int], by: User) -> bool:
    """Whether closing these cases, among those that `by` may read, would notify someone in English."""
    rows = [case for case in Case.objects.filter(pk__in=sorted(cases)[:MOST]) if may_read(by, case)]
    return any(language_of(notified) == "en" for case in rows for notified in (case, *merged_descendants(case)))


def preview_batch(*, cases: Mapping[int, int], asked: BatchAction, by: User) -> list[BatchPreview]:
    """The outcome of the action on each of these cases (id: number of the last entry shown), in order; saves nothing.

    Runs the action and rolls it back, so that `do_batch` does the same. Cases that `by` may not read are left out.
    Raises NotAllowed, and Invalid beyond MOST.
    """
    outcomes, remaining = [], iter(_validated(cases, asked, by))
    while chunk := list(islice(remaining, AT_ONCE)):
        with transaction.atomic():
            for pk in chunk:
                if (case := _readable(pk, by)) is not None:
                    outcomes.append(BatchPreview(case, _try(case, cases[pk], asked, by)))
            transaction.set_rollback(True)
    return outcomes


def do_batch(*, key: str, cases: Mapping[int, int], asked: BatchAction, by: User) -> Batch:
    """Runs the action on each of these cases, one transaction each, notifying citizens as usual.

    The same key again resumes where it stopped. A refusal (role, state, concurrent change) skips the case and is
    recorded in its item. Raises as `preview_batch`, and Conflict for a key used by someone else.
    """
    case_ids = _validated(cases, asked, by)
    batch, _created = Batch.objects.get_or_create(key=key, defaults={"action": asked.transition, "by": by, "at": now()})
    if batch.by_id != by.pk or batch.action != asked.transition or batch.undone_at:
        raise Conflict(_("This was sent already."))
    for pk in case_ids:
        _do_one(batch, pk, cases[pk], asked, by)
    return batch


@transaction.atomic
def _do_one(batch: Batch, case_id: int, expect: int, asked: BatchAction, by: User) -> None:
    case = lock_case(case_id)
    if not may_read(by, case) or BatchItem.objects.filter(batch=batch, case=case).exists():
        return
    refused = _try(case, expect, asked, by, batch)
    after = Case.objects.values_list("seq", flat=True).get(pk=case_id)
    BatchItem.objects.create(batch=batch, case=case, before=case.seq, after=after, refused=refused[:300])


def undo_batch(*, batch_id: int, by: User, put_away: Callable[[BatchItem], str] | None = None) -> Batch:
    """Undoes a batch, one transaction per case, with an entry in each.

    Internal actions are undone as on one case; closed cases are reopened, and citizens already notified are told. A
    case that changed since is left as it is, with the reason in `kept`. `put_away` undoes LATER on one case, or returns
    why it cannot. Raises NotFound for a batch of someone else, Conflict when already undone or older than UNDO_WITHIN.
    """
    batch = or_not_found(Batch.objects.filter(pk=batch_id, by=by).first(), _("There is no such thing to undo."))
    if batch.undone_at:
        raise Conflict(_("This is undone already."))
    if now() > batch.at + UNDO_WITHIN:
        raise Conflict(_("This is too old to be undone together: see each request."))
    for item in batch.items.filter(refused="", undone=False).order_by("case_id"):
        _undo_one(item, batch.action, by, put_away)
    batch.undone_at = now()
    batch.save(update_fields=["undone_at"])
    return batch


@transaction.atomic
def _undo_one(item: BatchItem, transition: str, by: User, put_away: Callable[[BatchItem], str] | None = None) -> None:
    case = lock_case(item.case_id)
    item.refresh_from_db()
    if item.undone:
        return
    if transition == LATER:
        item.kept = put_away(item) if put_away else _("This is undone on each request.")
        item.undone = not item.kept
    elif case.seq != item.after:
        item.kept = _("Someone went on with it since.")
    else:
        entry = case.entries.get(seq=case.seq)
        if transition == Transition.CLOSE:
            _reopen(case, entry, by)
        else:
            take_back(case, entry, by)
        item.undone = True
    item.save(update_fields=["undone", "kept"])


def _reopen(case: Case, closing: Entry, by: User) -> None:
    """Notifies the citizen unless the letter about the closing could be cancelled."""
    channel = Entry.NotifiedVia.NOBODY if hold_back(case, closing) else channel_to(case)
    data = {"undo": True, "was": closing.data.get("reason", "")}
    line = EntryDraft(Entry.Kind.REOPENED, by=Actor.staff(by), notified_via=channel, data=data)
    notify_citizen(case, put_back(case, closing, draft_in_language(case, with_means(case, line))))


def _validated(cases: Mapping[int, int], asked: BatchAction, by: User) -> list[int]:
    by.require(Action.WORK_IN_BULK, _("Your role does not work on several requests at once."))
    if asked.transition not in BATCH_ACTIONS:
        raise Invalid.in_field("move", _("Choose what to do."))
    if len(cases) > MOST:
        raise Invalid(_("At most %(n)d requests at once.") % {"n": MOST})
    return sorted(cases)


def _readable(case_id: int, by: User) -> Case | None:
    rows = Case.objects.select_related("subject", "department", "owner", "address__street", "person")
    case = rows.filter(pk=case_id).first()
    return case if case is not None and may_read(by, case) else None


def _try(case: Case, expect: int, asked: BatchAction, by: User, batch: Batch | None = None) -> str:
    """Runs the action on one case, or leaves it unchanged and returns why."""
    try:
        with transaction.atomic():
            _run(case, expect, asked, by, batch)
    except Outdated:
        return _("Someone changed this request since the list was shown: read what changed.")
    except Refused as refused:
        return refused.first_error
    return ""


def _run(case: Case, expect: int, asked: BatchAction, by: User, batch: Batch | None) -> None:
    common: dict[str, Any] = {"case_id": case.pk, "by": by, "expect": expect}
    if asked.transition == Transition.ASSIGN and asked.to:
        handling.assign(to=asked.to, **common)
    elif asked.transition == Transition.PASS_ON and asked.department:
        handling.pass_on(department=asked.department, words=asked.words, **common)
    elif asked.transition == Transition.NOTE:
        asked.note(words=asked.words, **common)
    elif asked.transition == LATER and asked.later:
        asked.later(case=case, by=by, batch=batch)
    elif asked.transition == Transition.CLOSE:
        words, other = _words_for(case, asked)
        handling.close(reason=asked.reason, words=words, other=other, proof=asked.proof, **common)
    else:
        raise Invalid.in_field("to", _("Say to whom."))


def _words_for(case: Case, asked: BatchAction) -> tuple[str, str]:
    """The words in the language of this case, and in the other one."""
    if language_of(case) == "fr":
        return asked.words, asked.other
    if asked.words.strip() and not asked.other.strip():
        raise Invalid.in_field("other", _("Its citizen reads English: write it in English too."))
    return asked.other, asked.words
