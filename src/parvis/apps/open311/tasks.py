"""Background work of Open311."""

from parvis.apps.open311.services import carrying, media, submitting


def fetch_media(submission_id: int, url: str) -> None:
    """Fetches the picture of a submission (`services.fetch_media`)."""
    media.fetch_media(submission_id=submission_id, url=url)


def weigh_danger(submission_id: int) -> None:
    """Alerts the desk when a request tells of a danger (`services.weigh_danger`)."""
    submitting.weigh_danger(submission_id=submission_id)


def carry_forwardings() -> None:
    """Runs `services.ask_for_due_forwardings`, every minute."""
    carrying.ask_for_due_forwardings()


def carry_forwarding(forwarding_id: int) -> None:
    """Does the next step of a request sent to an outside server (`services.carry_forwarding`)."""
    carrying.carry_forwarding(forwarding_id=forwarding_id)
