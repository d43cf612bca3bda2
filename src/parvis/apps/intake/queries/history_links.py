"""Signed links, stored nowhere, that open the contact history of an e-mail address for one hour."""

from datetime import timedelta

from django.conf import settings
from django.core import signing

from parvis.lib.clock import now

VALID = timedelta(hours=1)
_SALT = "parvis.apps.intake.contact_history"  # part of the signature: it stays, whatever the module is named


def make_link(email: str) -> str:
    """The absolute URL of the page, valid for one hour."""
    token = signing.dumps([email, int(now().timestamp())], salt=_SALT)
    return f"{settings.PARVIS_URL}/suivi/tout/{token}/"


def email_of(token: str) -> str:
    """The e-mail address of a link; "" when it is forged or older than an hour."""
    try:
        email, signed_at = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return ""
    return str(email) if now().timestamp() < signed_at + VALID.total_seconds() else ""
