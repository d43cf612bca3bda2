"""Queries on calls and on the numbers that refuse them."""

import hmac
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db.models import Count, Max, Q
from django.utils.translation import gettext_lazy

from parvis.apps.voice.models import CallRefusal, OutgoingCall
from parvis.apps.voice.rules import states
from parvis.apps.voice.rules.states import Policy
from parvis.lib.clock import now
from parvis.lib.traffic import Traffic, counted_since

_REASONS = {
    states.TOO_LATE: gettext_lazy("Its end had passed: not sent."),
    states.NUMBER_REFUSES: gettext_lazy("This number asked for no more calls."),
    states.NOT_SERVED: gettext_lazy(
        "Nobody is called at this number: it is not an ordinary one of Canada or the United States."
    ),
    states.CALLED_OFF: gettext_lazy("Called off before it rang."),
    states.PERHAPS_PLACED: gettext_lazy("It is not known whether it rang."),
}
LATE_AFTER = timedelta(minutes=15)


def digest(number: str) -> str:
    """What stands for a number (E.164) that refuses calls."""
    return hmac.digest(settings.SECRET_KEY.encode(), f"call refusal {number}".encode(), "sha256").hex()


def enabled() -> bool:
    """Whether calls may be placed: a provider is set, or it is the demonstration, where they are only kept."""
    return bool(settings.PARVIS_VOICE or settings.PARVIS_VOICE_KEPT)


def policy() -> Policy:
    """When the town calls again."""
    return Policy(settings.PARVIS_VOICE_RECALLS, settings.PARVIS_VOICE_RECALL_MACHINES)


def refusing(numbers: Iterable[str]) -> set[str]:
    """Those of these numbers that asked for no more calls; one query, none without numbers."""
    by_digest = {digest(number): number for number in numbers if number}
    if not by_digest:
        return set()
    rows = CallRefusal.objects.filter(digest__in=by_digest)
    return {by_digest[row] for row in rows.values_list("digest", flat=True)}


def latest(limit: int = 50) -> list[OutgoingCall]:
    """The latest calls, newest first."""
    return list(OutgoingCall.objects.order_by("-pk")[:limit])


def late() -> int:
    """The calls that should have been placed LATE_AFTER ago, hours and recalls counted, and were not."""
    rows = OutgoingCall.objects.filter(state=OutgoingCall.State.QUEUED, posted_at=None)
    return rows.filter(not_before__lt=now() - LATE_AFTER).count()


def traffic() -> Traffic:
    """The calls that were placed, and those that reached nobody. One query."""
    midnight, since = counted_since()
    failed = {*states.MISSED, states.FAILED}
    rows = OutgoingCall.objects.filter(state__in={*failed, *states.REACHED, states.PLACED}, placed_at__gte=since)
    return Traffic(
        **rows.aggregate(
            left_today=Count("pk", filter=Q(placed_at__gte=midnight)),
            left=Count("pk"),
            failed=Count("pk", filter=Q(state__in=failed)),
            last_at=Max("placed_at"),
        )
    )


def why_missed(state: str, error: str) -> str:
    """Why a call did not reach its number, in words: its final state, and the error kept with it."""
    label = str(OutgoingCall.State(state).label)
    if state in states.MISSED:
        return label
    if error in _REASONS:
        return str(_REASONS[error])
    return f"{label}: {error}" if error else label
