"""A case passed on to an outside body by its Open311 server: asked for, tried again, taken back."""

import secrets
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parvis.apps.cases.models import Case
from parvis.apps.cases.rules.kinds import EntryKind
from parvis.apps.cases.rules.states import Transition
from parvis.apps.cases.services.journal import EntryDraft
from parvis.apps.cases.services.transitions import (
    apply_transition,
    channel_to,
    lock_case,
    locked_for,
    refuse_role,
    refuse_transition,
    words_or_refuse,
    write_and_notify,
)
from parvis.apps.catalogue.models import Nature
from parvis.apps.catalogue.queries.restrictions import is_restricted
from parvis.apps.directory.models import Actor, User
from parvis.apps.open311.models import Forwarding, OutsideServer
from parvis.apps.open311.queries.forwarding import destination_of, server_by_id
from parvis.apps.open311.rules.forwarding import LONGEST
from parvis.apps.open311.services.forwarding.sending import FORWARDINGS
from parvis.apps.outbox.models import State
from parvis.apps.outbox.services import move
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid, NotFound

LETTERS = "parvis.apps.open311.letters.forwarding"
FORWARDED = EntryKind(
    "forwarded",
    gettext_lazy("Sent to an outside body"),
    told_as=gettext_lazy("We sent it to the body that is responsible"),
    spoken=True,
    letter=f"{LETTERS}.forwarded",
)
RELAYED = EntryKind(
    "relayed",
    gettext_lazy("News from the outside body"),
    told_as=gettext_lazy("News from the body that is responsible"),
    spoken=True,
    letter=f"{LETTERS}.relayed",
)
RECALLED = EntryKind(
    "recalled",
    gettext_lazy("No longer with the outside body"),
    told_as=gettext_lazy("We follow it ourselves again"),
    spoken=True,
    letter=f"{LETTERS}.recalled",
)
KINDS = (FORWARDED, RELAYED, RECALLED)
Result = Forwarding.Result


@transaction.atomic
def forward_case(
    *, case_id: int, server_id: int, words: str, by: User, share_person: bool = False, expect: int | None = None
) -> Forwarding:
    """Records that a case is passed on to the body of a server, tells the citizen, and queues its sending.

    The case stays with its department, which follows it up. `words` are what the body reads, and the citizen too.
    `share_person`: the citizen was told that who they are is sent, and the server may receive it. Idempotent while it
    is with that server. Raises as `transitions.locked_for`; Invalid; Conflict for a case elsewhere, merged or a
    comment.
    """
    server = server_by_id(server_id, _("This server does not exist."))
    case, actor = lock_case(case_id), Actor.staff(by)
    refuse_role(case, Transition.TAKE, actor)
    live = Forwarding.objects.filter(Forwarding.LIVE, case=case).select_related("server").first()
    if live and live.server_id == server.pk:
        return live
    refuse_transition(case, Transition.TAKE, actor, expect)
    _refuse(case, server, live)
    mapping = destination_of(case, server.body)
    if mapping is None or not server.active:
        raise Conflict(_("This server takes no request of this subject: a manager says which."))
    body = words_or_refuse(words)
    if len(body) > LONGEST:
        raise Invalid.in_field("words", _("4,000 letters at most."))
    if share_person and not server.sends_person:
        raise Invalid(_("This server may not be told who asks."), {"share_person": ""})
    shared = share_person and case.person is not None
    data: dict[str, Any] = {"server": server.name, "body": server.body.slug, "shares_person": shared}
    line = EntryDraft(FORWARDED, by=actor, body=body, notified_via=channel_to(case), data=data)
    before = case.external_body_id
    entry = apply_transition(case, Transition.TAKE, line, external_body_id=server.body_id)
    made = Forwarding.objects.create(
        key=f"parvis-{secrets.token_hex(12)}", case=case, server=server, service_code=mapping.service_code,
        attributes=mapping.attributes, shares_person=shared, entry_seq=entry.seq, asked_by=by, queued_at=now(),
        external_body_before_id=before,
    )  # fmt: skip
    FORWARDINGS.ask(made.pk)
    return made


@transaction.atomic
def try_again(*, forwarding_id: int, by: User) -> Forwarding:
    """Does at once what waits: asks their server again, or sends again what it refused. Raises NotFound, NotAllowed,
    Conflict once it is over.
    """
    row = _locked_forwarding(forwarding_id, by)
    if not row.is_live:
        raise Conflict(_("This request is no longer with that body."))
    OutsideServer.objects.filter(pk=row.server_id).update(left_until=None)
    state = State(row.state)
    if row.result == Result.UNTOLD:
        row.result = Result.ACCEPTED
    if state == State.FAILED:
        row.looks, row.attempts = 0, min(row.attempts, 1)
    if state in (State.FAILED, State.SENDING):
        state = State.UNCERTAIN if row.attempts else State.QUEUED
    return _next_round(row, state)


@transaction.atomic
def settle_forwarding(*, forwarding_id: int, number: str, by: User) -> Forwarding:
    """Records what someone learnt by asking them: the number that they gave it, else ("") that they do not have it, and
    it is sent again. Raises NotFound, NotAllowed, Conflict when it is known already.
    """
    row = _locked_forwarding(forwarding_id, by)
    if not row.is_unsettled:
        raise Conflict(_("What became of this request is known already."))
    row.service_request_id, row.told_seq, row.looks = number.strip()[:120], None, 0
    if row.service_request_id:
        row.result = Result.ACCEPTED
        return _next_round(row, State.SENT)
    row.result, row.token, row.attempts = "", "", 0
    row.attempted_at = row.first_attempted_at = row.sent_at = None
    return _next_round(row, State.QUEUED)


@transaction.atomic
def take_forwarding_back(*, forwarding_id: int, words: str, by: User) -> Forwarding:
    """Takes a case back: nothing more is sent or asked, its outside body is the one of before, and the citizen is told
    that the town follows it itself.

    Open311 cannot take back what they received: `Forwarding.error` then says to call them. Idempotent. Raises
    NotFound, NotAllowed, Invalid (words).
    """
    row = _locked_forwarding(forwarding_id, by)
    if row.result == Result.TAKEN_BACK:
        return row
    body = words_or_refuse(words)
    received = row.attempts or row.is_numbered
    row.error = _("They may have it still: tell them, since Open311 cannot take a request back.") if received else ""
    row.result, row.not_before = Result.TAKEN_BACK, None
    move(FORWARDINGS, row, State.SENT if row.state == State.SENT else State.CANCELLED)
    row.save()
    data = {"server": row.server.name, "body": row.server.body.slug}
    line = EntryDraft(RECALLED, by=Actor.staff(by), body=body, notified_via=channel_to(row.case), data=data)
    restored: dict[str, Any] = {}
    if row.case.external_body_id == row.server.body_id:
        restored = {"external_body_id": row.external_body_before_id}
    write_and_notify(row.case, line, **restored)
    return row


def _next_round(row: Forwarding, state: State) -> Forwarding:
    """Has a sending carried at once, since someone asks: what is being done of it meanwhile counts no more."""
    row.not_before, row.misses, row.error, row.rounds = now(), 0, "", row.rounds + 1
    move(FORWARDINGS, row, state)
    row.save()
    FORWARDINGS.ask(row.pk)
    return row


def _refuse(case: Case, server: OutsideServer, live: Forwarding | None) -> None:
    if case.nature != Nature.REQUEST or case.merged_into_id:
        raise Conflict(_("Only a request of its own is sent to an outside body."))
    if live:
        raise Conflict(_("This request is with %(server)s: take it back first.") % {"server": live.server.name})
    if is_restricted(case.subject_id):
        raise Conflict(_("A restricted request is read by some posts only: nothing leaves by Open311."))
    if case.place_protected:
        raise Conflict(_("The address of this person is protected: call the body instead."))


def _locked_forwarding(forwarding_id: int, by: User) -> Forwarding:
    """A sending and its case, both locked, for who may work on the case."""
    case_id = Forwarding.objects.filter(pk=forwarding_id).values_list("case", flat=True).first()
    if case_id is None:
        raise NotFound(_("This request was not sent to an outside body."))
    case = locked_for(case_id, Transition.NOTE, by)
    row = Forwarding.objects.select_for_update(of=("self",)).select_related("server__body").get(pk=forwarding_id)
    row.case = case
    return row
