"""The link that opens, for an hour, what was said with whoever reads one mailbox: signed, kept nowhere."""

from datetime import timedelta

from django.conf import settings
from django.core import signing

from parvis.lib.clock import now

VALID = timedelta(hours=1)
_SALT = "parvis.apps.intake.contact_history"


def make_link(email: str) -> str:
    """The address of the page, whole, good from now on."""
    token = signing.dumps([email, int(now().timestamp())], salt=_SALT)
    return f"{settings.PARVIS_URL}/suivi/tout/{token}/"


def email_of(token: str) -> str:
    """The mailbox that a link was made for; "" when it is forged, or older than an hour."""
    try:
        email, made = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return ""
    return str(email) if now().timestamp() < made + VALID.total_seconds() else ""
