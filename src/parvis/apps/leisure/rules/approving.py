"""When money given back needs a second person."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Refunds:
    """How many refunds, and of how much in all, in cents."""

    count: int
    cents: int


def needs_second_person(asked: Refunds, decided_lately: Refunds, *, most: Refunds) -> bool:
    """Whether one person may not decide alone: beyond so many refunds, or so much money, with what they lately decided.

    What gives nothing back never does.
    """
    if not asked.cents:
        return False
    return asked.count + decided_lately.count > most.count or asked.cents + decided_lately.cents > most.cents
