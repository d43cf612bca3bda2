"""Secrets of other systems, encrypted before they are stored, with a key drawn from the installation's own."""

from base64 import urlsafe_b64encode
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


def seal(secret: str) -> str:
    """The secret, encrypted (Fernet); "" for an empty one."""
    return _fernet(settings.SECRET_KEY).encrypt(secret.encode()).decode() if secret else ""


def unseal(sealed: str) -> str | None:
    """The secret again; None when PARVIS_SECRET_KEY has changed since: it must be given once more."""
    if not sealed:
        return ""
    try:
        return _fernet(settings.SECRET_KEY).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def _fernet(secret: str) -> Fernet:
    return Fernet(urlsafe_b64encode(sha256(f"parvis sealing\n{secret}".encode()).digest()))
