"""Background work at the door."""

from datetime import timedelta

from parvis.cases.models import Entry
from parvis.intake import services
from parvis.lib.clock import now


def call_back(entry_id: int) -> None:
    """Makes the call that this entry owes."""
    services.owe_call(entry_id=entry_id)


def forget_words(entry_id: int) -> None:
    """Erases at the door the words of an entry that were erased by law from its case."""
    services.forget_words(entry_id=entry_id)


def sweep_calls() -> None:
    """Makes the calls that a lost job would have left unmade: entries of the last week told by phone without a call."""
    owed = Entry.objects.filter(told=Entry.Told.PHONE, callback=None, at__gte=now() - timedelta(days=7))
    for entry_id in owed.values_list("pk", flat=True)[:500]:
        services.owe_call(entry_id=entry_id)
