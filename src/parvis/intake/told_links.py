"""The link that opens, for an hour, what was said with whoever reads one mailbox: signed, kept nowhere."""

from datetime import timedelta

from django.conf import settings
from django.core import signing

VALID = timedelta(hours=1)
_SALT = "parvis.intake.told"


def make_link(email: str) -> str:
    """The address of the page, whole."""
    return f"{settings.PARVIS_URL}/suivi/tout/{signing.dumps(email, salt=_SALT)}/"


def email_of(token: str) -> str:
    """The mailbox that a link was made for; "" when it is forged, or older than an hour."""
    try:
        return str(signing.loads(token, salt=_SALT, max_age=VALID))
    except signing.BadSignature:
        return ""
