"""Background work on cases."""

from parvis.apps.cases.services import indexing, journal_checkpoints
from parvis.apps.cases.services.due_dates.due_date_recalculation import calendar_changed, follow_calendar
from parvis.apps.cases.services.due_dates.sla_reminders import process_due_reminders
from parvis.apps.cases.services.incidents.incident_news import notify_followers
from parvis.apps.cases.services.merging import merge_propagation


def sign_heads() -> None:
    """Signs a checkpoint of all journals, once a day; see `journal_checkpoints`."""
    journal_checkpoints.sign()


def look_again_for_new_cases() -> None:
    """Runs `services.look_again_for_new_cases`; scheduled."""
    indexing.look_again_for_new_cases()


def keep_promises() -> None:
    """Processes due reminders and recalculates due dates after a calendar change; runs every other minute."""
    if calendar_changed():
        follow_calendar()
    process_due_reminders()


def index_requests_of(person_ids: list[int]) -> None:
    """Reindexes the cases of these people after their address became protected, or no longer is."""
    indexing.index_requests_of(person_ids=person_ids)


def tell_followers(update_id: int) -> None:
    """Notifies the next followers of an incident update."""
    notify_followers(update_id=update_id)


def propagate_to_merged(entry_id: int, other: str = "", words: str = "") -> None:
    """Copies an entry to the cases merged into its case, and notifies their citizens."""
    merge_propagation.propagate_to_merged(entry_id=entry_id, other=other, words=words)
