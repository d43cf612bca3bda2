"""Encrypting a message for one device (RFC 8291), and signing its request for one push service (RFC 8292)."""

import time
from base64 import urlsafe_b64decode

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

from parvis.apps.push.rules.endpoints import origin

HOURS_VALID = 12  # a push service refuses a token that lasts more than 24 (RFC 8292, 2)


class Sealer:
    """Encrypts and signs with the town's key. `contact` is whom a push service writes to: mailto: or https:.

    Each push service gets its own token, made of its own claims: a token names the origin it is meant for.
    """

    def __init__(self, private_pem: str, contact: str) -> None:
        self._vapid, self._contact = Vapid02.from_pem(private_pem.encode()), contact
        self._tokens: dict[str, str] = {}

    def authorization(self, endpoint: str) -> str:
        """The Authorization header for the push service of an endpoint."""
        audience = origin(endpoint)
        if audience not in self._tokens:
            expires = int(time.time()) + HOURS_VALID * 3600
            claims = {"aud": audience, "exp": expires, "sub": self._contact}
            self._tokens[audience] = self._vapid.sign(claims)["Authorization"]
        return self._tokens[audience]

    @staticmethod
    def body(message: bytes, p256dh: str, auth: str) -> bytes:
        """The message, encrypted for the keys of a subscription. Raises ValueError for keys that are none."""
        one_time = ec.generate_private_key(ec.SECP256R1())
        sealed: bytes = http_ece.encrypt(
            message, private_key=one_time, dh=_bytes(p256dh), auth_secret=_bytes(auth), version="aes128gcm"
        )
        return sealed


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
