"""The signature of a request made by Twilio (X-Twilio-Signature)."""

import hmac
from base64 import b64encode
from collections.abc import Iterable


def signature(token: str, url: str, fields: Iterable[tuple[str, str]]) -> str:
    """The signature, by the account's token, of a POST to `url` (its query included) with these form fields.

    HMAC-SHA1, in base64, of the URL followed by the name and the value of each field, sorted by name.
    """
    signed = url + "".join(name + value for name, value in sorted(set(fields)))
    return b64encode(hmac.digest(token.encode(), signed.encode(), "sha1")).decode()


def is_signed(given: str, token: str, url: str, fields: Iterable[tuple[str, str]]) -> bool:
    """Whether the signature given is the right one; takes the same time whatever the difference."""
    return hmac.compare_digest(given.encode(), signature(token, url, fields).encode())
