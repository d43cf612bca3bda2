"""One gesture on a selection of cases, by the services that make it on one; shown first, and undone as a whole."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.cases.access import may_read
from parvis.apps.cases.batch_models import Batch, BatchItem
from parvis.apps.cases.journal import EntryDraft
from parvis.apps.cases.language_choice import draft_in_language, language_of
from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.merge_propagation import beneath
from parvis.apps.cases.services.moves import channel_to, hold_back, lock, notify_citizen
from parvis.apps.cases.services.undo import put_back, take_back
from parvis.apps.cases.states import Move
from parvis.apps.directory.actors import Actor
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.permissions import Action
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid, NotAllowed, NotFound, Outdated, Refused

MOST = 200
UNDO_WITHIN = timedelta(hours=1)
AT_ONCE = 20  # cases tried in one transaction of a preview: nobody waits long for the write lock
LATER = "later"
GESTURES = (Move.ASSIGN, Move.PASS_ON, Move.NOTE, LATER, Move.CLOSE)


@dataclass(frozen=True)
class Gesture:
    """The gesture, among GESTURES, and what it needs of these: a colleague, a department, a reason, words, a proof.

    `other`: the words of a closing in English, for those who are told in it. `note`: how an internal note is made.
    `later`: how a case is put back before one's eyes (case, by, batch); nothing of the case changes.
    """

    move: str
    words: str = ""
    to: User | None = None
    department: Department | None = None
    reason: str = ""
    proof: str = ""
    other: str = ""
    note: Callable[..., Case] = handling.note
    later: Callable[..., object] | None = None


@dataclass(frozen=True)
class Foreseen:
    """What the gesture would do to one case: nothing when `refused` says why."""

    case: Case
    refused: str


def told_in_english(*, cases: Collection[int], by: User) -> bool:
    """Whether a closing of these cases, of those that `by` reads, would be told in English to someone."""
    rows = [case for case in Case.objects.filter(pk__in=sorted(cases)[:MOST]) if may_read(by, case)]
    return any(language_of(item) == "en" for case in rows for item in (case, *beneath(case)))


def foresee_batch(*, cases: Mapping[int, int], asked: Gesture, by: User) -> list[Foreseen]:
    """What the gesture would do to each of these cases (id: number of the last entry shown), in order; nothing is kept.

    It is made for real, then taken back: what it says is what `do_batch` does. Cases that `by` may not read are left
    out. Raises NotAllowed, and Invalid beyond MOST.
    """
    result, left = [], iter(_checked(cases, asked, by))
    while some := list(islice(left, AT_ONCE)):
        with transaction.atomic():
            for pk in some:
                if (case := _readable(pk, by)) is not None:
                    result.append(Foreseen(case, _try(case, cases[pk], asked, by)))
            transaction.set_rollback(True)
    return result


def do_batch(*, key: str, cases: Mapping[int, int], asked: Gesture, by: User) -> Batch:
    """Makes the gesture on each of these cases, each in its own transaction, citizens told as for one.

    The same key twice goes on where it was left, and does nothing twice. A refusal (the role, the state, someone who
    changed the case meanwhile) leaves that case alone and is written beside it. Raises as `foresee_batch`, and
    Conflict for a key that is somebody else's.
    """
    wanted = _checked(cases, asked, by)
    batch, _made = Batch.objects.get_or_create(key=key, defaults={"gesture": asked.move, "by": by, "at": now()})
    if batch.by_id != by.pk or batch.gesture != asked.move or batch.undone_at:
        raise Conflict(_("This was sent already."))
    for pk in wanted:
        _do_one(batch, pk, cases[pk], asked, by)
    return batch


@transaction.atomic
def _do_one(batch: Batch, case_id: int, expect: int, asked: Gesture, by: User) -> None:
    case = lock(case_id)
    if not may_read(by, case) or BatchItem.objects.filter(batch=batch, case=case).exists():
        return
    refused = _try(case, expect, asked, by, batch)
    after = Case.objects.values_list("seq", flat=True).get(pk=case_id)
    BatchItem.objects.create(batch=batch, case=case, before=case.seq, after=after, refused=refused[:300])


def undo_batch(*, batch_id: int, by: User, put_away: Callable[[BatchItem], str] | None = None) -> Batch:
    """Puts back what a batch changed, each case in its own transaction, with an entry that says so.

    What stayed in the house is taken back as on one case; what was closed is reopened, and a citizen whose letter has
    left is told of it. A case that someone went on with stays as it is, and the batch says so. `put_away` undoes LATER
    on one case, or gives why it is kept. Raises NotFound when it is not one's own, Conflict when it is undone already
    or older than UNDO_WITHIN.
    """
    batch = Batch.objects.filter(pk=batch_id, by=by).first()
    if batch is None:
        raise NotFound(_("There is no such thing to undo."))
    if batch.undone_at:
        raise Conflict(_("This is undone already."))
    if now() > batch.at + UNDO_WITHIN:
        raise Conflict(_("This is too old to be undone together: see each request."))
    for item in batch.items.filter(refused="", undone=False).order_by("case_id"):
        _undo_one(item, batch.gesture, by, put_away)
    batch.undone_at = now()
    batch.save(update_fields=["undone_at"])
    return batch


@transaction.atomic
def _undo_one(item: BatchItem, move: str, by: User, put_away: Callable[[BatchItem], str] | None = None) -> None:
    case = lock(item.case_id)
    item.refresh_from_db()
    if item.undone:
        return
    if move == LATER:
        item.kept = put_away(item) if put_away else _("This is undone on each request.")
        item.undone = not item.kept
    elif case.seq != item.after:
        item.kept = _("Someone went on with it since.")
    else:
        entry = case.entries.get(seq=case.seq)
        if move == Move.CLOSE:
            _open_again(case, entry, by)
        else:
            take_back(case, entry, by)
        item.undone = True
    item.save(update_fields=["undone", "kept"])


def _open_again(case: Case, closing: Entry, by: User) -> None:
    """The citizen hears of it unless what told them of the closing could be held back."""
    told = Entry.NotifiedVia.NOBODY if hold_back(case, closing) else channel_to(case)
    data = {"undo": True, "was": closing.data.get("reason", "")}
    line = draft_in_language(case, EntryDraft(Entry.Kind.REOPENED, by=Actor.staff(by), notified_via=told, data=data))
    notify_citizen(case, put_back(case, closing, line))


def _checked(cases: Mapping[int, int], asked: Gesture, by: User) -> list[int]:
    if not by.may(Action.WORK_IN_BULK):
        raise NotAllowed(_("Your role does not work on several requests at once."))
    if asked.move not in GESTURES:
        raise Invalid(_("Choose what to do."), {"move": _("Choose what to do.")})
    if len(cases) > MOST:
        raise Invalid(_("At most %(n)d requests at once.") % {"n": MOST})
    return sorted(cases)


def _readable(case_id: int, by: User) -> Case | None:
    rows = Case.objects.select_related("subject", "department", "owner", "address__street", "person")
    case = rows.filter(pk=case_id).first()
    return case if case is not None and may_read(by, case) else None


def _try(case: Case, expect: int, asked: Gesture, by: User, batch: Batch | None = None) -> str:
    """Makes the gesture on one case, or leaves it untouched and says why not."""
    try:
        with transaction.atomic():
            _make(case, expect, asked, by, batch)
    except Outdated:
        return _("Someone changed this request since the list was shown: read what changed.")
    except Refused as refused:
        return str(next(iter(refused.fields.values()), refused.message))
    return ""


def _make(case: Case, expect: int, asked: Gesture, by: User, batch: Batch | None) -> None:
    common: dict[str, Any] = {"case_id": case.pk, "by": by, "expect": expect}
    if asked.move == Move.ASSIGN and asked.to:
        handling.assign(to=asked.to, **common)
    elif asked.move == Move.PASS_ON and asked.department:
        handling.pass_on(department=asked.department, words=asked.words, **common)
    elif asked.move == Move.NOTE:
        asked.note(words=asked.words, **common)
    elif asked.move == LATER and asked.later:
        asked.later(case=case, by=by, batch=batch)
    elif asked.move == Move.CLOSE:
        words, other = _in_their_language(case, asked)
        handling.close(reason=asked.reason, words=words, other=other, proof=asked.proof, **common)
    else:
        raise Invalid(_("Say to whom."), {"to": _("Say to whom.")})


def _in_their_language(case: Case, asked: Gesture) -> tuple[str, str]:
    """The words in the language of this case, and the same in the other one."""
    if language_of(case) == "fr":
        return asked.words, asked.other
    if asked.words.strip() and not asked.other.strip():
        text = _("Its citizen reads English: write it in English too.")
        raise Invalid(text, {"other": text})
    return asked.other, asked.words
