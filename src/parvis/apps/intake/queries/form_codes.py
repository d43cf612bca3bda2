"""Codes of six digits sent by e-mail to someone who fills in a public form: computed, never stored."""

from time import time

from django.utils.crypto import constant_time_compare, salted_hmac

WINDOW = 1800  # seconds; a code opens its form in its own window and in the next
DIGITS = 6
SALT = "parvis.form-code"


def code_for(*, email: str, key: str, windows_ago: int = 0) -> str:
    """The code of an e-mail address for the form `key`, in the current window or an earlier one."""
    window = int(time()) // WINDOW - windows_ago
    digest = salted_hmac(SALT, f"{key}:{email.strip().lower()}:{window}", algorithm="sha256").hexdigest()
    return f"{int(digest, 16) % 10**DIGITS:0{DIGITS}d}"


def is_code_of(code: str, *, email: str, key: str) -> bool:
    """Whether this is the code of that address for that form. `services.form_code` counts the tries."""
    digits = "".join(char for char in code if char.isdecimal())
    return bool(email) and any(
        constant_time_compare(digits, code_for(email=email, key=key, windows_ago=ago)) for ago in (0, 1)
    )
