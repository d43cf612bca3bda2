"""A second person reads a message before it goes out."""

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services.second_person import approves_alone
from parvis.apps.mail.letters import Awaited
from parvis.apps.mail.services.approvals import tell_approvers
from parvis.apps.outreach.models import Approval, Message
from parvis.apps.outreach.queries.messages import awaits_approval, writers_of
from parvis.apps.outreach.rules.content import Content, Urgency
from parvis.apps.outreach.services.checking import check
from parvis.apps.outreach.services.journal import What, back_to_draft, locked, require
from parvis.apps.outreach.services.publishing import release_now, say_first
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Outdated

Verdict, State = Approval.Verdict, Message.State


@transaction.atomic
def ask_for_approval(*, message_id: int, revision: int, note: str = "", by: User) -> Message:
    """Asks a second person to approve this revision, also of the correction of a live message; each hears by e-mail.

    Raises NotAllowed, NotFound, Conflict, Outdated, Invalid.
    """
    require(by, Action.WRITE_MESSAGE)
    message = _undecided(message_id, revision, by, Action.WRITE_MESSAGE)
    if message.audience:
        raise Conflict(_("Nobody else reads a message to the participants: send it."))
    check(message)
    _note(message, Verdict.ASKED, note, by)
    if message.is_editable:
        message.state = State.IN_REVIEW
        message.save(update_fields=["state"])
    message.note(What.ASKED, by=by, words=note)
    tell_approvers(
        key=f"outreach/{message.pk}/{message.revision}",
        kind=Awaited.MESSAGE,
        title=message.title,
        path=reverse("desk:approve_message", args=[message.pk]),
        writers=writers_of(message),
        by=by,
    )
    return message


@transaction.atomic
def approve(*, message_id: int, revision: int, note: str = "", by: User) -> Message:
    """Approves this revision: it goes out at once, or at its moment. The agents have its words from now on. An approved
    correction waits for `correct`.

    `by` wrote none of it, or is a decider of PARVIS_EMERGENCY_DECIDERS in an emergency, which the journal says.
    A message to an audience is approved by whoever may write to it. Raises NotAllowed, NotFound, Conflict, Outdated,
    Invalid.
    """
    require(by, Action.APPROVE_MESSAGE)
    message = _undecided(message_id, revision, by)
    if message.audience:
        alone = False  # whoever may write to an audience answers for it
    else:
        alone = approves_alone(by=by, writers=writers_of(message), emergency=message.urgency == Urgency.EMERGENCY)
    if not message.audience and not alone and message.state != State.HELD and not awaits_approval(message):
        raise Conflict(_("Nobody asked for the approval of this message yet."))
    content = check(message)
    _note(message, Verdict.APPROVED, note, by, bypass=alone)
    message.note(What.BYPASSED if alone else What.APPROVED, by=by, words=note)
    if message.is_editable:
        message.approved_at = now()
        _go(message, content, by)
    return message


@transaction.atomic
def send_back(*, message_id: int, revision: int, note: str, by: User) -> Message:
    """Refuses this revision, with a word for its author. Raises NotAllowed, NotFound, Conflict, Outdated."""
    require(by, Action.APPROVE_MESSAGE)
    message = _undecided(message_id, revision, by)
    _note(message, Verdict.REFUSED, note, by)
    if message.is_editable:
        back_to_draft(message)
    message.note(What.REFUSED, by=by, words=note)
    return message


def _go(message: Message, content: Content, by: User) -> None:
    if content.starts_at:
        message.state = State.SCHEDULED
        message.live_until = content.expires_at
        say_first(message, content)
        message.save()
        message.note(What.SCHEDULED, by=by, data={"at": content.starts_at.isoformat()})
    else:
        release_now(message, content, by)


def _undecided(message_id: int, revision: int, by: User, action: Action = Action.APPROVE_MESSAGE) -> Message:
    message = locked(message_id, by, action)
    if not (message.is_editable or message.is_out):
        raise Conflict(_("This message went out already."))
    if message.revision != revision:
        raise Outdated(_("The message changed since this page was shown: read it again."))
    if message.releases.filter(revision=revision).exists():
        raise Conflict(_("This message went out already."))
    return message


def _note(message: Message, verdict: str, note: str, by: User, *, bypass: bool = False) -> None:
    Approval.objects.create(
        message=message,
        revision=message.revision,
        verdict=verdict,
        note=" ".join(note.split())[:500],
        bypass=bypass,
        by=by,
        at=now(),
    )
