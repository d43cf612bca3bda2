"""Phone numbers as people type them, and which of them the town calls or writes to."""

import phonenumbers
from phonenumbers import PhoneNumberType

REGION = "CA"
SERVED_REGIONS = ("CA", "US")  # of the twenty-five that share +1: the islands cost as much as another continent
_GEOGRAPHIC = (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
_PREMIUM_EXCHANGE = "976"  # in any area code


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


def is_callable(number: str) -> bool:
    """Whether the town calls and writes to a number in E.164: an assigned number of a place in Canada or the United
    States, which costs no more than an ordinary one. Not a premium, satellite or toll-free one, nor of the islands.
    """
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return False
    exchange = phonenumbers.national_significant_number(parsed)[3:6]
    return (
        phonenumbers.region_code_for_number(parsed) in SERVED_REGIONS
        and phonenumbers.number_type(parsed) in _GEOGRAPHIC
        and exchange != _PREMIUM_EXCHANGE
    )
