"""What the team does with the messages of its inbox: read, put off, spam, closed without an answer, merged."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.files.models import Attachment
from parvis.apps.intake.models import Contact, ContactFile, Correction, InboxItem, ReceivedMail
from parvis.apps.intake.queries.access import refuse_unless_agent
from parvis.apps.intake.queries.conversations import (
    OPEN,
    first_of,
    item_of,
    of_conversation,
    spam_sender,
    still_open,
)
from parvis.apps.intake.services.contacts import end
from parvis.apps.intake.services.indexing import index_contact
from parvis.apps.mail.models import Incoming
from parvis.apps.mail.rules.trust import FAILED
from parvis.apps.residents.queries.people import lookalikes
from parvis.lib.clock import now
from parvis.lib.database.rows import insert, locked_row
from parvis.lib.errors import Conflict, Invalid, NotFound

FARTHEST = timedelta(days=366)


# --- What arrives ---------------------------------------------------------------------------------------------------


def join_open(incoming: Incoming, before: Contact | None, *, files: Sequence[Attachment]) -> bool:
    """Adds a message to the one of the same sender that waits in the same thread, which is unread again.

    `before` is the contact whose answer it replies to. False when it begins a new one, as under a false address.
    """
    contact = still_open(incoming, before) if incoming.trust != FAILED else None
    if contact is None:
        return False
    contact = Contact.objects.select_for_update(of=("self",)).select_related("inbox").get(pk=contact.pk)
    if contact.state not in OPEN:  # answered meanwhile
        return False
    ReceivedMail.objects.create(incoming=incoming, contact=contact)
    ContactFile.objects.bulk_create([ContactFile(contact=contact, attachment=file) for file in files])
    _set(contact, opened_at=None, later_until=None)
    return True


def begin(contact: Contact, before: Contact | None) -> None:
    """Puts a new message in the inbox, with the conversation it continues."""
    item = InboxItem(contact=contact)
    if before is not None:
        item.follows_id = first_of(before)
        InboxItem.objects.filter(contact__in=of_conversation(item.follows_id), awaits=True).update(awaits=False)
    insert(item)


def set_spam_aside(contact: Contact, incoming: Incoming) -> bool:
    """Puts aside a message that nobody has begun, of an address of which an agent said that it sends spam; whether it
    did. Not one that continues a conversation, nor when a person is known by the address.
    """
    waits = contact.state == Contact.State.WAITING and contact.agent_id is None
    if not waits or item_of(contact).follows_id or not spam_sender(incoming.from_address):
        return False
    if lookalikes("", incoming.from_address):
        return False
    contact.state = Contact.State.SPAM
    contact.save(update_fields=["state"])
    return True


# --- What an agent does ---------------------------------------------------------------------------------------------


def open_message(*, contact_id: int, by: User) -> None:
    """Records that someone of the team read the message. Once; one query when it was read before."""
    refuse_unless_agent(by)
    if not InboxItem.objects.filter(contact=contact_id, opened_at__isnull=False).exists():
        InboxItem.objects.update_or_create(contact_id=contact_id, defaults={"opened_at": now()})


@transaction.atomic
def put_off(*, contact_id: int, until: datetime, by: User) -> Contact:
    """Takes a message out of the list until a moment, when it comes back by itself.

    Raises NotAllowed, NotFound, Conflict when it is a colleague's, Invalid (day) when the moment is past or more than a
    year away.
    """
    if not now() < until <= now() + FARTHEST:
        raise Invalid.in_field("day", _("Choose a day to come, within a year."))
    contact = _movable(contact_id, by, social=True)
    _change(contact, by, state=Contact.State.WAITING)
    _set(contact, later_until=until)
    return contact


@transaction.atomic
def mark_spam(*, contact_id: int, by: User) -> Contact:
    """Puts a message aside as spam; the next ones of an address that nobody is known by go there too.

    Nothing is deleted nor sent. Raises as `put_off`. Idempotent.
    """
    contact = _movable(contact_id, by, but=Contact.State.SPAM, social=True)
    _change(contact, by, state=Contact.State.SPAM)
    _set(contact, spam=True, judged_at=now(), judged_by=by, later_until=None)
    return contact


@transaction.atomic
def close_message(*, contact_id: int, why: str, by: User) -> Contact:
    """Ends a message without an answer; `why` is one of `InboxItem.Why`. Raises as `put_off`; Invalid (why)."""
    if why not in InboxItem.Why.values:
        raise Invalid.in_field("why", _("Say why it has no answer."))
    contact = _movable(contact_id, by, social=True)
    Correction.objects.create(
        contact=contact, before={"state": contact.state}, after={"state": Contact.State.DONE}, by=by, at=now()
    )
    end(contact)
    _set(contact, closed_why=why, closed_at=now(), closed_by=by, later_until=None)
    return contact


@transaction.atomic
def restore_message(*, contact_id: int, by: User) -> Contact:
    """Undoes the three above: the message waits again. Idempotent.

    A message that is no spam says so of its sender. Raises NotAllowed, NotFound, Conflict when it was answered.
    """
    contact = _locked(contact_id, by, social=True)
    item, state = item_of(contact), contact.state
    if state == Contact.State.SPAM:
        _set(contact, spam=False, judged_at=now(), judged_by=by)
    elif state == Contact.State.DONE and item.closed_why:
        _set(contact, closed_why="", closed_at=None, closed_by=None)
    elif state == Contact.State.WAITING:
        _set(contact, later_until=None)
        return contact
    else:
        raise Conflict(_("This message was answered, or is a colleague's, meanwhile."))
    _change(contact, by, state=Contact.State.WAITING)
    contact.ended_at, contact.seconds = None, None
    contact.save(update_fields=["ended_at", "seconds"])
    return contact


@transaction.atomic
def await_reply(*, contact_id: int, awaits: bool, by: User) -> Contact:
    """Says whether an answered message waits for its sender, which their reply ends. Raises NotFound, Conflict."""
    contact = _locked(contact_id, by)
    if contact.state != Contact.State.DONE:
        raise Conflict(_("Answer this message first."))
    _set(contact, awaits=awaits)
    return contact


@transaction.atomic
def merge_messages(*, contact_id: int, into_id: int, by: User) -> Contact:
    """Makes two messages of one sender a single one: what `contact_id` holds joins `into_id`, which is returned.

    Undone by `separate_message`. Raises NotAllowed, NotFound, Conflict (answered, begun by a colleague, settled in
    part, or already made of several), Invalid when the senders differ.
    """
    pair = {pk: _movable(pk, by) for pk in sorted({contact_id, into_id})}  # locked in one order
    contact, into = pair[contact_id], pair[into_id]
    mails = list(contact.mails.select_related("incoming"))
    senders = {_sender(contact), _sender(into)}
    if contact.pk == into.pk or len(senders) != 1 or "" in senders:
        raise Invalid(_("Only two messages of the same address can be merged."))
    if len(mails) != 1 or contact.matters.exists() or contact.replies.exists():
        raise Conflict(_("This message already has a history of its own: merge the other one into it."))
    files = contact.files.all()
    _change(contact, by, state=Contact.State.MERGED)
    _set(contact, merged_into=into, later_until=None)
    files.update(contact=into)
    contact.mails.update(contact=into)
    _set(into, later_until=None)
    for one in (contact, into):
        index_contact(one)
    return into


@transaction.atomic
def separate_message(*, contact_id: int, by: User) -> Contact:
    """Undoes a merger: the message waits by itself again. Raises NotFound, Conflict when the other was answered."""
    contact = _locked(contact_id, by)
    item = item_of(contact)
    if contact.state != Contact.State.MERGED or item.merged_into_id is None:
        return contact
    into = _movable(item.merged_into_id, by)
    mail = into.mails.filter(incoming_id=_own_mail(contact)).select_related("incoming").first()
    if mail is None:
        raise NotFound(_("This message does not exist."))
    attachments = mail.incoming.files.values("attachment")
    ContactFile.objects.filter(contact=into, attachment__in=attachments).update(contact=contact)
    mail.contact = contact
    mail.save(update_fields=["contact"])
    _change(contact, by, state=Contact.State.WAITING)
    _set(contact, merged_into=None)
    for one in (contact, into):
        index_contact(one)
    return contact


def _own_mail(contact: Contact) -> int:
    """The id of the message that the contact was received with, which its key names."""
    return int(contact.key.removeprefix("mail-"))


def _sender(contact: Contact) -> str:
    mail = contact.mails.select_related("incoming").order_by("pk").first()
    return mail.incoming.from_address.lower() if mail else ""


def _locked(contact_id: int, by: User, *, social: bool = False) -> Contact:
    """The locked contact of a message; with `social`, also that of a social network."""
    refuse_unless_agent(by)
    rows = Contact.objects.select_related("inbox", "person")
    written = Q(key__startswith="mail-") | (Q(key__startswith="network-") if social else Q())
    return locked_row(rows.filter(written, pk=contact_id), _("This message does not exist."))


def _movable(contact_id: int, by: User, but: str = "", *, social: bool = False) -> Contact:
    """The locked contact when it waits, when this agent has it in hand, or when it is in the state `but`."""
    contact = _locked(contact_id, by, social=social)
    mine = contact.state in Contact.IN_HAND and contact.agent_id == by.pk
    if contact.state not in (Contact.State.WAITING, but) and not mine:
        raise Conflict(_("This message was answered, or is a colleague's, meanwhile."))
    return contact


def _change(contact: Contact, by: User, *, state: str) -> None:
    if contact.state == state:
        return
    Correction.objects.create(contact=contact, before={"state": contact.state}, after={"state": state}, by=by, at=now())
    contact.state = state
    contact.save(update_fields=["state"])


def _set(contact: Contact, **values: Any) -> None:
    contact.inbox, _new = InboxItem.objects.update_or_create(contact=contact, defaults=values)
