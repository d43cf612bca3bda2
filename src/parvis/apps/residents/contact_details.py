"""Phone numbers and e-mail addresses as they are kept, from what someone typed. No database."""

import re

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

REGION = "CA"
_EXTENSION = re.compile(r"\b(?:poste|ext\.?|x)\s*\.?\s*(?=\d)", re.IGNORECASE)


class Unreadable(ValueError):
    """What was typed is no number or address; the text says what to do about it, in the language of the moment."""


def clean_phone(text: str) -> str:
    """The number in E.164 ("+14506581066"); Canadian when no country is given; "" for nothing. Unreadable otherwise."""
    typed = text.strip()
    if not typed:
        return ""
    try:
        parsed = phonenumbers.parse(_EXTENSION.sub(" ext. ", typed), REGION)
    except phonenumbers.NumberParseException as error:
        raise Unreadable(_("This is not a phone number. Example: 450 555-0123.")) from error
    if parsed.extension:
        raise Unreadable(_("Write the number without its extension, and the extension in the note."))
    if phonenumbers.is_possible_number_with_reason(parsed) != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise Unreadable(_("This phone number is not complete: ten digits with the area code, such as 450 555-0123."))
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def clean_email(text: str) -> str:
    """The address in lower case, "" for nothing. Unreadable when no message could be sent to it."""
    typed = text.strip().lower()
    if not typed:
        return ""
    try:
        validate_email(typed)
    except ValidationError as error:
        raise Unreadable(_("This is not an e-mail address. Example: name@example.ca.")) from error
    return typed
