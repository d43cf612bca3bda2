"""Which numbers refuse texts, or calls."""

import hmac
from collections.abc import Iterable

from django.conf import settings

from parvis.apps.telephony.models import NumberRefusal


def digest(medium: str, number: str) -> str:
    """What stands for a number (E.164) that refuses texts, or calls."""
    return hmac.digest(settings.SECRET_KEY.encode(), f"{medium} refusal {number}".encode(), "sha256").hex()


def refusing(medium: str, numbers: Iterable[str]) -> set[str]:
    """Those of these numbers that asked for no more texts, or calls; one query, none without numbers."""
    by_digest = {digest(medium, number): number for number in numbers if number}
    if not by_digest:
        return set()
    rows = NumberRefusal.objects.filter(digest__in=by_digest)
    return {by_digest[row] for row in rows.values_list("digest", flat=True)}
