"""What every use case of a case shares: the locked row, the checks before a move, the telling of the citizen."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from parvis.cases.access import may
from parvis.cases.journal import Line, write
from parvis.cases.models import Case, Entry
from parvis.cases.states import CITIZEN_MOVES, Move, after, allows, stops_clock
from parvis.catalogue.models import Nature
from parvis.catalogue.promises import Clock, parse_duration
from parvis.directory.models import User
from parvis.directory.queries import working_calendar
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from parvis.lib.jobs import enqueue, job
from parvis.mail import services as mail
from parvis.residents.models import Person
from parvis.search import services as search

CALL_BACK = job("parvis.intake.tasks.call_back")
LETTERS = {
    Entry.Kind.OPENED: "parvis.cases.letters.receipt",
    Entry.Kind.THANKED: "parvis.cases.letters.thanked",
    Entry.Kind.ASKED: "parvis.cases.letters.asked",
    Entry.Kind.ANSWERED: "parvis.cases.letters.answered",
    Entry.Kind.PROMISED: "parvis.cases.letters.new_date",
    Entry.Kind.CLOSED: "parvis.cases.letters.closed",
    Entry.Kind.REOPENED: "parvis.cases.letters.reopened",
}


def locked(case_id: int, move: Move, by: User | None, expect: int | None = None) -> Case:
    """The case, its row locked until the transaction ends, after every check on the move.

    Raises NotFound; NotAllowed when the person's role does not include the move (a citizen, `by=None`, may only reply,
    say "not fixed" or withdraw); Conflict when the state does not admit it, or when `expect`, the number of the last
    entry that the form showed, is not the last one any more.
    """
    case = Case.objects.select_for_update().filter(pk=case_id).first()
    if case is None:
        raise NotFound(_("This request does not exist."))
    if by is None and move not in CITIZEN_MOVES:
        raise NotAllowed(_("Someone must sign this."))
    if by is not None and not may(by, move, case):
        raise NotAllowed(_("Your role does not allow this on this request."))
    if expect is not None and expect != case.seq:
        raise Conflict(_("Someone changed this request while you were writing. Read what changed, then send again."))
    if not allows(move, case.state, comment=case.nature == Nature.COMMENT):
        raise Conflict(_("This request is no longer in a state that allows this."))
    return case


def words_or_refuse(words: str, field: str = "words") -> str:
    """The words without surrounding blanks; Invalid, beside `field`, when there are none."""
    if not (kept := words.strip()):
        raise Invalid(_("Write a few words."), {field: _("Write a few words.")})
    return kept


def how_to_tell(person: Person | None) -> str:
    """By e-mail when the person has one and wishes it, by phone when there is a number, else not at all."""
    if person is None or person.reach == Person.Reach.NONE:
        return Entry.Told.NOBODY
    if person.writes_to:
        return Entry.Told.EMAIL
    return Entry.Told.PHONE if person.phones.exists() else Entry.Told.NOBODY


def tell(case: Case, entry: Entry) -> None:
    """Queues the letter or the call that the entry promised, in the same transaction."""
    if entry.told == Entry.Told.EMAIL and case.person:
        mail.queue(
            key=letter_key(case, entry),
            to=case.person.email,
            language=case.language,
            renderer=LETTERS[Entry.Kind(entry.kind)],
            args=[entry.pk],
        )
    elif entry.told == Entry.Told.PHONE:
        enqueue(CALL_BACK, entry.pk)


def letter_key(case: Case, entry: Entry) -> str:
    """The key of the letter that tells an entry."""
    return f"{case.reference}/{entry.seq}"


def make(case: Case, move: Move, line: Line, **changes: Any) -> Entry:
    """Makes the move: next state, clock stopped or started as the state asks, entry written, citizen told."""
    moment = now()
    state = after(move, case.state)
    changes = {"state": state, **_clock(case, state, moment), **changes}
    entry = write(case, line, **changes)
    tell(case, entry)
    return entry


def _clock(case: Case, state: str, moment: datetime) -> dict[str, Any]:
    """What the new state does to the promise: a pause begins, or ends and pushes the date by what was waited."""
    if case.due_at is None or stops_clock(state) == case.is_paused:
        return {}
    pauses: list[Sequence[str | None]] = list(case.pauses)
    if stops_clock(state):
        return {"pauses": [*pauses, [moment.isoformat(), None]]}
    since = str(pauses[-1][0])
    closed = {"pauses": [*pauses[:-1], [since, moment.isoformat()]]}
    if state == "closed":
        return closed
    clock = Clock(case.due_at, parse_duration(case.promise), datetime.fromisoformat(since))
    return {**closed, "due_at": clock.resume(moment, working_calendar()).due_at}


def index(case: Case, person: Person | None, place: str) -> None:
    """Makes the case findable by its reference, its subject, its words, its place and its person."""
    parts = [case.reference, case.title, case.subject.title_fr, case.subject.title_en, case.words, place]
    search.index(kind="case", object_id=case.pk, words=" ".join([*parts, person.name if person else ""]))
