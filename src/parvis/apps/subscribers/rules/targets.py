"""E-mail addresses and phone numbers as they are kept."""

import re

import phonenumbers

REGION = "CA"
CALLED_REGIONS = ("CA", "US")
_COSTLY = (phonenumbers.PhoneNumberType.PREMIUM_RATE, phonenumbers.PhoneNumberType.SHARED_COST)
_EMAIL = re.compile(r"[^@\s,;<>\"()]{1,64}@(?:[^\s@.,;<>\"()]+\.)+[^\s@.,;<>\"()]{2,}")


def email_address(text: str) -> str:
    """The address in lower case; "" for what is not one, or not in ASCII: few servers take others (RFC 6531)."""
    typed = text.strip().lower()
    return typed if len(typed) <= 254 and typed.isascii() and typed.isprintable() and _EMAIL.fullmatch(typed) else ""


def callable_number(text: str) -> str:
    """The number in E.164 when a call there costs no more than an ordinary one: of Canada or the United States,
    assigned, and not premium; "" otherwise.
    """
    number = phone_number(text)
    if not number:
        return ""
    parsed = phonenumbers.parse(number)
    ordinary = phonenumbers.number_type(parsed) not in _COSTLY and phonenumbers.is_valid_number(parsed)
    return number if ordinary and phonenumbers.region_code_for_number(parsed) in CALLED_REGIONS else ""


def phone_number(text: str) -> str:
    """The number in E.164, Canadian by default; "" for what is not a whole number without extension."""
    try:
        parsed = phonenumbers.parse(text.strip(), REGION)
    except phonenumbers.NumberParseException:
        return ""
    whole = phonenumbers.is_possible_number_with_reason(parsed) == phonenumbers.ValidationResult.IS_POSSIBLE
    if parsed.extension or not whole:
        return ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def domain_of(email: str) -> str:
    """What follows the last @ of an address, in lower case."""
    return email.rpartition("@")[2].lower()


def masked(target: str) -> str:
    """An address or a number whose owner knows it, and nobody else: "l•••@e•••.ca", "••• 0123"; "" for ""."""
    name, at, domain = target.partition("@")
    if at:
        host, dot, end = domain.rpartition(".")
        return f"{name[:1]}•••@{host[:1]}•••{dot}{end}"
    return f"••• {target[-4:]}" if target else ""
