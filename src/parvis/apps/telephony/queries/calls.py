"""Queries on calls."""

from datetime import timedelta
from functools import partial

from django.conf import settings
from django.utils.translation import gettext_lazy

from parvis.apps.outbox.models import CALLED_OFF, PERHAPS_LEFT, TOO_LATE, State
from parvis.apps.telephony.models import NOT_SERVED, NUMBER_REFUSES, Medium, OutgoingCall
from parvis.apps.telephony.queries import refusals
from parvis.apps.telephony.rules import call_states as states
from parvis.apps.telephony.rules.call_states import Policy
from parvis.lib.clock import now

_REASONS = {
    TOO_LATE: gettext_lazy("Its end had passed: not sent."),
    NUMBER_REFUSES: gettext_lazy("This number asked for no more calls."),
    NOT_SERVED: gettext_lazy(
        "Nobody is called at this number: it is not an ordinary one of Canada or the United States."
    ),
    CALLED_OFF: gettext_lazy("Called off before it rang."),
    PERHAPS_LEFT: gettext_lazy("It is not known whether it rang."),
}
LATE_AFTER = timedelta(minutes=15)
refusing = partial(refusals.refusing, Medium.CALL)


def enabled() -> bool:
    """Whether calls may be placed: a provider is set, or it is the demonstration, where they are only kept."""
    return bool(settings.PARVIS_VOICE or settings.PARVIS_VOICE_KEPT)


def policy() -> Policy:
    """When the town calls again."""
    return Policy(settings.PARVIS_VOICE_RECALLS, settings.PARVIS_VOICE_RECALL_MACHINES)


def latest(limit: int = 50) -> list[OutgoingCall]:
    """The latest calls, newest first."""
    return list(OutgoingCall.objects.order_by("-pk")[:limit])


def late() -> int:
    """The calls that should have been placed LATE_AFTER ago, hours and recalls counted, and were not."""
    return OutgoingCall.objects.filter(state=State.QUEUED, not_before__lt=now() - LATE_AFTER).count()


def why_missed(call: OutgoingCall) -> str:
    """Why a call did not reach its number, in words."""
    label = call.state_label
    if call.standing in states.MISSED:
        return label
    if call.error in _REASONS:
        return str(_REASONS[call.error])
    return f"{label}: {call.error}" if call.error else label
