"""Signatures of webhooks, by the Standard Webhooks specification (version 1, HMAC-SHA256). Pure.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import hmac
from base64 import b64decode, b64encode
from hashlib import sha256

PREFIX = "whsec_"


def new_secret(random: bytes) -> str:
    """A secret as receivers are given it, from 24 to 64 random bytes."""
    return PREFIX + b64encode(random).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: it signs the identifier, the seconds since 1970 and the body."""
    key = b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + b64encode(hmac.new(key, signed, sha256).digest()).decode()
