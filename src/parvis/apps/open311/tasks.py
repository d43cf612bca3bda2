"""Background work of Open311."""

from parvis.apps.open311.services.forwarding import carrying
from parvis.apps.open311.services.server import media, submitting


def fetch_media(submission_id: int, url: str) -> None:
    """Fetches the picture of a submission (`media.fetch_media`)."""
    media.fetch_media(submission_id=submission_id, url=url)


def weigh_danger(submission_id: int) -> None:
    """Alerts the desk when a request tells of a danger (`submitting.weigh_danger`)."""
    submitting.weigh_danger(submission_id=submission_id)


def follow_forwardings() -> None:
    """Runs `carrying.ask_for_due_forwardings`, every minute."""
    carrying.ask_for_due_forwardings()


def follow_forwarding(forwarding_id: int) -> None:
    """Does the next step of a request sent to an outside server (`carrying.follow_forwarding`)."""
    carrying.follow_forwarding(forwarding_id=forwarding_id)
