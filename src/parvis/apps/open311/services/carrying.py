"""What becomes of a case sent to an outside server: sent once, found again, followed, closed.

Each step is leased, done on the network outside any transaction, then recorded.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case, ClosingReason, Entry
from parvis.apps.cases.queries.public_cases import public_cases, public_photos, public_place
from parvis.apps.cases.queries.warnings import reach_of
from parvis.apps.cases.rules.states import Move
from parvis.apps.cases.services.journal import EntryDraft
from parvis.apps.cases.services.moves import apply_move, channel_to, lock, write_and_notify
from parvis.apps.catalogue.queries.restrictions import is_restricted
from parvis.apps.mail import services as mail
from parvis.apps.open311.channels.georeport import Accepted, GeoReport, NotSent, Refusal, Unsure
from parvis.apps.open311.models import Forwarding, OutsideServer
from parvis.apps.open311.queries.outside import due_forwardings
from parvis.apps.open311.rules.forwarding import (
    LOOKS,
    MOST_MISSES,
    MOST_SENDS,
    REST,
    Ambiguous,
    Sent,
    TheirRequest,
    matching,
    next_look,
    next_try,
)
from parvis.apps.open311.services.forwarding import LETTERS, LONGEST, RELAYED
from parvis.apps.open311.services.servers import client_of
from parvis.lib.clock import now
from parvis.lib.errors import Invalid, type_text

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=5)
CLAIM = timedelta(minutes=20)
"""How long a job of the queue has to begin, before another is made."""
RELATED = ("case__address__street", "case__person__merged_into", "case__subject", "server__body")
State = Forwarding.State


@dataclass(frozen=True)
class Step:
    """What a step learnt, to record: a state to set, what they answered, what went wrong, when to come back."""

    state: str = ""
    accepted: Accepted | None = None
    theirs: TheirRequest | None = None
    trouble: str = ""
    missed: bool = False
    unanswered: bool = False  # the server is left alone for a while
    look: bool = False  # their list was read, and nothing in it is surely ours
    lost: bool = False  # nothing left: it is as if it had not been sent


@transaction.atomic
def claim_due_forwardings() -> list[tuple[int, datetime]]:
    """The sendings of which something is due, each to be carried once, with the moment that their job must show."""
    moment = now()
    rows = Forwarding.objects.select_for_update().filter(pk__in=due_forwardings(moment), next_at__lte=moment)
    ids = list(rows.order_by("next_at").values_list("pk", flat=True))
    claim = moment + CLAIM
    Forwarding.objects.filter(pk__in=ids).update(next_at=claim)
    return [(pk, claim) for pk in ids]


def carry_forwarding(*, forwarding_id: int, claim: datetime | None = None) -> bool:
    """Does the next step of a sending when it is due, or claimed; False when there is nothing to do.

    A sending whose answer is lost, by a fault of theirs or a crash of ours, is looked for on their server before it is
    sent again: at most MOST_SENDS times. What may not leave any more is not sent.
    """
    row, was = _lease(forwarding_id, claim)
    if row is None:
        return False
    try:
        _record(row, was, _taken(row, was))
    except Exception:  # whatever is wrong, someone is told in the end, and the others go on
        log.exception("open311: sending %s", row.pk)
        _record(row, was, Step(trouble=_("Something went wrong here: the log says what."), missed=True))
    return True


def _taken(row: Forwarding, was: str) -> Step:
    """The step taken, on the network."""
    try:
        client = client_of(row.server)
        if was == State.QUEUED:
            return _send(client, row)
        return _look_for(client, row) if was == State.UNKNOWN else _follow(client, row)
    except NotSent as error:
        return Step(trouble=str(error), missed=True, unanswered=True, lost=was == State.QUEUED)
    except Refusal as error:
        return Step(trouble=str(error), missed=True)


@transaction.atomic
def _lease(forwarding_id: int, claim: datetime | None) -> tuple[Forwarding | None, str]:
    """The sending and its state, leased; what is about to be sent is UNKNOWN from now on."""
    row = Forwarding.objects.select_for_update(of=("self",)).select_related(*RELATED).filter(pk=forwarding_id).first()
    if row is None or row.next_at is None or (row.next_at > now() and row.next_at != claim):
        return None, ""
    was, rest = row.state, row.server.left_until
    if rest and rest > now():
        row.next_at = rest
        row.save(update_fields=["next_at"])
        return None, ""
    row.next_at = now() + LEASE
    if was == State.QUEUED:
        if why := _why_kept(row):
            row.wait_until(None, state=State.FAILED, trouble=why)
            row.save()
            _warn(row)
            return None, ""
        row.state, row.sent_at, row.sends, row.looks = State.UNKNOWN, now(), row.sends + 1, 0
        row.first_sent_at = row.first_sent_at or row.sent_at
    row.save()
    return row, was


def _why_kept(row: Forwarding) -> type_text:
    """Why a case may not leave any more, days after it was asked perhaps; "" when it may."""
    case = row.case
    if is_restricted(case.subject_id):
        return _("A restricted request is read by some posts only: nothing leaves by Open311.")
    if case.place_protected or (case.person and case.person.canonical.address_protected):
        return _("The address of this person is protected: call the body instead.")
    if not case.is_open:
        return _("This request was closed before it was sent.")
    if case.merged_into_id:
        return _("This request was merged into another before it was sent.")
    if not row.server.active:
        return _("This server is no longer in use.")
    if not case.entries.get(seq=row.entry_seq).body:
        return _("The words to send were erased by law.")
    return ""


def _send(client: GeoReport, row: Forwarding) -> Step:
    try:
        return Step(state=State.ACCEPTED, accepted=client.send(values_of(row), key=row.key))
    except Refusal as error:
        return Step(state=State.FAILED, trouble=str(error))
    except Unsure as error:
        return Step(trouble=str(error), unanswered=True)


def _look_for(client: GeoReport, row: Forwarding) -> Step:
    sent = _sent(row)
    listed = client.requests(row.service_code, sent.since - timedelta(hours=1), sent.at + timedelta(hours=1))
    numbers = Forwarding.objects.filter(server=row.server).exclude(pk=row.pk).exclude(service_request_id="")
    numbers = numbers.filter(service_request_id__in=[one.number for one in listed.rows])
    try:
        found = matching(sent, listed.rows, others=set(numbers.values_list("service_request_id", flat=True)))
    except Ambiguous:
        return Step(state=State.FAILED, look=True, trouble=_("They have a request that may be this one: ask them."))
    if found:
        return Step(state=State.ACCEPTED, accepted=Accepted(number=found.number), theirs=found)
    if not listed.whole:
        text = _("Their list is too long to tell whether it is there: ask them.")
        return Step(state=State.FAILED, look=True, trouble=text)
    return Step(look=True)


def _follow(client: GeoReport, row: Forwarding) -> Step:
    number = row.service_request_id or client.number_of(row.token)
    if not number:
        return Step()
    accepted = None if row.service_request_id else Accepted(number=number)
    return Step(accepted=accepted, theirs=client.request(number))


def values_of(row: Forwarding) -> dict[str, str]:
    """What is sent of a case: the words written for them, the place, the public photo; who asks if they may know."""
    case = row.case
    sent = _sent(row)
    values = {
        "service_code": row.service_code,
        "description": sent.words,
        "address_string": sent.address,
        "media_url": _photo(case),
        **{f"attribute[{code}]": value for code, value in row.attributes.items()},
    }
    if sent.point:
        values |= {"lat": f"{sent.point[0]:.6f}", "long": f"{sent.point[1]:.6f}"}
    may_know = row.shares_person and row.server.sends_person
    person = case.person.canonical if case.person and may_know else None
    if person and not person.address_protected:
        first, _space, last = person.name.partition(" ")
        values |= {"first_name": first, "last_name": last, "email": person.email}
        phone = person.phones.first()
        values["phone"] = phone.number if phone else ""
    return values


def _sent(row: Forwarding) -> Sent:
    case = row.case
    signature = f"\n\n[{case.reference}]"
    return Sent(
        reference=case.reference,
        service_code=row.service_code,
        since=row.first_sent_at or row.asked_at,
        at=row.sent_at or row.asked_at,
        point=case.point or (case.address.point if case.address else None),
        # never the words of the citizen about the place: they may name people
        address=case.address.label if case.address else public_place(case),
        words=case.entries.get(seq=row.entry_seq).body[: LONGEST - len(signature)] + signature,
    )


def _photo(case: Case) -> str:
    """The address of the first photo that the public sees; "" when there is none."""
    public = public_cases().filter(pk=case.pk).first()
    photos = public_photos(public) if public else []
    return f"{settings.PARVIS_URL}/open311/v2/photos/{photos[0].key}.jpg" if photos else ""


@transaction.atomic
def _record(leased: Forwarding, was: str, step: Step) -> None:
    """Records a step. What was taken back meanwhile stays so, and what someone settled, unless they took it."""
    case = lock(leased.case_id)
    row = Forwarding.objects.select_for_update(of=("self",)).select_related("server__body").get(pk=leased.pk)
    row.case = case
    if step.accepted:
        row.service_request_id = step.accepted.number or row.service_request_id
        row.token = step.accepted.token or row.token
    if not row.is_live or (row.rounds != leased.rounds and not step.accepted):
        row.save()
        return
    row.trouble = (step.trouble or (row.trouble if step.look else ""))[:300]
    row.misses = row.misses + 1 if step.missed else 0
    if step.theirs:
        row.looked_at = now()
    row.looks += step.look
    row.state = step.state or row.state
    _plan(row, was, step)
    if row.state == State.ACCEPTED and (step.accepted or step.theirs):
        _tell(row, step)
    elif row.state == State.FAILED:
        _warn(row)
    row.save()
    _mark_server(row.server, step)


def _plan(row: Forwarding, was: str, step: Step) -> None:
    """Sets what is done next, and when."""
    moment = now()
    if row.state == State.ACCEPTED and row.misses >= MOST_MISSES:
        row.state, row.next_at = State.FAILED, None
    elif row.state == State.ACCEPTED:
        blackbox = not row.is_numbered
        row.next_at = None if blackbox else next_look(row.sent_at or row.asked_at, row.misses, moment)
    elif row.state == State.FAILED:
        row.next_at = None
        if was == State.QUEUED:  # they said no
            _unsend(row)
    elif step.lost:
        _unsend(row)
        row.next_at = next_try(row.misses, moment)
        row.state = State.QUEUED if row.next_at else State.FAILED
    elif step.missed:
        row.next_at = next_try(row.misses, moment)
        if row.next_at is None:
            row.state, row.trouble = State.FAILED, _("Nobody knows whether they have it: call them.")
    elif step.look and row.looks >= len(LOOKS):
        if row.sends >= MOST_SENDS:
            row.state, row.next_at = State.FAILED, None
        else:
            row.state, row.next_at = State.QUEUED, moment
    else:
        row.next_at = moment + LOOKS[min(row.looks, len(LOOKS) - 1)]


def _unsend(row: Forwarding) -> None:
    """The last sending did not reach them; without any other, nothing of it is there."""
    row.sends = max(row.sends - 1, 0)
    if row.sends == 0:
        row.sent_at = row.first_sent_at = None


def _tell(row: Forwarding, step: Step) -> None:
    """Writes what changed there in the journal; once it is closed there, tells the citizen, closes ours or asks to."""
    theirs, first = step.theirs, row.told_seq is None or step.accepted is not None
    changed = theirs is not None and _digest(row, theirs) != (row.their_digest or _digest(row, TheirRequest("")))
    if theirs:
        row.their_status, row.their_change = theirs.status, theirs.changed
        row.their_digest = _digest(row, theirs)
    closed = row.their_status.lower() == "closed"
    if closed:
        row.state, row.next_at = State.CLOSED, None
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
        row.told_seq = apply_move(case, Move.CLOSE, line, closing_reason=ClosingReason.ANSWERED, closed_at=now()).seq
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
    """A line of ours, then, after a blank line, their notes (`queries.outside.notes_of`)."""
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
    if row.state == State.CLOSED:
        about = "closed"
    elif row.is_numbered:
        about = "untold"
    else:
        about = "unsure" if row.sent_at else "failed"
    if not to or (about == "untold" and not row.case.is_open):
        return
    key = f"forwarding-{row.pk}-{about}-{row.rounds}"
    try:
        mail.queue(key=key, to=to, language=language, renderer=f"{LETTERS}.warning", args=[row.pk, about])
    except Invalid:
        return


def _mark_server(server: OutsideServer, step: Step) -> None:
    """Keeps with the server what goes wrong with it, for its page."""
    trouble = "" if step.look else step.trouble[:300]
    values: dict[str, Any] = {"trouble": trouble, "left_until": now() + REST if step.unanswered else None}
    if not trouble:
        values["tested_at"] = now()
    OutsideServer.objects.filter(pk=server.pk).update(**values)
