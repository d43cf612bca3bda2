"""Shared by the use cases on a case: row locks, checks before a transition, notification of the citizen."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from parvis.apps.cases.letters.cases import renderer_of
from parvis.apps.cases.letters.short import push_note, short_words
from parvis.apps.cases.models import Case, Entry, PaperLetter, State
from parvis.apps.cases.queries.access import may
from parvis.apps.cases.queries.citizens import means
from parvis.apps.cases.queries.language_choice import LanguageChoice, allowed_for, entry_language, why_words
from parvis.apps.cases.queries.sla_reminders import REMINDER_FIELDS, may_wait, move_reminders, set_reminders, wait_ends
from parvis.apps.cases.rules.states import ACKNOWLEDGING, CITIZEN_TRANSITIONS, Transition, after, allows, stops_clock
from parvis.apps.cases.services.filling import draft_in_language, filled_for
from parvis.apps.cases.services.journal import EntryDraft, write_entry
from parvis.apps.catalogue.models import Nature
from parvis.apps.catalogue.rules.clocks import Clock
from parvis.apps.catalogue.rules.promises import parse_duration
from parvis.apps.directory.models import Actor, User
from parvis.apps.directory.queries import working_calendar
from parvis.apps.mail.models import Outgoing
from parvis.apps.mail.services.outgoing import Sending, cancel_letter, queue_letter
from parvis.apps.push.services.outgoing import queue_push
from parvis.apps.residents.models import Person
from parvis.apps.residents.services.people import keep_ground
from parvis.apps.telephony.models import OutgoingText
from parvis.apps.telephony.services.texts.outgoing import cancel_text, queue_text
from parvis.lib.clock import now
from parvis.lib.database.rows import locked_row
from parvis.lib.errors import Conflict, Invalid, NotAllowed, NotFound, Outdated
from parvis.lib.i18n.languages import clean
from parvis.lib.jobs import announce, enqueue, event, job

CALL_OWED = event("cases.call_owed")
PROPAGATE = job("parvis.apps.cases.tasks.propagate_to_merged")
SPEAKING = (
    *(Entry.Kind.ASKED, Entry.Kind.ANSWERED, Entry.Kind.PROMISED, Entry.Kind.VISIT, Entry.Kind.CLOSED),
    Entry.Kind.INFORMED,
)
CITIZEN_PRESENT = (Entry.Kind.CALLED, Entry.Kind.REPLIED, Entry.Kind.REOPENED)  # the citizen took part
PROPAGATED = {
    **{kind: kind for kind in (Entry.Kind.ANSWERED, Entry.Kind.PROMISED, Entry.Kind.VISIT, Entry.Kind.CLOSED)},
    **{kind: kind for kind in (Entry.Kind.INFORMED, Entry.Kind.TAKEN, Entry.Kind.ASSIGNED, Entry.Kind.PASSED)},
    **{kind: kind for kind in (Entry.Kind.WAITING, Entry.Kind.RESUMED, Entry.Kind.RECOUNTED, Entry.Kind.REOPENED)},
    Entry.Kind.ASKED: Entry.Kind.WAITING,
}
"""The kind of the copy, in cases merged into a case, of an entry of that case."""


def locked_for(case_id: int, transition: Transition, by: User, expect: int | None = None) -> Case:
    """The case, its row locked until the transaction ends, after checking the transition.

    Raises NotFound; NotAllowed when the user's role does not include the transition; Conflict when the state does not
    allow it; Outdated when `expect`, the number of the last entry shown by the form, is no longer the last.
    """
    case = lock_case(case_id)
    refuse_transition(case, transition, Actor.staff(by), expect)
    return case


def lock_together(*ids: int) -> dict[int, Case]:
    """These cases by id, their rows locked in a fixed order to avoid deadlocks. Raises NotFound when one is missing."""
    rows = Case.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    cases = {case.pk: case for case in rows}
    if len(cases) < len(set(ids)):
        raise NotFound(_("This request does not exist."))
    return cases


def lock_with_head(case_id: int) -> tuple[Case, Case]:
    """A case and the one at the top of its merges (itself when not merged), both locked.

    Raises NotFound, and Outdated when it is merged or unmerged concurrently.
    """
    ids = heads(case_id)
    cases = lock_together(*ids)
    if any(cases[pk].merged_into_id != parent for pk, parent in zip(ids, [*ids[1:], None], strict=True)):
        raise Outdated(_("Someone changed this request while you were writing. Read what changed, then send again."))
    return cases[ids[0]], cases[ids[-1]]


def heads(case_id: int) -> list[int]:
    """The ids of a case, of the one it is merged into, and so on; one query each."""
    ids: list[int] = []
    current: int | None = case_id
    while current is not None and current not in ids:
        ids.append(current)
        current = Case.objects.filter(pk=current).values_list("merged_into", flat=True).first()
    return ids


def lock_case(case_id: int) -> Case:
    """The case, its row locked until the transaction ends. Raises NotFound."""
    return locked_row(Case.objects.filter(pk=case_id), _("This request does not exist."))


def refuse_transition(case: Case, transition: Transition, by: Actor, expect: int | None = None) -> None:
    """Raises as `locked` when this actor may not make this transition now."""
    refuse_role(case, transition, by)
    refuse_late(case, expect)
    refuse_state(case, transition)


def refuse_role(case: Case, transition: Transition, by: Actor) -> None:
    """Raises NotAllowed for a transition outside the actor's role; non-staff may only make CITIZEN_TRANSITIONS."""
    if by.user is None and transition not in CITIZEN_TRANSITIONS:
        raise NotAllowed(_("Someone must sign this."))
    if by.user and not may(by.user, transition, case):
        raise NotAllowed(_("Your role does not allow this on this request."))


def refuse_late(case: Case, expect: int | None) -> None:
    """Raises Outdated when `expect`, the last entry shown by the form, is no longer the last."""
    if expect is not None and expect != case.seq:
        raise Outdated(_("Someone changed this request while you were writing. Read what changed, then send again."))


def refuse_state(case: Case, transition: Transition) -> None:
    """Raises Conflict for a transition that the state of the case does not allow."""
    if not allows(transition, case.state, comment=case.nature == Nature.COMMENT):
        raise Conflict(_("This request is no longer in a state that allows this."))


def words_or_refuse(words: str, field: str = "words") -> str:
    """The stripped words; raises Invalid for `field` when they are blank."""
    if not (stripped := words.strip()):
        raise Invalid.in_field(field, _("Write a few words."))
    return stripped


def notification_channel(person: Person | None) -> str:
    """The channel preferred in the person's canonical file if usable (e-mail, paper, phone), else the first known."""
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


def channel_to(case: Case, *, writes_again: bool = False) -> str:
    """How the case's citizen is told: the first of the means they chose that work, else `notification_channel`.

    None when they opted out, unless they write again now (`writes_again`).
    """
    if case.quiet_at and not writes_again:
        return Entry.NotifiedVia.NOBODY
    usable = means.usable(case)
    return usable[0].via if usable else notification_channel(case.person)


def with_means(case: Case, line: EntryDraft) -> EntryDraft:
    """The draft with every means by which it is told in `data`, when its citizen chose some that work."""
    usable = means.usable(case) if line.notified_via and means.VIA not in (line.data or {}) else []
    if not usable:
        return line
    via = [each.via for each in usable]
    return replace(line, notified_via=via[0], data={**(line.data or {}), means.VIA: via})


def notify_citizen(case: Case, entry: Entry, other: str = "", words: str = "") -> None:
    """Queues the entry's letters, texts or call, and its copies in merged cases, in the same transaction.

    Each means that the citizen chose is used once. `other`: see `EntryDraft`. `words` is the body before its
    placeholders were filled, "" when it had none.
    """
    if case.merged_count and entry.kind in PROPAGATED:
        enqueue(PROPAGATE, entry.pk, other, words)
    if means.VIA in entry.data:
        for each in means.usable(case):
            if each.via in entry.data[means.VIA]:
                _send(case, entry, each)
    elif entry.notified_via == Entry.NotifiedVia.EMAIL and case.person:
        send_letter(case, entry, case.person.canonical.email)
    elif entry.notified_via == Entry.NotifiedVia.PHONE:
        announce(CALL_OWED, entry.pk)
    elif entry.notified_via == Entry.NotifiedVia.POST and case.person:
        ask_for_paper(entry, case.person.canonical)


def _send(case: Case, entry: Entry, by: means.Means) -> None:
    if by.via == means.Via.EMAIL:
        send_letter(case, entry, by.target)
    elif by.via == means.Via.TEXT:
        with translation.override(entry_language(entry)):
            body = short_words(entry)
        key, kind = means.text_key(entry.pk), OutgoingText.Kind.REQUEST
        queue_text(key=key, to=by.target, body=body, kind=kind, thread=case.reference)
    elif by.via == means.Via.PUSH:
        with translation.override(entry_language(entry)):
            note = push_note(entry)
        queue_push(device_id=int(by.target), key=means.push_key(entry.pk, by.target), note=note)


def send_letter(case: Case, entry: Entry, to: str) -> Outgoing:
    """Queues the letter of an entry, once. An answer to it joins the case."""
    return queue_letter(
        key=letter_key(case, entry),
        to=to,
        language=entry_language(entry),
        renderer=renderer_of(entry.kind),
        args=[entry.pk],
        sending=Sending(thread=case.reference),
    )


def hold_back(case: Case, entry: Entry) -> bool:
    """Cancels what tells of an entry if not sent yet; True when the citizen will not be notified by any means."""
    if means.VIA in entry.data:
        return all([_cancel(case, entry, via) for via in means.via_of(entry)])  # a list: each of them is cancelled
    held = entry.notified_via == Entry.NotifiedVia.NOBODY or cancel_letter(key=letter_key(case, entry))
    return held or bool(PaperLetter.objects.filter(entry=entry, posted_at=None).delete()[0])


def _cancel(case: Case, entry: Entry, via: str) -> bool:
    if via == means.Via.EMAIL:
        return cancel_letter(key=letter_key(case, entry))
    return via == means.Via.TEXT and cancel_text(key=means.text_key(entry.pk))


def ask_for_paper(entry: Entry, person: Person, *, instead_of: str = "") -> PaperLetter:
    """The paper letter of an entry, to this person's postal address, created once; `instead_of`: see `PaperLetter`."""
    values = {"name": person.name, "address": person.postal_address, "asked_at": now()}
    return PaperLetter.objects.get_or_create(entry=entry, defaults={**values, "instead_of": instead_of[:300]})[0]


def letter_key(case: Case, entry: Entry) -> str:
    """The idempotency key of an entry's letter."""
    return f"{case.reference}/{entry.seq}"


def apply_transition(
    case: Case,
    transition: Transition,
    line: EntryDraft,
    *,
    language_choice: LanguageChoice | None = None,
    **changes: Any,
) -> Entry:
    """Makes the transition: sets the state, pauses or resumes the clock, writes the entry and notifies the citizen.

    `language_choice` applies from now on. Raises Invalid, field `ground`, when the town's policy does not allow it.
    """
    moment = now()
    state, sets_due_date = after(transition, case.state), "due_at" in changes
    if stops_clock(state) and not case.is_paused and case.due_at and not may_wait(case):
        state = State.WORKING  # the longest wait is used up: the clock keeps running
    changes = {"state": state, **clock_after(case, state, moment), **_set_language(case, language_choice), **changes}
    if case.notification_failed_at and (line.notified_via or line.kind in CITIZEN_PRESENT):
        changes["notification_failed_at"] = None
    by_staff = line.by.user and not line.by_citizen
    if by_staff and transition in ACKNOWLEDGING and case.ack_due_at and not case.acknowledged_at:
        changes["acknowledged_at"] = moment
    moves_clock = state == State.CLOSED or not changes.keys().isdisjoint(("due_at", "pauses", "acknowledged_at"))
    if moves_clock:
        for name, value in changes.items():
            setattr(case, name, value)
        (set_reminders if sets_due_date else move_reminders)(case, moment)
    return write_and_notify(case, line, beside=REMINDER_FIELDS if moves_clock else (), **changes)


def write_and_notify(case: Case, line: EntryDraft, *, beside: Sequence[str] = (), **changes: Any) -> Entry:
    """`journal.write_entry` with the entry's language set and its placeholders filled, then `notify_citizen`."""
    line = draft_in_language(case, with_means(case, line))
    filled = filled_for(case, line, clean((line.data or {}).get("language") or case.language))
    entry = write_entry(case, filled, beside=beside, **changes)
    notify_citizen(case, entry, line.other, line.body if filled.body != line.body else "")
    if _nothing_works(case, entry):
        unreachable = EntryDraft(
            Entry.Kind.UNNOTIFIED, data={"entry": entry.seq, "means": [row.via for row in means.chosen(case)]}
        )
        write_entry(case, unreachable, notification_failed_at=now())
    return entry


def _nothing_works(case: Case, entry: Entry) -> bool:
    """Whether an entry that speaks to the citizen is told by nobody, while they chose means: none works any more."""
    speaks = entry.kind in SPEAKING and not entry.notified_via and not entry.by_citizen and not case.is_comment
    return speaks and not case.quiet_at and bool(means.chosen(case)) and not channel_to(case)


def _set_language(case: Case, choice: LanguageChoice | None) -> dict[str, Any]:
    """Sets the chosen language on the case and returns the changes; a lasting ground is saved with the person."""
    if choice is None or (choice.language, choice.ground) == (case.language, case.english_ground or ""):
        return {}
    ground = None
    if choice.language == "en":
        policy = allowed_for(case, choice.ground)
        if not policy.english:
            raise Invalid.in_field("ground", _("Choose the ground for English: %(why)s.") % {"why": why_words(policy)})
        ground = policy.ground or None
    case.language, case.english_ground = choice.language, ground
    if case.person and ground:
        keep_ground(person=case.person.canonical, ground=ground)
    return {"language": case.language, "english_ground": ground}


def clock_after(case: Case, state: str, moment: datetime) -> dict[str, Any]:
    """The changes to the promise in a new state: starts a pause, or ends it and moves the due date accordingly.

    A pause counts only up to the longest wait, after which the clock runs again.
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
