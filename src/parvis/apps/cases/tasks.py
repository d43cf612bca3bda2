"""Background work on cases."""

from parvis.apps.cases import services
from parvis.apps.cases.services import journal_checkpoints


def sign_heads() -> None:
    """Signs a checkpoint of all journals, once a day; see `journal_checkpoints`."""
    journal_checkpoints.sign()


def look_again_for_new_cases() -> None:
    """Runs `services.look_again_for_new_cases`; scheduled."""
    services.look_again_for_new_cases()


def keep_promises() -> None:
    """Processes due reminders and recalculates due dates after a calendar change; runs every other minute."""
    if services.calendar_changed():
        services.follow_calendar()
    services.process_due_reminders()


def index_requests_of(person_ids: list[int]) -> None:
    """Reindexes the cases of these people after their address became protected, or no longer is."""
    services.index_requests_of(person_ids=person_ids)


def tell_followers(update_id: int) -> None:
    """Notifies the next followers of an incident update."""
    services.notify_followers(update_id=update_id)


def propagate_to_merged(entry_id: int, other: str = "", words: str = "") -> None:
    """Copies an entry to the cases merged into its case, and notifies their citizens."""
    services.propagate_to_merged(entry_id=entry_id, other=other, words=words)
