"""Codes of six digits sent by e-mail to someone who fills in a public form: computed, never stored."""

from time import time

from django.utils.crypto import constant_time_compare, salted_hmac

from parvis.apps.throttling.services import within

WINDOW = 1800  # seconds; a code opens its form in its own window and in the next
DIGITS, TRIES = 6, 8
SALT = "parvis.form-code"


def code_for(*, email: str, key: str, windows_ago: int = 0) -> str:
    """The code of an e-mail address for the form `key`, in the current window or an earlier one."""
    window = int(time()) // WINDOW - windows_ago
    digest = salted_hmac(SALT, f"{key}:{email.strip().lower()}:{window}", algorithm="sha256").hexdigest()
    return f"{int(digest, 16) % 10**DIGITS:0{DIGITS}d}"


def opens(code: str, *, email: str, key: str) -> bool:
    """Whether this is the code of that address for that form; at most TRIES tries in a window."""
    digits = "".join(char for char in code if char.isdecimal())
    if not email or not within("form-code", key, times=TRIES, seconds=WINDOW):
        return False
    return any(constant_time_compare(digits, code_for(email=email, key=key, windows_ago=ago)) for ago in (0, 1))
