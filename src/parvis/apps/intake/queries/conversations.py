"""The conversation that a message belongs to: what was written before it, by the sender and by the town."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Prefetch, Q, QuerySet

from parvis.apps.catalogue.models import Channel
from parvis.apps.intake.models import Contact, InboxItem, MailReply, ReceivedMail
from parvis.apps.mail import queries as mailbox
from parvis.apps.mail.models import Incoming
from parvis.apps.mail.rules import threads

OPEN = (Contact.State.WAITING, *Contact.IN_HAND)
_THREAD = re.compile(r"c(\d{1,18})")


@dataclass(frozen=True)
class Said:
    """A message received (`incoming`) or an answer sent (`reply`): one of them, with its contact."""

    contact: Contact
    at: datetime
    incoming: Incoming | None = None
    reply: MailReply | None = None


def item_of(contact: Contact) -> InboxItem:
    """Where the contact stands in the inbox; an unsaved one when nothing was recorded. Reads `inbox`."""
    return getattr(contact, "inbox", None) or InboxItem(contact=contact)


def first_of(contact: Contact) -> int:
    """The id of the first contact of its conversation: its own when it begins one."""
    return item_of(contact).follows_id or contact.pk


def conversation(contact: Contact, limit: int = 40) -> list[Said]:
    """What was said before the latest words of this message, oldest first, other messages of its thread included.

    Three queries, and the persons come with their contacts: the caller hides those whose file must not be read.
    """
    first = first_of(contact)
    replies = Prefetch("replies", MailReply.objects.filter(taken_back_at=None).select_related("by"))
    mails = Prefetch("mails", ReceivedMail.objects.select_related("incoming").order_by("pk"))
    rows = of_conversation(first).filter(pk__lte=contact.pk).select_related("person__merged_into")
    said: list[Said] = []
    for row in rows.prefetch_related(mails, replies).order_by("-pk")[:limit]:
        said += [Said(row, mail.incoming.received_at, incoming=mail.incoming) for mail in row.mails.all()]
        said += [Said(row, reply.at, reply=reply) for reply in row.replies.all() if row.pk != contact.pk]
    said.sort(key=lambda one: one.at)
    latest = max((one.at for one in said if one.contact.pk == contact.pk and one.incoming), default=None)
    return [one for one in said if not (one.contact.pk == contact.pk and one.at == latest)]


def next_of(contact: Contact) -> int | None:
    """The id of the latest message of its conversation, when there is a later one."""
    later = of_conversation(first_of(contact)).filter(pk__gt=contact.pk)
    return later.order_by("-pk").values_list("pk", flat=True).first()


def of_conversation(first: int) -> QuerySet[Contact]:
    """The contacts of a conversation, named by its first one; those merged into another are not among them."""
    rows = Contact.objects.filter(Q(pk=first) | Q(inbox__follows=first), channel=Channel.EMAIL)
    return rows.exclude(state=Contact.State.MERGED)


def thread_of(incoming: Incoming) -> str:
    """The thread of ours that a message answers, by its signed address or the identifier of our letter; "" for none."""
    return threads.thread_of(incoming.to, settings.SECRET_KEY) or mailbox.thread_answered(incoming.references)


def answered_by(incoming: Incoming, thread: str) -> Contact | None:
    """The earlier contact whose answer this one replies to, when its thread is that of a contact."""
    named = _THREAD.fullmatch(thread)
    if named is None or threads.is_forward(incoming.subject):
        return None
    contact = Contact.objects.select_related("inbox").filter(pk=int(named[1]), channel=Channel.EMAIL).first()
    if contact is not None and contact.state == Contact.State.MERGED:
        return merged_into(contact.pk)
    return contact


def still_open(incoming: Incoming, before: Contact | None) -> Contact | None:
    """The message of the same sender, not answered yet, that this one continues; None when it begins a new one."""
    known: Sequence[str] = [reference for reference in incoming.references if reference]
    if not incoming.from_address or threads.is_forward(incoming.subject) or not (known or before):
        return None
    rows = Contact.objects.filter(channel=Channel.EMAIL, state__in=OPEN)
    rows = rows.filter(mails__incoming__from_address__iexact=incoming.from_address)
    continues = Q(mails__incoming__message_id__in=known) if known else Q(pk__in=[])
    if before is not None:
        first = first_of(before)
        continues |= Q(pk=first) | Q(inbox__follows=first)
    return rows.filter(continues).select_related("inbox").order_by("-pk").first()


def same_sender(contact: Contact, limit: int = 5) -> list[Contact]:
    """The other messages of the same address that wait, with which this one could be merged; latest first."""
    sender = next((mail.incoming.from_address for mail in contact.mails.all()), "")
    if not sender or contact.state not in OPEN:
        return []
    rows = Contact.objects.filter(channel=Channel.EMAIL, state__in=OPEN).exclude(pk=contact.pk)
    rows = rows.filter(mails__incoming__from_address__iexact=sender).select_related("person__merged_into")
    return list(rows.distinct().order_by("-pk")[:limit])


def merged_into(contact_id: int) -> Contact | None:
    """The message into which this one was merged, if any."""
    item = InboxItem.objects.select_related("merged_into__inbox").filter(contact=contact_id).first()
    return item.merged_into if item else None


def merged_here(contact: Contact) -> list[Contact]:
    """The messages that were merged into this one, latest first."""
    return list(Contact.objects.filter(inbox__merged_into=contact, state=Contact.State.MERGED).order_by("-pk"))


def spam_sender(address: str) -> bool:
    """Whether the last decision of an agent about the messages of this address is that they are spam."""
    if not address:
        return False
    judged = InboxItem.objects.filter(judged_at__isnull=False)
    last = judged.filter(contact__mails__incoming__from_address__iexact=address).order_by("-judged_at").first()
    return last is not None and last.spam
