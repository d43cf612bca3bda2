"""What every use case of a case shares: the locked row, the checks before a move, the telling of the citizen."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from parvis.apps.cases.access import may
from parvis.apps.cases.filling import filled_for
from parvis.apps.cases.journal import EntryDraft, write
from parvis.apps.cases.language_choice import LanguageChoice, allowed_for, draft_in_language, entry_language, why_words
from parvis.apps.cases.letters import renderer_of
from parvis.apps.cases.models import Case, Entry, PaperLetter, State
from parvis.apps.cases.sla_reminders import REMINDER_FIELDS, may_wait, move_reminders, set_reminders, wait_ends
from parvis.apps.cases.states import ACKNOWLEDGING, CITIZEN_MOVES, Move, after, allows, stops_clock
from parvis.apps.catalogue.clocks import Clock
from parvis.apps.catalogue.models import Nature
from parvis.apps.catalogue.promises import parse_duration
from parvis.apps.directory.actors import Actor
from parvis.apps.directory.models import User
from parvis.apps.directory.queries import working_calendar
from parvis.apps.mail import services as mail
from parvis.apps.residents import services as people
from parvis.apps.residents.models import Person
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid, NotAllowed, NotFound, Outdated
from parvis.lib.jobs import enqueue, job
from parvis.lib.languages import clean

CALL_BACK = job("parvis.apps.intake.tasks.call_back")
PROPAGATE = job("parvis.apps.cases.tasks.propagate_to_merged")
CITIZEN_PRESENT = (Entry.Kind.CALLED, Entry.Kind.REPLIED, Entry.Kind.REOPENED)  # the citizen was there
PROPAGATED = {
    **{kind: kind for kind in (Entry.Kind.ANSWERED, Entry.Kind.PROMISED, Entry.Kind.VISIT, Entry.Kind.CLOSED)},
    **{kind: kind for kind in (Entry.Kind.INFORMED, Entry.Kind.TAKEN, Entry.Kind.ASSIGNED, Entry.Kind.PASSED)},
    **{kind: kind for kind in (Entry.Kind.WAITING, Entry.Kind.RESUMED, Entry.Kind.RECOUNTED, Entry.Kind.REOPENED)},
    Entry.Kind.ASKED: Entry.Kind.WAITING,
}
"""What becomes, in the requests merged into a case, of what is done on it."""


def locked(case_id: int, move: Move, by: User, expect: int | None = None) -> Case:
    """The case, its row locked until the transaction ends, after every check on the move.

    Raises NotFound; NotAllowed when the person's role does not include the move; Conflict when the state does not admit
    it, Outdated when `expect`, the number of the last entry that the form showed, is not the last one any more.
    """
    case = lock(case_id)
    refuse_move(case, move, Actor.staff(by), expect)
    return case


def lock_together(*ids: int) -> dict[int, Case]:
    """These cases by their number, their rows locked in one order whoever asks. Raises NotFound when one is missing."""
    rows = Case.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    result = {case.pk: case for case in rows}
    if len(result) < len(set(ids)):
        raise NotFound(_("This request does not exist."))
    return result


def lock_with_head(case_id: int) -> tuple[Case, Case]:
    """A case and the one that it is handled with, itself when it is merged into none, both locked.

    Raises NotFound, and Outdated when it was merged or parted at that very moment.
    """
    ids = heads(case_id)
    result = lock_together(*ids)
    if any(result[one].merged_into_id != next_one for one, next_one in zip(ids, [*ids[1:], None], strict=True)):
        raise Outdated(_("Someone changed this request while you were writing. Read what changed, then send again."))
    return result[ids[0]], result[ids[-1]]


def heads(case_id: int) -> list[int]:
    """The numbers of a case, of the one it is merged into, and so on; a query for each."""
    ids: list[int] = []
    at: int | None = case_id
    while at is not None and at not in ids:
        ids.append(at)
        at = Case.objects.filter(pk=at).values_list("merged_into", flat=True).first()
    return ids


def lock(case_id: int) -> Case:
    """The case, its row locked until the transaction ends. Raises NotFound."""
    case = Case.objects.select_for_update().filter(pk=case_id).first()
    if case is None:
        raise NotFound(_("This request does not exist."))
    return case


def refuse_move(case: Case, move: Move, by: Actor, expect: int | None = None) -> None:
    """Raises what `locked` says of a move that this person may not make on this case now."""
    refuse_role(case, move, by)
    refuse_late(case, expect)
    refuse_state(case, move)


def refuse_role(case: Case, move: Move, by: Actor) -> None:
    """Raises NotAllowed for a move that they never make on this case: whoever is not of the staff may only reply, say
    "not fixed" or withdraw.
    """
    if by.user is None and move not in CITIZEN_MOVES:
        raise NotAllowed(_("Someone must sign this."))
    if by.user and not may(by.user, move, case):
        raise NotAllowed(_("Your role does not allow this on this request."))


def refuse_late(case: Case, expect: int | None) -> None:
    """Raises Outdated when the last entry that a form showed is not the last one any more."""
    if expect is not None and expect != case.seq:
        raise Outdated(_("Someone changed this request while you were writing. Read what changed, then send again."))


def refuse_state(case: Case, move: Move) -> None:
    """Raises Conflict for a move that the state of the case does not admit."""
    if not allows(move, case.state, comment=case.nature == Nature.COMMENT):
        raise Conflict(_("This request is no longer in a state that allows this."))


def words_or_refuse(words: str, field: str = "words") -> str:
    """The words without surrounding blanks; Invalid, beside `field`, when there are none."""
    if not (kept := words.strip()):
        raise Invalid(_("Write a few words."), {field: _("Write a few words.")})
    return kept


def notification_channel(person: Person | None) -> str:
    """As the person wishes when it can be done: e-mail, paper, phone; else the first known way, or not at all.

    The wishes are those of the file that is kept for them.
    """
    person = person.canonical if person else None
    if person is None or person.reach == Person.Reach.NONE:
        return Entry.NotifiedVia.NOBODY
    if person.writes_to:
        return Entry.NotifiedVia.EMAIL
    if person.reach == Person.Reach.PAPER and person.postal_address:
        return Entry.NotifiedVia.POST
    if person.phones.exists():
        return Entry.NotifiedVia.PHONE
    return Entry.NotifiedVia.POST if person.postal_address else Entry.NotifiedVia.NOBODY


def channel_to(case: Case) -> str:
    """How the citizen of this case is told of an entry: as `how_to_tell`, unless they wish to hear no more of it."""
    return Entry.NotifiedVia.NOBODY if case.quiet_at else notification_channel(case.person)


def notify_citizen(case: Case, entry: Entry, other: str = "", words: str = "") -> None:
    """Queues the letter or the call that the entry promised, or asks for it on paper, in the same transaction.

    Asks too that it be told to those whose request is merged into this one; `other`: see `Line`. `words` are those of
    the entry before their holes were filled for its citizen, "" when they had none.
    """
    if case.merged_count and entry.kind in PROPAGATED:
        enqueue(PROPAGATE, entry.pk, other, words)
    if entry.notified_via == Entry.NotifiedVia.EMAIL and case.person:
        mail.queue(
            key=letter_key(case, entry),
            to=case.person.canonical.email,
            language=entry_language(entry),
            renderer=renderer_of(Entry.Kind(entry.kind)),
            args=[entry.pk],
        )
    elif entry.notified_via == Entry.NotifiedVia.PHONE:
        enqueue(CALL_BACK, entry.pk)
    elif entry.notified_via == Entry.NotifiedVia.POST and case.person:
        ask_for_paper(entry, case.person.canonical)


def hold_back(case: Case, entry: Entry) -> bool:
    """Holds back what tells an entry to its citizen; True when they never hear of it."""
    held = entry.notified_via == Entry.NotifiedVia.NOBODY or mail.call_off(key=letter_key(case, entry))
    return held or bool(PaperLetter.objects.filter(entry=entry, posted_at=None).delete()[0])


def ask_for_paper(entry: Entry, person: Person, *, instead_of: str = "") -> PaperLetter:
    """The letter on paper of an entry, to this person's postal address, once; `instead_of`: see `PaperLetter`."""
    values = {
        "name": person.name,
        "address": person.postal_address,
        "instead_of": instead_of[:300],
        "asked_at": now(),
    }
    return PaperLetter.objects.get_or_create(entry=entry, defaults=values)[0]


def letter_key(case: Case, entry: Entry) -> str:
    """The key of the letter that tells an entry."""
    return f"{case.reference}/{entry.seq}"


def apply_move(
    case: Case, move: Move, line: EntryDraft, *, language_choice: LanguageChoice | None = None, **changes: Any
) -> Entry:
    """Makes the move: next state, clock stopped or started as the state asks, entry written, citizen told.

    `language_choice` is that of what is written from now on. Raises Invalid, field `ground`, when the rule of
    the town does not allow it.
    """
    moment = now()
    state, dated = after(move, case.state), "due_at" in changes
    if stops_clock(state) and not case.is_paused and case.due_at and not may_wait(case):
        state = State.WORKING  # it waited as long as it may: the citizen is asked, the clock runs
    changes = {"state": state, **clock_after(case, state, moment), **_chosen(case, language_choice), **changes}
    if case.notification_failed_at and (line.notified_via or line.kind in CITIZEN_PRESENT):
        changes["notification_failed_at"] = None
    if line.by.user and not line.by_citizen and move in ACKNOWLEDGING and case.ack_due_at and not case.acknowledged_at:
        changes["acknowledged_at"] = moment
    ringing = state == State.CLOSED or not changes.keys().isdisjoint(("due_at", "pauses", "acknowledged_at"))
    for name, value in changes.items() if ringing else ():
        setattr(case, name, value)
    if ringing:
        (set_reminders if dated else move_reminders)(case, moment)
    return write_and_notify(case, line, beside=REMINDER_FIELDS if ringing else (), **changes)


def write_and_notify(case: Case, line: EntryDraft, *, beside: Sequence[str] = (), **changes: Any) -> Entry:
    """Writes the line (`journal.write`) with the language that the rule chose for it, its holes filled for the citizen
    of this case (`filling`), and tells it (`tell`).
    """
    line = draft_in_language(case, line)
    own = filled_for(case, line, clean((line.data or {}).get("language") or case.language))
    entry = write(case, own, beside=beside, **changes)
    notify_citizen(case, entry, line.other, line.body if own.body != line.body else "")
    return entry


def _chosen(case: Case, language_choice: LanguageChoice | None) -> dict[str, Any]:
    """What a language chosen changes of the case; a lasting ground stays with its person. Set on `case` already."""
    if language_choice is None or (language_choice.language, language_choice.ground) == (
        case.language,
        case.english_ground or "",
    ):
        return {}
    ground = None
    if language_choice.language == "en":
        allowed = allowed_for(case, language_choice.ground)
        if not allowed.english:
            text = _("Choose the ground for English: %(why)s.") % {"why": why_words(allowed)}
            raise Invalid(text, {"ground": text})
        ground = allowed.ground or None
    case.language, case.english_ground = language_choice.language, ground
    if case.person and ground:
        people.keep_ground(person=case.person.canonical, ground=ground)
    return {"language": case.language, "english_ground": ground}


def clock_after(case: Case, state: str, moment: datetime) -> dict[str, Any]:
    """What the new state does to the promise: a pause begins, or ends and pushes the date by what was waited.

    What was waited beyond the longest wait pushes nothing: the clock ran again when that was over.
    """
    if case.due_at is None or stops_clock(state) == case.is_paused:
        return {}
    pauses: list[Sequence[str | None]] = list(case.pauses)
    if stops_clock(state):
        return {"pauses": [*pauses, [moment.isoformat(), None]]}
    since = str(pauses[-1][0])
    until = min(moment, wait_ends(case) or moment)
    closed = {"pauses": [*pauses[:-1], [since, until.isoformat()]]}
    if state == State.CLOSED:
        return closed
    clock = Clock(case.due_at, parse_duration(case.promise), datetime.fromisoformat(since))
    return {**closed, "due_at": clock.resume(until, working_calendar()).due_at}
