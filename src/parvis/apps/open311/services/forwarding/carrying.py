"""What becomes of a case sent to an outside server: sent once, found again, followed, closed.

Each step is leased, done on the network outside any transaction, then recorded.
"""

import logging
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from parvis.apps.cases.models import ClosingReason, Entry
from parvis.apps.cases.queries.warnings import reach_of
from parvis.apps.cases.rules.states import Transition
from parvis.apps.cases.services.journal import EntryDraft
from parvis.apps.cases.services.transitions import apply_transition, channel_to, lock_case, write_and_notify
from parvis.apps.mail.services.outgoing import queue_letter
from parvis.apps.open311.channels import Accepted
from parvis.apps.open311.models import Forwarding, OutsideServer
from parvis.apps.open311.queries.forwarding import due_forwardings
from parvis.apps.open311.rules.forwarding import LOOKS, MOST_MISSES, REST, TheirRequest, next_look
from parvis.apps.open311.services.forwarding.cases import LETTERS, RELAYED
from parvis.apps.open311.services.forwarding.sending import FORWARDINGS, Step
from parvis.apps.open311.services.forwarding.servers import client_of
from parvis.apps.outbox import services as outbox
from parvis.apps.outbox.models import State
from parvis.lib.clock import now
from parvis.lib.errors import Invalid
from parvis.lib.transport import DeliveryUncertain, PermanentError, TransientError, TransportError
from parvis.lib.words import one_line

log = logging.getLogger(__name__)
Result = Forwarding.Result


@transaction.atomic
def ask_for_due_forwardings() -> None:
    """Asks for a job for each sending of which something is due."""
    outbox.sweep(FORWARDINGS)
    free = Q(claimed_until=None) | Q(claimed_until__lte=now())
    rows = due_forwardings().filter(free).order_by("not_before")
    ids = list(rows.values_list("pk", flat=True)[: outbox.MOST_ASKED])
    outbox.claim(FORWARDINGS.rows, ids, now() + FORWARDINGS.left_behind_after)
    for forwarding_id in ids:
        FORWARDINGS.ask(forwarding_id)


def follow_forwarding(*, forwarding_id: int) -> bool:
    """Does the next step of a sending when it is due; False when there is nothing to do.

    A sending whose answer is lost, by a fault of theirs or a crash of ours, is looked for on their server before it is
    sent again. What may not leave any more is not sent.
    """
    row = _begun(forwarding_id)
    if row is None:
        return False
    run = {State.SENDING: FORWARDINGS.send, State.UNCERTAIN: FORWARDINGS.find}.get(State(row.state), _follow)
    error: TransportError | None = None
    try:
        step = run(row)
    except TransportError as failure:
        step, error = _missed(row, failure), failure
    except Exception:  # whatever is wrong, someone is told in the end, and the others go on
        log.exception("open311: sending %s", row.pk)
        error = TransportError(_("Something went wrong here: the log says what."))
        step = _missed(row, error)
    _record(row, step)
    _mark_server(row.server, error)
    return True


@transaction.atomic
def _begun(forwarding_id: int) -> Forwarding | None:
    """The sending, leased, when something of it is due; what is about to be sent is SENDING from now on."""
    row = due_forwardings().select_for_update(of=("self",)).filter(pk=forwarding_id).first()
    if row is None:
        return None
    if row.state != State.QUEUED:
        outbox.claim(FORWARDINGS.rows, [row.pk], now() + FORWARDINGS.lease)
        return row
    if refused := FORWARDINGS.refusal(row):
        _apply(row, refused)
        return None
    return row if outbox.begin(FORWARDINGS, row) else None


def _follow(row: Forwarding) -> Step:
    """Asks what becomes of a request that they took."""
    client = client_of(row.server)
    number = row.service_request_id or client.number_of(row.token)
    if not number:
        return Step()
    accepted = None if row.service_request_id else Accepted(number=number)
    return Step(accepted=accepted, theirs=client.request(number))


def _missed(row: Forwarding, error: TransportError) -> Step:
    """What follows a call that gave nothing."""
    words, misses = str(error), row.misses + 1
    missed: dict[str, Any] = {"misses": misses}
    if row.state == State.SENT:
        return Step(State.SENT, words, missed | ({"result": Result.UNTOLD} if misses >= MOST_MISSES else {}))
    if row.state == State.SENDING and isinstance(error, PermanentError):
        return Step(State.FAILED, words, _unsent(row))
    if row.state == State.SENDING and not isinstance(error, TransientError):
        return Step(State.UNCERTAIN, words, wait=LOOKS[0])
    wait = FORWARDINGS.backoff.after(misses)
    if row.state == State.SENDING:
        return Step(State.QUEUED if wait else State.FAILED, words, missed | _unsent(row), wait)
    if wait:
        return Step(State.UNCERTAIN, words, missed, wait)
    return Step(State.FAILED, _("Nobody knows whether they have it: call them."), missed)


def _unsent(row: Forwarding) -> dict[str, Any]:
    """The last sending did not reach them; without any other, nothing of it is there."""
    others = max(row.attempts - 1, 0)
    return {"attempts": others} | ({} if others else {"attempted_at": None, "first_attempted_at": None})


@transaction.atomic
def _record(begun: Forwarding, step: Step) -> None:
    """Records a step. What was taken back meanwhile stays so, and what someone settled, or sent again, unless they took
    it.
    """
    case = lock_case(begun.case_id)
    row = Forwarding.objects.select_for_update(of=("self",)).select_related("server__body").get(pk=begun.pk)
    row.case = case
    if step.accepted:
        row.service_request_id = step.accepted.number or row.service_request_id
        row.token = step.accepted.token or row.token
    if row.is_live and (step.accepted or (row.rounds, row.attempts) == (begun.rounds, begun.attempts)):
        _apply(row, step)
    else:
        row.save()


def _apply(row: Forwarding, step: Step) -> None:
    """Saves what a step makes of a sending, tells its news, and warns of its end."""
    row.misses, row.error = 0, one_line(step.error)[:300]
    for name, value in step.values.items():
        setattr(row, name, value)
    if step.accepted:
        row.result = Result.ACCEPTED
    outbox.move(FORWARDINGS, row, step.state)
    wait = _until_look(row) if row.state == State.SENT else step.wait
    row.not_before = None if wait is None else now() + wait
    if step.theirs:
        row.looked_at = now()
    if step.accepted or step.theirs:
        _tell(row, step)
    elif row.state == State.FAILED or row.result == Result.UNTOLD:
        _warn(row)
    row.save()


def _until_look(row: Forwarding) -> timedelta | None:
    """How long until they are asked what becomes of it; None: never."""
    if row.result != Result.ACCEPTED or not row.is_numbered:
        return None
    return next_look(now() - (row.attempted_at or row.queued_at), row.misses)


def _tell(row: Forwarding, step: Step) -> None:
    """Writes what changed there in the journal; once it is closed there, tells the citizen, closes ours or asks to."""
    theirs, first = step.theirs, row.told_seq is None or step.accepted is not None
    changed = theirs is not None and _digest(row, theirs) != (row.their_digest or _digest(row, TheirRequest("")))
    if theirs:
        row.their_status, row.their_change = theirs.status, theirs.changed
        row.their_digest = _digest(row, theirs)
    closed = row.their_status.lower() == "closed"
    if closed:
        row.result, row.not_before = Result.CLOSED, None
    if not first and not changed:
        return
    case, server = row.case, row.server
    with translation.override(case.language):
        body = _news(row, closed=closed, first=first, notes=theirs.notes if theirs else "")
    data: dict[str, Any] = {"server": server.name, "body": server.body.slug, "number": row.service_request_id}
    data |= {"status": row.their_status}
    if closed and server.when_closed == OutsideServer.WhenClosed.CLOSE and case.is_open and not case.merged_into_id:
        line = EntryDraft(
            Entry.Kind.CLOSED, body=body, notified_via=channel_to(case), data={"reason": ClosingReason.ANSWERED, **data}
        )
        row.told_seq = apply_transition(
            case, Transition.CLOSE, line, closing_reason=ClosingReason.ANSWERED, closed_at=now()
        ).seq
        return
    told = channel_to(case) if closed else Entry.NotifiedVia.NOBODY
    row.told_seq = write_and_notify(case, EntryDraft(RELAYED, body=body, notified_via=told, data=data)).seq
    if closed and case.is_open:
        _warn(row)


def _digest(row: Forwarding, theirs: TheirRequest) -> str:
    """What they say, to be compared without being kept: its words may be erased from the journal."""
    status = theirs.status.lower() or "open"
    return salted_hmac(row.key, f"{status}\n{theirs.notes}", algorithm="sha256").hexdigest()


def _news(row: Forwarding, *, closed: bool, first: bool, notes: str) -> str:
    """A line of ours, then, after a blank line, their notes (`queries.forwarding.notes_of`)."""
    values = {"body": row.server.body.name, "number": row.service_request_id, "status": row.their_status}
    if closed:
        words = _("%(body)s says that it is closed (their number: %(number)s).") % values
    elif not first:
        words = _("%(body)s gives news of it (their number: %(number)s).") % values
    elif row.service_request_id:
        words = _("%(body)s has it, under the number %(number)s.") % values
    else:
        words = _("%(body)s has it.") % values
    return f"{words}\n\n{notes}".strip()


def _warn(row: Forwarding) -> None:
    """Writes to who holds the case what its sending has become, once a round."""
    to, language = reach_of(row.case)
    ended = {Result.CLOSED.value: "closed", Result.UNTOLD.value: "untold"}
    about = ended.get(row.result) or ("unsure" if row.attempts else "failed")
    if not to or (about == "untold" and not row.case.is_open):
        return
    key = f"forwarding-{row.pk}-{about}-{row.rounds}"
    try:
        queue_letter(key=key, to=to, language=language, renderer=f"{LETTERS}.warning", args=[row.pk, about])
    except Invalid:
        return


def _mark_server(server: OutsideServer, error: TransportError | None) -> None:
    """Keeps with the server what goes wrong with it, for its page. One that does not answer is left alone a while."""
    unanswered = isinstance(error, (TransientError, DeliveryUncertain))
    values: dict[str, Any] = {"trouble": str(error or "")[:300], "left_until": now() + REST if unanswered else None}
    if error is None:
        values["tested_at"] = now()
    OutsideServer.objects.filter(pk=server.pk).update(**values)
