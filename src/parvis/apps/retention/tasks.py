"""Jobs of retention."""

from parvis.apps.retention.models import Run
from parvis.apps.retention.rules import months_before
from parvis.apps.retention.services import destroying, runs
from parvis.lib import clock
from parvis.lib.errors import Conflict


def propose_monthly() -> None:
    """Proposes what is due when nothing was proposed for a month, and no proposal is open. Idempotent."""
    if Run.objects.filter(proposed_at__gt=months_before(clock.now(), 1)).exists():
        return
    try:
        runs.propose(by=None)
    except Conflict:
        return  # one is open, or nothing is due


def destroy_approved() -> None:
    """Destroys what is approved. Idempotent: goes on where it was interrupted."""
    destroying.destroy_approved()
