"""What agents type in answer to a message, kept while they type, and the files that they join to it."""

import json
import time
from collections.abc import Iterable, Mapping
from datetime import timedelta

from django.core.files.base import File
from django.db import transaction
from django.db.models import F, Sum
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.files.services.attachments import keep_file
from parvis.apps.intake.models import Contact, MailDraft, ReplyFile
from parvis.apps.intake.queries.access import refuse_unless_agent
from parvis.lib.clock import now
from parvis.lib.errors import Invalid, NotFound, or_not_found

LARGEST = 48_000  # characters of JSON
MOST_FILES = 10
MOST_BYTES = 15_000_000  # of all the files of a letter; encoded, they are a third larger
FILES_SECONDS = 10.0  # for all the pictures of one upload
UNSENT_KEPT = timedelta(days=30)
SENT_KEPT = timedelta(days=1)
AHEAD = 100_000  # larger than any number of saves a page can make meanwhile


def save_mail_draft(*, contact_id: int, seq: int, typed: Mapping[str, str], by: User) -> MailDraft:
    """Keeps what `by` has typed so far, and returns the stored draft.

    Its `seq` is greater than the given one, and nothing was written, when a later save or the letter came first. Raises
    NotAllowed, NotFound, Invalid (words) when it is too long.
    """
    _existing(contact_id, by)
    if len(json.dumps(typed, ensure_ascii=False)) > LARGEST:
        raise Invalid.in_field("words", _("This is too long to be kept: send it, or shorten it."))
    values = {"typed": dict(typed), "seq": seq, "saved_at": now(), "sent_at": None}
    mine = MailDraft.objects.filter(contact_id=contact_id, user=by)
    if mine.filter(seq__lt=seq).update(**values):
        return mine.get()
    return MailDraft.objects.get_or_create(contact_id=contact_id, user=by, defaults=values)[0]


def close_draft(contact: Contact, typed: Mapping[str, str], by: User) -> None:
    """Puts away what was sent, in the transaction that sends it; a save still on its way does not bring it back."""
    values = {"typed": dict(typed), "saved_at": now(), "sent_at": now()}
    draft, created = MailDraft.objects.get_or_create(contact=contact, user=by, defaults={"seq": AHEAD, **values})
    if not created:
        MailDraft.objects.filter(pk=draft.pk).update(seq=F("seq") + AHEAD, **values)


def reopen_draft(contact: Contact, by: User) -> None:
    """Brings back what was sent, when it is taken back."""
    mine = MailDraft.objects.filter(contact=contact, user=by, sent_at__isnull=False)
    mine.update(seq=F("seq") + AHEAD, sent_at=None, saved_at=now())


def purge_mail_drafts() -> None:
    """Deletes what was not sent for thirty days, and what was sent more than a day ago. Runs every night."""
    moment = now()
    MailDraft.objects.filter(saved_at__lt=moment - UNSENT_KEPT).delete()
    MailDraft.objects.filter(sent_at__lt=moment - SENT_KEPT).delete()
    ReplyFile.objects.filter(reply=None, attachment__added_at__lt=moment - UNSENT_KEPT).delete()


# --- Files ------------------------------------------------------------------------------------------------------------


def add_reply_files(*, contact_id: int, uploads: "Iterable[File[bytes]]", by: User) -> list[str]:
    """Stores files for the next letter of `by` on this contact, before the transaction that sends it.

    Returns why the others were left out, one sentence each, with their names. Raises NotAllowed, NotFound.
    """
    contact, refused = _existing(contact_id, by), []
    until = time.monotonic() + FILES_SECONDS
    for upload in uploads:
        name = upload.name or ""
        try:
            _add_file(contact, name, upload, until - time.monotonic(), by)
        except Invalid as refusal:
            refused.append(f"{name}: {refusal}")
    return refused


def _add_file(contact: Contact, name: str, upload: "File[bytes]", seconds: float, by: User) -> None:
    _refuse_too_many(contact, upload.size, by)
    attachment = keep_file(name=name, data=upload.read(), seconds=seconds)
    with transaction.atomic():
        Contact.objects.select_for_update().get(pk=contact.pk)
        _refuse_too_many(contact, attachment.size, by)
        ReplyFile.objects.create(contact=contact, attachment=attachment, by=by)


def _refuse_too_many(contact: Contact, size: int, by: User) -> None:
    mine = ReplyFile.objects.filter(contact=contact, by=by, reply=None)
    if mine.count() >= MOST_FILES:
        raise Invalid(_("Ten files at most: this one is left out."))
    if (mine.aggregate(total=Sum("attachment__size"))["total"] or 0) + size > MOST_BYTES:
        raise Invalid(_("15 MB in all at most: this one is left out."))


def remove_reply_file(*, contact_id: int, key: str, by: User) -> None:
    """Takes out a file that `by` joined and has not sent. Raises NotAllowed, NotFound."""
    _existing(contact_id, by)
    if not ReplyFile.objects.filter(contact=contact_id, by=by, reply=None, attachment__key=key).delete()[0]:
        raise NotFound(_("This file does not exist."))


def _existing(contact_id: int, by: User) -> Contact:
    refuse_unless_agent(by)
    return or_not_found(Contact.objects.filter(pk=contact_id).first(), _("This message does not exist."))
