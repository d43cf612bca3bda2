"""What must be right before a message may be approved."""

from django.utils.translation import gettext as _

from parvis.apps.directory.queries import language_rule
from parvis.apps.files.models import Attachment
from parvis.apps.outreach.channels.registry import carrying
from parvis.apps.outreach.models import Message
from parvis.apps.outreach.queries.messages import content_of
from parvis.apps.outreach.rules.approval import english_refused
from parvis.apps.outreach.rules.content import BASE, Content, Words
from parvis.apps.outreach.rules.limits import Unit
from parvis.lib.clock import now
from parvis.lib.errors import Invalid, type_text


def check(message: Message) -> Content:
    """The content of a message that may go out. Raises Invalid by field: what, where, and what to do."""
    content = content_of(message)
    errors: dict[str, type_text] = {}
    french = content.versions.get((BASE, "fr"), Words())
    if not french.title:
        errors["title_fr"] = _("Write a title.")
    if not french.text:
        errors["text_fr"] = _("Write the text.")
    _check_english(content, message, errors)
    if (blanks := content.blanks()) and "text_fr" not in errors:
        errors["text_fr"] = _("Still to be filled in: %(blanks)s") % {"blanks": ", ".join(blanks[:6])}
    _check_moments(content, errors)
    picture = Attachment.objects.filter(pk=content.image_id).first() if content.image_id else None
    if picture and not picture.is_served:
        errors["picture"] = _("This picture cannot be opened yet: wait until it is checked, or choose another one.")
    if content.image_id and not content.image_fr:
        errors["image_fr"] = _("Describe the picture for those who do not see it.")
    if not content.channels:
        errors["channels"] = _("Choose at least one channel.")
    if not errors:
        _check_lengths(content, errors)
    if errors:
        raise Invalid(_("Something is to be mended."), errors)
    return content


def _check_english(content: Content, message: Message, errors: dict[str, type_text]) -> None:
    english = content.versions.get((BASE, "en"), Words())
    if bool(english.title) != bool(english.text):
        errors["text_en" if english.title else "title_en"] = _("Write the English whole, or leave it out.")
    if english_refused(content, language_rule(), message.english_reason):
        errors["english_reason"] = _("Say why English is used, or leave the English out.")


def _check_moments(content: Content, errors: dict[str, type_text]) -> None:
    moment = now()
    if content.expires_at is None:
        errors["expires"] = _("Say when it ends: nothing stays by mistake.")
    elif content.expires_at <= max(moment, content.starts_at or moment):
        errors["expires"] = _("It would end before it begins, or is past: choose a later moment.")
    if content.starts_at and content.starts_at <= moment:
        errors["starts"] = _("This moment is past: choose a later one, or publish at once.")


def _check_lengths(content: Content, errors: dict[str, type_text]) -> None:
    for channel in carrying(content):
        preview = channel.preview(content)
        if preview.count and preview.count.over:
            values = {"channel": channel.label, "used": preview.count.used, "most": preview.count.most}
            if preview.count.unit == Unit.SECONDS:
                words = _("%(channel)s: %(used)d seconds spoken, of %(most)d.") % values
            else:
                words = _("%(channel)s: %(used)d of %(most)d characters.") % values
            if preview.proposal:
                words += " " + _("Proposed: “%(text)s”") % {"text": preview.proposal}
            errors.setdefault(f"short_{preview.count.language}", words)
