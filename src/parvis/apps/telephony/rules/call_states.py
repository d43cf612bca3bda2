"""The states of a call, what the provider's news make of them, and when a call is placed again."""

from dataclasses import dataclass

QUEUED, PLACED = "queued", "placed"
UNANSWERED, BUSY, HUNG_UP = "unanswered", "busy", "hung_up"
FAILED, REFUSED = "failed", "refused"
HEARD, MACHINE, CONFIRMED = "heard", "machine", "confirmed"

MISSED = frozenset({UNANSWERED, BUSY, HUNG_UP})
REACHED = frozenset({HEARD, MACHINE, CONFIRMED})
_RANKS = {
    QUEUED: 0,
    PLACED: 1,
    **dict.fromkeys((*MISSED, FAILED), 2),
    HEARD: 3,
    MACHINE: 4,
    CONFIRMED: 5,
    REFUSED: 6,
}
_OF_TWILIO = {
    **dict.fromkeys(("queued", "initiated", "ringing", "in-progress", "answered"), PLACED),
    "busy": BUSY,
    "no-answer": UNANSWERED,
    "completed": HUNG_UP,  # unless a key, the end of the words or a machine was told, before or after
    **dict.fromkeys(("failed", "canceled"), FAILED),
}


@dataclass(frozen=True)
class Policy:
    """When a missed call is placed again: after so many minutes, once for each of `minutes`; `machines`: also when a
    machine took the message.
    """

    minutes: tuple[int, ...] = (5, 10)
    machines: bool = False


def of_twilio(status: str, answered_by: str = "") -> str:
    """The state that a status of a call means, with who answered it (answering machine detection); "": nothing new.

    "completed" alone means that someone hung up: it ranks under whatever else the call told.
    """
    if answered_by.startswith("machine") and status == "completed":
        return MACHINE
    if answered_by == "fax" and status == "completed":
        return FAILED
    return _OF_TWILIO.get(status, "")


def moves_on(state: str, news: str, *, same_attempt: bool = True) -> bool:
    """Whether the news changes the state. News come in any order, and repeated: none goes back.

    Those of an attempt other than the last (`same_attempt` False) count only when they say that the person was reached,
    or refuses calls: the missed attempt was counted when it was.
    """
    if not same_attempt and news not in REACHED | {REFUSED}:
        return False
    return _RANKS[news] > _RANKS[state]


def recall_minutes(state: str, attempts: int, policy: Policy, most: int | None = None) -> int | None:
    """Minutes before the call is placed again; None: it is not. `attempts`: how many times it was placed.

    `most`: recalls of this call, those of the policy when None.
    """
    again = MISSED | ({MACHINE} if policy.machines else frozenset())
    allowed = len(policy.minutes) if most is None else min(most, len(policy.minutes))
    if state not in again or attempts < 1 or attempts > allowed:
        return None
    return policy.minutes[attempts - 1]
