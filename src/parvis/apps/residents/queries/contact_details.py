"""Normalisation of typed phone numbers and e-mail addresses. No database."""

import re

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from parvis.lib.phone_numbers import is_callable

REGION = "CA"
_EXTENSION = re.compile(r"\b(?:poste|ext\.?|x)\s*\.?\s*(?=\d)", re.IGNORECASE)


class Unreadable(ValueError):
    """The text is not a valid number or address; the message tells the user what to do, in the active language."""


def clean_phone(text: str) -> str:
    """The number in E.164 ("+14506581066"), Canadian by default; "" for blank text. Raises Unreadable."""
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


def is_north_american(number: str) -> bool:
    """Whether a number in E.164 is an ordinary one of Canada or the United States (`lib.phone_numbers`)."""
    return is_callable(number)


def clean_email(text: str) -> str:
    """The address in lower case; "" for blank text. Raises Unreadable when invalid."""
    typed = text.strip().lower()
    if not typed:
        return ""
    try:
        validate_email(typed)
    except ValidationError as error:
        raise Unreadable(_("This is not an e-mail address. Example: name@example.ca.")) from error
    return typed
