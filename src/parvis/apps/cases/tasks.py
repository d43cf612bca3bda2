"""Background work on cases."""

from parvis.apps.cases import journal_checkpoints, services


def sign_heads() -> None:
    """Signs the heads of all chains, once a day; see `heads`."""
    journal_checkpoints.sign()


def keep_promises() -> None:
    """Every other minute: says what the clocks of the cases have to say, and follows a calendar that changed."""
    if services.calendar_changed():
        services.follow_calendar()
    services.process_due_reminders()


def index_requests_of(person_ids: list[int]) -> None:
    """Makes the requests of these people findable, or no more, by where they are."""
    services.index_requests_of(person_ids=person_ids)


def tell_followers(update_id: int) -> None:
    """Tells the next followers of an incident what is new."""
    services.tell_followers(update_id=update_id)


def propagate_to_merged(entry_id: int, other: str = "", words: str = "") -> None:
    """Tells those whose request is merged into a case what was said on it."""
    services.propagate_to_merged(entry_id=entry_id, other=other, words=words)
