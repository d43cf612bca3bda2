"""Background work of Open311."""

from datetime import datetime

from parvis.apps.open311 import services
from parvis.apps.open311.services.forwarding import CARRY
from parvis.lib.jobs import enqueue


def fetch_media(submission_id: int, url: str) -> None:
    """Fetches the picture of a submission (`services.fetch_media`)."""
    services.fetch_media(submission_id=submission_id, url=url)


def weigh_danger(submission_id: int) -> None:
    """Alerts the desk when a request tells of a danger (`services.weigh_danger`)."""
    services.weigh_danger(submission_id=submission_id)


def carry_forwardings() -> None:
    """Makes a job for each request sent to an outside server of which something is due. Runs every minute."""
    for forwarding_id, claim in services.claim_due_forwardings():
        enqueue(CARRY, forwarding_id, claim.isoformat())


def carry_forwarding(forwarding_id: int, claim: str = "") -> None:
    """Does the next step of one of them (`services.carry_forwarding`)."""
    moment = datetime.fromisoformat(claim) if claim else None
    services.carry_forwarding(forwarding_id=forwarding_id, claim=moment)
