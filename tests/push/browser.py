"""What a browser keeps of a subscription, and how it reads a message."""

import json
from base64 import urlsafe_b64encode
from os import urandom
from typing import Any
from uuid import uuid4

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


class Subscription:
    """A subscription at a push service, with its private key."""

    def __init__(self, *, endpoint: str = "") -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.auth = urandom(16)
        self.endpoint = endpoint or f"https://fcm.googleapis.com/fcm/send/{uuid4().hex}"

    @property
    def keys(self) -> dict[str, str]:
        """The endpoint and the keys, as `PushSubscription.toJSON` gives them."""
        point = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"endpoint": self.endpoint, "p256dh": _text(point), "auth": _text(self.auth)}

    def read(self, body: bytes) -> dict[str, Any]:
        """The message in an encrypted body (RFC 8291)."""
        clear = http_ece.decrypt(body, private_key=self.private, auth_secret=self.auth, version="aes128gcm")
        message: dict[str, Any] = json.loads(clear)
        return message


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
