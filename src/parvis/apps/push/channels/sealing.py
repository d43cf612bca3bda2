"""Encrypting a message for one device (RFC 8291), and signing its request for one push service (RFC 8292)."""

import os
import time
from base64 import urlsafe_b64decode

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from parvis.apps.push.rules.endpoints import origin

LARGEST_RECORD = 4096  # bytes, which every push service takes (RFC 8291, 4); a message fits in one
_AFTER_LAST = b"\x02"  # ends the last record (RFC 8188, 2)
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
        return encrypt(message, _bytes(p256dh), _bytes(auth), ec.generate_private_key(ec.SECP256R1()), os.urandom(16))


def encrypt(
    message: bytes, receiver: bytes, auth_secret: bytes, one_time: ec.EllipticCurvePrivateKey, salt: bytes
) -> bytes:
    """The body of RFC 8291 (aes128gcm, RFC 8188): one record, for the point `receiver` of a device.

    Raises ValueError for a point that is not on the curve, or a message too long for one record.
    """
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), receiver)
    ours = one_time.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = one_time.exchange(ec.ECDH(), theirs)
    secret = _derived(shared, auth_secret, b"WebPush: info\0" + receiver + ours, 32)
    key = _derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(secret, salt, b"Content-Encoding: nonce\0", 12)
    record = AESGCM(key).encrypt(nonce, message + _AFTER_LAST, None)
    if len(record) > LARGEST_RECORD:
        raise ValueError(f"{len(message)} bytes do not fit in one record")
    return salt + LARGEST_RECORD.to_bytes(4) + len(ours).to_bytes(1) + ours + record


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
