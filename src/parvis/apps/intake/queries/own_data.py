"""What someone asked of the town, on any channel, as their own data: plain values."""

from typing import Any

from django.db.models import Prefetch

from parvis.apps.intake.models import Contact, Given, MailReply, Matter, SentText, SocialReply
from parvis.apps.residents.models import Person
from parvis.apps.residents.queries.people import ids_of


def own_contacts(person: Person) -> list[dict[str, Any]]:
    """The contacts of someone's file, the first one first: {at, channel, language, phone, title, words, files, matters,
    replies}; `matters` hold the answers as they were given. A constant number of queries.

    Left out: who answered, what they noted for themselves, drafts, alarms and the checks of who was asking.
    """
    given = Prefetch("given", Given.objects.order_by("pk"))
    matters = Matter.objects.select_related("subject", "case").prefetch_related(given).order_by("pk")
    rows = Contact.objects.filter(person__in=ids_of(person.canonical), state=Contact.State.DONE)
    contacts = rows.order_by("started_at", "pk").prefetch_related(
        "files__attachment",
        Prefetch("matters", matters),
        Prefetch("replies", MailReply.objects.filter(taken_back_at=None).order_by("pk")),
        Prefetch("sent_texts", SentText.objects.select_related("outgoing").order_by("pk")),
        Prefetch("social_replies", SocialReply.objects.select_related("post").order_by("pk")),
    )
    return [_contact(contact) for contact in contacts]


def _contact(contact: Contact) -> dict[str, Any]:
    return {
        "at": contact.started_at,
        "channel": str(contact.get_channel_display()),
        "language": contact.language,
        "phone": contact.phone,
        "title": contact.subject_line,
        "words": contact.text,
        "files": [file.attachment.name for file in contact.files.all()],
        "matters": [
            {
                "subject": matter.subject.title if matter.subject else "",
                "words": matter.words,
                "outcome": str(matter.get_outcome_display()),
                "reference": matter.case.reference if matter.case else "",
                "answers": [{"at": given.at, "words": given.words} for given in matter.given.all()],
            }
            for matter in contact.matters.all()
        ],
        "replies": [
            *({"to": reply.to, "title": reply.subject, "words": reply.words} for reply in contact.replies.all()),
            *({"to": text.outgoing.to, "words": text.outgoing.body} for text in contact.sent_texts.all()),
            *({"words": reply.post.text} for reply in contact.social_replies.all()),
        ],
    }
