"""The texts that agents send from a contact: a link, or a few words. Each may be taken back for a moment."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parvis.apps.cases.models import Case
from parvis.apps.cases.rules.kinds import EntryKind
from parvis.apps.cases.services.journal import EntryDraft, write_entry
from parvis.apps.cases.services.transitions import lock_case
from parvis.apps.catalogue.models import Channel, Subject
from parvis.apps.content.queries import answers
from parvis.apps.directory.models import Actor, User
from parvis.apps.directory.queries import town
from parvis.apps.intake.models import Contact, SentText
from parvis.apps.intake.queries.access import held, owned
from parvis.apps.intake.queries.inbox import mail_language
from parvis.apps.telephony.models import OutgoingText
from parvis.apps.telephony.queries import texts as carrier
from parvis.apps.telephony.services.texts.outgoing import cancel_text, queue_text
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid, NotFound
from parvis.lib.i18n.languages import pick
from parvis.lib.jobs import job

ON_SENT = job("parvis.apps.intake.tasks.record_sent_text")
TEXT_UNDO = timedelta(seconds=10)
LINK = EntryKind("textlink", gettext_lazy("Link sent by text message"))
WORDS = EntryKind(
    "textsent", gettext_lazy("Text message sent"), told_as=gettext_lazy("We sent you a text message"), spoken=True
)
Kind = SentText.Kind


@dataclass(frozen=True)
class TextToSend:
    """What a text says: the link of a request of the contact, the link of an answer, or words.

    Words may be about a request too: an answer to them then joins it.
    """

    kind: SentText.Kind
    case_id: int | None = None
    subject: Subject | None = None
    words: str = ""


@transaction.atomic
def send_text(*, contact_id: int, key: str, phone: str, text: TextToSend, by: User) -> SentText:
    """Queues a text to a number (E.164) from a contact in hand; once per key. It leaves after TEXT_UNDO.

    Raises Invalid (phone, what, words), Conflict where no text may be sent, and what `access.held` raises.
    """
    if not carrier.enabled():
        raise Conflict(_("This town sends no texts."))
    contact = held(contact_id, by)
    if earlier := contact.sent_texts.filter(outgoing__key=_key(contact, key)).first():
        return earlier
    if not phone:
        raise Invalid(_("Which number?"), {"phone": _("Write the number of a mobile phone.")})
    case = _case_of(contact, text)
    outgoing = queue_text(
        key=_key(contact, key),
        to=phone,
        body=_body(contact, text, case),
        kind=OutgoingText.Kind.AGENT,
        thread=case.reference if case else "",
        on_sent=ON_SENT,
        wait=TEXT_UNDO,
    )
    if not contact.phone:
        contact.phone = phone
        contact.save(update_fields=["phone"])
    return SentText.objects.create(
        contact=contact, kind=text.kind, case=case, subject=text.subject, outgoing=outgoing, by=by, at=now()
    )


def _key(contact: Contact, key: str) -> str:
    return f"contact/{contact.pk}/{key}"[:120]


def _case_of(contact: Contact, text: TextToSend) -> Case | None:
    if text.case_id is None:
        return None
    matter = contact.matters.filter(case=text.case_id).select_related("case").first()
    if matter is None or matter.case is None:
        raise Invalid.in_field("what", _("Choose what to send."))
    return matter.case


def _body(contact: Contact, text: TextToSend, case: Case | None) -> str:
    """The text in the language of the contact, as the town's rule allows."""
    if text.kind == Kind.WORDS:
        return text.words.strip()
    language, _policy = mail_language(contact)
    with translation.override(language):
        name = {"town": pick(town(), "name", language)}
        if text.kind == Kind.FOLLOW and case:
            words = _("%(town)s. To follow your request %(reference)s, or to reply:") % {
                **name,
                "reference": case.reference,
            }
            return f"{words} {settings.PARVIS_URL}/suivi/{case.secret}/"
        card = answers.card(text.subject.slug, language) if text.subject else None
        if text.kind == Kind.ANSWER and text.subject and card:
            words = _("%(town)s. %(title)s:") % {**name, "title": card.title}
            return f"{words} {answer_url(text.subject.slug)}"
    raise Invalid.in_field("what", _("Choose what to send."))


def answer_url(slug: str) -> str:
    """The public page of the answer on a subject."""
    return f"{settings.PARVIS_URL}/reponses/{slug}/"


@transaction.atomic
def take_text_back(*, sent_id: int, by: User) -> SentText:
    """Takes back a text that has not left. Idempotent. Raises NotFound for someone else's, Conflict when it left."""
    sent = SentText.objects.select_for_update(of=("self",)).select_related("outgoing").filter(pk=sent_id, by=by).first()
    owned(sent.contact_id if sent else 0, by)
    if sent is None:
        raise NotFound(_("This message does not exist."))
    if not sent.outgoing.never_left and not cancel_text(key=sent.outgoing.key):
        raise Conflict(_("This message has left."))
    return sent


@transaction.atomic
def record_sent_text(*, text_id: int) -> None:
    """Writes in the journal of its request that a text left; once. The link itself is not written: it is a secret."""
    sent = SentText.objects.filter(outgoing=text_id, entry=None).exclude(case=None).first()
    if sent is None or sent.case_id is None:
        return
    case = lock_case(sent.case_id)
    sent = SentText.objects.select_related("outgoing", "by").get(pk=sent.pk)
    words = sent.outgoing.body if sent.kind == Kind.WORDS else ""
    if sent.entry_id or not sent.outgoing.to:  # written meanwhile, or erased
        return
    kind = WORDS if sent.kind == Kind.WORDS else LINK
    sent.entry = write_entry(
        case, EntryDraft(kind, by=Actor.staff(sent.by), body=words, data={"channel": Channel.TEXT})
    )
    sent.save(update_fields=["entry"])
