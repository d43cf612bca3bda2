"""One gesture on a selection of cases, by the services that make it on one; shown first, and undone as a whole."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.cases.access import may_read
from parvis.cases.batch_models import Batch, BatchItem
from parvis.cases.bells import BELL, move_bells
from parvis.cases.journal import Line, write
from parvis.cases.models import Case, Entry, PaperLetter
from parvis.cases.services import handling
from parvis.cases.services.common import how_to_tell, letter_key, lock, tell
from parvis.cases.states import Move
from parvis.directory.models import Department, User
from parvis.directory.permissions import Action
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from parvis.mail import services as mail

MOST = 200
UNDO_WITHIN = timedelta(hours=1)
AT_ONCE = 20  # cases tried in one transaction of a preview: nobody waits long for the write lock
TOGETHER = (Move.ASSIGN, Move.PASS_ON, Move.NOTE, Move.CLOSE)


@dataclass(frozen=True)
class Together:
    """The gesture, among TOGETHER, and what it needs of these: a colleague, a department, a reason, words, a proof."""

    move: Move
    words: str = ""
    to: User | None = None
    department: Department | None = None
    reason: str = ""
    proof: str = ""


@dataclass(frozen=True)
class Foreseen:
    """What the gesture would do to one case: nothing when `refused` says why."""

    case: Case
    refused: str


def foresee_together(*, cases: Mapping[int, int], asked: Together, by: User) -> list[Foreseen]:
    """What the gesture would do to each of these cases (id: number of the last entry shown), in order; nothing is kept.

    It is made for real, then taken back: what it says is what `do_together` does. Cases that `by` may not read are left
    out. Raises NotAllowed, and Invalid beyond MOST.
    """
    found, left = [], iter(sorted(_checked(cases, asked, by)))
    while some := list(islice(left, AT_ONCE)):
        with transaction.atomic():
            for pk in some:
                if (case := _readable(pk, by)) is not None:
                    found.append(Foreseen(case, _try(pk, cases[pk], asked, by)))
            transaction.set_rollback(True)
    return found


def do_together(*, key: str, cases: Mapping[int, int], asked: Together, by: User) -> Batch:
    """Makes the gesture on each of these cases, each in its own transaction, citizens told as for one.

    The same key twice goes on where it was left, and does nothing twice. A refusal (the role, the state, someone who
    changed the case meanwhile) leaves that case alone and is written beside it. Raises as `foresee_together`, and
    Conflict for a key that is somebody else's.
    """
    wanted = sorted(_checked(cases, asked, by))
    batch, _made = Batch.objects.get_or_create(key=key, defaults={"gesture": asked.move, "by": by, "at": now()})
    if batch.by_id != by.pk or batch.gesture != asked.move or batch.undone_at:
        raise Conflict(_("This was sent already."))
    for pk in wanted:
        _do_one(batch, pk, cases[pk], asked, by)
    return batch


@transaction.atomic
def _do_one(batch: Batch, case_id: int, expect: int, asked: Together, by: User) -> None:
    case = lock(case_id)
    if not may_read(by, case) or BatchItem.objects.filter(batch=batch, case=case).exists():
        return
    refused = _try(case_id, expect, asked, by)
    after = Case.objects.values_list("seq", flat=True).get(pk=case_id)
    BatchItem.objects.create(batch=batch, case=case, before=case.seq, after=after, refused=refused[:300])


def undo_together(*, batch_id: int, by: User) -> Batch:
    """Puts back what a batch changed, each case in its own transaction, with an entry that says so.

    A case that someone went on with stays as it is, and the batch says so. A citizen whose letter has left is told that
    the request is open again. Raises NotFound when it is not one's own, Conflict when it is undone already or older
    than UNDO_WITHIN.
    """
    batch = Batch.objects.filter(pk=batch_id, by=by).first()
    if batch is None:
        raise NotFound(_("There is no such thing to undo."))
    if batch.undone_at:
        raise Conflict(_("This is undone already."))
    if now() > batch.at + UNDO_WITHIN:
        raise Conflict(_("This is too old to be undone together: see each request."))
    for item in batch.items.filter(refused="", undone=False).order_by("case_id"):
        _undo_one(item.pk, Move(batch.gesture), by)
    batch.undone_at = now()
    batch.save(update_fields=["undone_at"])
    return batch


@transaction.atomic
def _undo_one(item_id: int, move: Move, by: User) -> None:
    item = BatchItem.objects.get(pk=item_id)
    case = lock(item.case_id)
    if item.undone:
        return
    if case.seq != item.after:
        item.kept = _("Someone went on with it since.")
    else:
        changes = _as_before(case, item)
        for name, value in changes.items():
            setattr(case, name, value)
        line = _UNDONE[move](case, by)
        move_bells(case, now())
        tell(case, write(case, line, beside=BELL, **changes))
        item.undone = True
    item.save(update_fields=["undone", "kept"])


def _as_before(case: Case, item: BatchItem) -> dict[str, Any]:
    """What the entries of the batch changed, with the values that the journal gave before them."""
    before: dict[str, Any] = {}
    changed: dict[str, Any] = {}
    for seq, data in case.entries.order_by("seq").values_list("seq", "data"):
        (before if seq <= item.before else changed).update(data["set"])
    fields = {field.attname: field for field in Case._meta.concrete_fields}
    return {name: fields[name].to_python(before[name]) for name in changed}


def _given_back(case: Case, by: User) -> Line:
    to = case.owner.username if case.owner else ""
    return Line(Entry.Kind.ASSIGNED, by=by, data={"to": to, "undo": True})


def _sent_back(case: Case, by: User) -> Line:
    last = case.entries.get(seq=case.seq).data
    data = {"from": last["to"], "to": last["from"], "undo": True}
    return Line(Entry.Kind.PASSED, by=by, body=_("Sent back: it had been passed on by mistake."), data=data)


def _note_taken_back(case: Case, by: User) -> Line:
    return Line(Entry.Kind.NOTED, by=by, body=_("The note above is taken back."))


def _opened_again(case: Case, by: User) -> Line:
    """The citizen hears of it unless what told them of the closing could be held back."""
    closing = case.entries.get(seq=case.seq)
    held = closing.told == Entry.Told.NOBODY or mail.call_off(key=letter_key(case, closing))
    held = held or bool(PaperLetter.objects.filter(entry=closing, posted_at=None).delete()[0])
    told = Entry.Told.NOBODY if held else how_to_tell(case.person)
    return Line(Entry.Kind.REOPENED, by=by, told=told, data={"undo": True, "was": closing.data.get("reason", "")})


_UNDONE: dict[Move, Callable[[Case, User], Line]] = {
    Move.ASSIGN: _given_back,
    Move.PASS_ON: _sent_back,
    Move.NOTE: _note_taken_back,
    Move.CLOSE: _opened_again,
}


def _checked(cases: Mapping[int, int], asked: Together, by: User) -> Iterator[int]:
    if not by.may(Action.WORK_IN_BULK):
        raise NotAllowed(_("Your role does not work on several requests at once."))
    if asked.move not in TOGETHER:
        raise Invalid(_("Choose what to do."), {"move": _("Choose what to do.")})
    if len(cases) > MOST:
        raise Invalid(_("At most %(n)d requests at once.") % {"n": MOST})
    return iter(cases)


def _readable(case_id: int, by: User) -> Case | None:
    rows = Case.objects.select_related("subject", "department", "owner", "address__street")
    case = rows.filter(pk=case_id).first()
    return case if case is not None and may_read(by, case) else None


def _try(case_id: int, expect: int, asked: Together, by: User) -> str:
    """Makes the gesture on one case, or leaves it untouched and says why not."""
    try:
        with transaction.atomic():
            _make(case_id, expect, asked, by)
    except Refused as refused:
        return str(next(iter(refused.fields.values()), refused.message))
    return ""


def _make(case_id: int, expect: int, asked: Together, by: User) -> None:
    common: dict[str, Any] = {"case_id": case_id, "by": by, "expect": expect}
    if asked.move is Move.ASSIGN and asked.to:
        handling.assign(to=asked.to, **common)
    elif asked.move is Move.PASS_ON and asked.department:
        handling.pass_on(department=asked.department, words=asked.words, **common)
    elif asked.move is Move.NOTE:
        handling.note(words=asked.words, **common)
    elif asked.move is Move.CLOSE:
        handling.close(reason=asked.reason, words=asked.words, proof=asked.proof, **common)
    else:
        raise Invalid(_("Say to whom."), {"to": _("Say to whom.")})
