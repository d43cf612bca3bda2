"""The journal of a message, and its row under a lock."""

from django.utils.translation import gettext as _

from parvis.apps.content.services.notices import stop_saying
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.outreach.models import JournalEntry, Message
from parvis.apps.outreach.queries.messages import editors_of
from parvis.apps.outreach.rules.audiences import may_write_to
from parvis.lib.database.rows import locked_row
from parvis.lib.errors import NotAllowed, NotFound

What = JournalEntry.What


def note_editor(message: Message, by: User, *, words: str = "") -> None:
    """Adds the line of a change: one a person until the next publication, save when there are words to say."""
    if words or by.pk not in editors_of(message):
        message.note(What.CHANGED, by=by, words=words, data={"edited": True})


def back_to_draft(message: Message) -> None:
    """Takes its approval away, in the caller's transaction: it is not sent, and the agents stop saying it."""
    message.state, message.approved_at, message.held_reason = Message.State.DRAFT, None, ""
    message.save(update_fields=["state", "approved_at", "held_reason"])
    if message.notice_id:
        stop_saying(notice_id=message.notice_id)


def locked(message_id: int, by: User | None = None, action: Action = Action.WRITE_MESSAGE) -> Message:
    """The message, its row locked. Raises NotFound, also when `by` may not see it, and NotAllowed when it is for the
    public and `by` has the action over less than the town: for an audience of theirs alone.
    """
    words = _("This message does not exist.")
    message = locked_row(Message.objects.filter(pk=message_id), words)
    if by is not None and not may_write_to(by, message.audience):
        raise NotFound(words)
    if by is not None and not message.audience:
        require_public(by, action)
    return message


def require_public(by: User, action: Action) -> None:
    """Raises NotAllowed when the role of `by` does not include the action on what the public reads."""
    if not by.may_everywhere(action):
        raise NotAllowed(_("Your role does not allow this on the messages of the town."))


def require(by: User, action: Action) -> None:
    """Raises NotAllowed when the role of `by` does not include the action."""
    by.require(action, _("Your role does not allow this on the messages of the town."))
