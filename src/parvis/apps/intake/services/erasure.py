"""Erases from intake the words that were erased by law from a case."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q, QuerySet

from parvis.apps.cases.models import Entry
from parvis.apps.catalogue.models import Channel
from parvis.apps.files.models import Attachment
from parvis.apps.files.services.attachments import erase_files
from parvis.apps.intake.models import (
    Alert,
    Callback,
    Contact,
    ContactFile,
    Correction,
    Given,
    MailDraft,
    MailReply,
    Matter,
    ReplyFile,
)
from parvis.apps.intake.queries.alerts import UNNOTIFIED
from parvis.apps.intake.queries.inbox import danger_key
from parvis.apps.intake.queries.texts import text_danger_key
from parvis.apps.intake.services.indexing import index_contact
from parvis.apps.intake.services.social.received import danger_key as danger_key_of
from parvis.apps.mail.models import Incoming
from parvis.apps.mail.services.incoming import erase_message
from parvis.apps.mail.services.outgoing import erase_letter, erase_letters
from parvis.apps.search import services as search
from parvis.apps.social.models import Message, Post
from parvis.apps.social.services.incoming import erase_messages
from parvis.apps.social.services.outgoing import erase_posts
from parvis.apps.telephony.models import IncomingText, OutgoingText
from parvis.apps.telephony.services.texts import automatic
from parvis.apps.telephony.services.texts.incoming import erase_received
from parvis.apps.telephony.services.texts.outgoing import erase_text, erase_texts


@transaction.atomic
def erase_words(*, entry_id: int) -> None:
    """Erases what intake stores of an erased entry: the reason of its callback, the words of its alerts and, for the
    first entry, those of the matter and of its corrections.

    The incoming message and its files are erased too when the contact was about that request alone.
    """
    entry = Entry.objects.select_related("case").filter(pk=entry_id, salt="").first()
    if entry is None:
        return
    Callback.objects.filter(entry=entry).update(reason="")
    _erase_received(Incoming.objects.filter(received__entry=entry), IncomingText.objects.filter(received__entry=entry))
    erase_texts(OutgoingText.objects.filter(sent__entry=entry))
    if entry.kind == Entry.Kind.ALERTED:
        marked = Q(case=entry.case_id) | Q(contact__matters__case=entry.case_id)
        Alert.objects.filter(pk__in=Alert.objects.filter(marked, at__lte=entry.at).values("pk")).update(words="")
    if entry.seq == 1:
        matters = Matter.objects.filter(case=entry.case_id)
        Given.objects.filter(matter__in=matters).update(inputs={})
        contacts = Contact.objects.filter(matters__in=matters)
        alone = contacts.exclude(pk__in=Matter.objects.exclude(case=entry.case_id).values("contact"))
        words = set(matters.values_list("words", flat=True))
        texts = [text for row in alone.values_list("subject_line", "text") for text in row]
        texts += [*_written(alone), *_said_on_networks(alone)]
        erased = " ".join([*words, *texts, *_erase_corrections(matters, alone, words)])
        alone_ids = [contact.pk for contact in alone]
        merged = Contact.objects.filter(inbox__merged_into__in=alone_ids)
        erased += " ".join(text for row in merged.values_list("subject_line", "text") for text in row)
        alone_ids += merged.values_list("pk", flat=True)
        files = ContactFile.objects.filter(contact__in=alone_ids)
        joined = ReplyFile.objects.filter(contact__in=alone_ids)
        MailReply.objects.filter(contact__in=alone_ids).update(words="", subject="", refusal="")
        Callback.objects.filter(reply__contact__in=alone_ids).update(reason="")
        MailDraft.objects.filter(contact__in=alone_ids).delete()
        for reply in MailReply.objects.filter(contact__in=alone_ids):
            for key in reply.letter_keys:
                erase_letter(key=key)
        matters.update(words="", note="")
        Contact.objects.filter(pk__in=alone_ids).update(subject_line="", text="", draft={})
        for contact_id in alone_ids:
            erase_letter(key=f"mail-receipt-{contact_id}")
        _erase_received(
            Incoming.objects.filter(received__contact__in=alone_ids),
            IncomingText.objects.filter(received__contact__in=alone_ids),
        )
        _erase_social(alone_ids)
        about_it = Q(sent__case=entry.case_id) | Q(thread=entry.case.reference)
        erase_texts(OutgoingText.objects.filter(Q(sent__contact__in=alone_ids) | about_it))
        erase_files(
            Attachment.objects.filter(
                pk__in=[*files.values_list("attachment", flat=True), *joined.values_list("attachment", flat=True)]
            )
        )
        for contact in contacts.filter(Q(state=Contact.State.DONE) | Q(channel=Channel.EMAIL)).distinct():
            index_contact(contact)
        search.forget(erased)


def _written(contacts: QuerySet[Contact]) -> list[str]:
    """What was received and answered by e-mail in these contacts."""
    mails = Incoming.objects.filter(received__contact__in=contacts).values_list("from_name", "subject", "text")
    replies = MailReply.objects.filter(contact__in=contacts).values_list("words", flat=True)
    return [*(text for row in mails for text in row), *replies]


def _said_on_networks(contacts: QuerySet[Contact]) -> list[str]:
    """What was received and answered on social networks in these contacts."""
    said = Message.objects.filter(received__contact__in=contacts).values_list("author_name", "text", "history")
    answers = Post.objects.filter(reply__contact__in=contacts).values_list("text", flat=True)
    earlier = [str(row.get("text", "")) for _name, _text, history in said for row in history]
    return [*(text for name, words, _history in said for text in (name, words)), *earlier, *answers]


def _erase_social(contact_ids: list[int]) -> None:
    """Erases the messages of these contacts, what was answered to them, and the words of the dangers they told of."""
    messages = Message.objects.filter(received__contact__in=contact_ids)
    keys = [danger_key_of(message) for message in messages]
    _erase_dangers(keys)
    erase_posts(Post.objects.filter(reply__contact__in=contact_ids))
    erase_messages(messages)


def _erase_received(mails: QuerySet[Incoming], texts: QuerySet[IncomingText]) -> None:
    """Erases messages and texts, with the words of the dangers that they spoke of, also in the letters about those."""
    keys = [danger_key(incoming) for incoming in mails]
    text_keys = [text_danger_key(text) for text in texts]
    _erase_dangers([*keys, *text_keys])
    for key in keys:
        erase_letter(key=key, args=True)
    for key in text_keys:
        erase_text(key=f"{automatic.AUTOMATIC}{key}")
    erase_message(mails)
    erase_received(texts)


def _erase_dangers(keys: Iterable[str]) -> None:
    """Erases the words of the alerts about these messages, also in the letters about those."""
    for alert in Alert.objects.filter(key__in=[each for key in keys for each in (key, f"{UNNOTIFIED}{key}")]):
        alert.words = ""
        alert.save(update_fields=["words"])
        erase_letters(prefix=f"alert/{alert.pk}/")


def _erase_corrections(matters: QuerySet[Matter], alone: QuerySet[Contact], words: set[str]) -> list[str]:
    """Blanks and returns the words in the corrections of these matters; the corrections themselves stay.

    A matter taken back left a correction of its contact: it is blanked when the contact was about nothing else, or
    when it holds the same words.
    """
    only = set(alone.values_list("pk", flat=True))
    rows = Correction.objects.select_for_update(of=("self",), no_key=True)
    of_contact = Q(matter=None, contact__in=matters.values("contact"))
    erased: list[str] = []
    for row in rows.filter(Q(matter__in=matters) | of_contact):
        if row.matter_id is None and row.contact_id not in only and row.before.get("words") not in words:
            continue
        for values in (row.before, row.after):
            for name in values.keys() & {"words", "note"}:
                erased.append(values[name])
                values[name] = ""
        row.save(update_fields=["before", "after"])
    return erased
