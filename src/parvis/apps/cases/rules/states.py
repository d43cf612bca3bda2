"""The state machine of a case: allowed transitions and the states they lead to. Pure: plain values only."""

from enum import StrEnum


class Transition(StrEnum):
    """One action on a case. `CITIZEN_MOVES` are open to the citizen."""

    TAKE = "take"
    ASSIGN = "assign"
    REASSIGN = "reassign"
    ASK = "ask"
    ANSWER = "answer"
    NOTE = "note"
    WAIT = "wait"
    RESUME = "resume"
    PASS_ON = "pass_on"
    NOT_MINE = "not_mine"
    NEW_DATE = "new_date"
    VISIT = "visit"
    CLOSE = "close"
    HAND_OVER = "hand_over"
    CALLED = "called"
    REPLY = "reply"
    NOT_FIXED = "not_fixed"
    WITHDRAW = "withdraw"
    CORRECT = "correct"
    ERASE = "erase"


_T = Transition
_OPEN = frozenset({"new", "working", "asked", "waiting"})
_ANY = _OPEN | {"closed"}

# transition: (states it starts from, state it leads to; None: unchanged)
TRANSITIONS: dict[Transition, tuple[frozenset[str], str | None]] = {
    _T.TAKE: (_OPEN, "working"),
    _T.ASSIGN: (_OPEN, None),
    _T.REASSIGN: (_OPEN, None),
    _T.ASK: (_OPEN, "asked"),
    _T.ANSWER: (_OPEN, "working"),
    _T.NOTE: (_ANY, None),
    _T.WAIT: (frozenset({"new", "working"}), "waiting"),
    _T.RESUME: (frozenset({"asked", "waiting"}), "working"),
    _T.PASS_ON: (_OPEN, "new"),
    _T.NOT_MINE: (_OPEN, "new"),
    _T.NEW_DATE: (_OPEN, None),
    _T.VISIT: (_OPEN, None),
    _T.CLOSE: (_OPEN, "closed"),
    _T.HAND_OVER: (_OPEN, None),
    _T.CALLED: (_ANY, None),
    _T.REPLY: (_OPEN, None),
    _T.NOT_FIXED: (frozenset({"closed"}), "new"),
    _T.WITHDRAW: (_OPEN, "closed"),
    _T.CORRECT: (frozenset({"new"}), None),
    _T.ERASE: (_ANY, None),
}

COMMENT_TRANSITIONS = frozenset(
    {
        *(_T.ANSWER, _T.NOTE, _T.PASS_ON, _T.CLOSE, _T.HAND_OVER, _T.CALLED, _T.REPLY, _T.TAKE),
        *(_T.ERASE, _T.REASSIGN, _T.NOT_MINE, _T.CORRECT),
    }
)
CITIZEN_TRANSITIONS = frozenset({_T.REPLY, _T.NOT_FIXED, _T.WITHDRAW, _T.CORRECT})

# The transitions by which someone takes charge of a case.
ACKNOWLEDGING = frozenset({_T.TAKE, _T.ASK, _T.ANSWER, _T.WAIT, _T.NEW_DATE, _T.VISIT, _T.CLOSE})


def allows(transition: Transition, state: str, *, comment: bool) -> bool:
    """Whether a case in this state allows the transition. A comment is never paused or given a date."""
    return state in TRANSITIONS[transition][0] and (not comment or transition in COMMENT_TRANSITIONS)


def after(transition: Transition, state: str) -> str:
    """The state that the transition leads to. A reply resumes a case that waited for it, and changes no other."""
    if transition is _T.REPLY:
        return "working" if state == "asked" else state
    if transition in (_T.TAKE, _T.PASS_ON, _T.NOT_MINE) and stops_clock(state):
        return state  # the citizen was told that the clock is paused until they reply
    return TRANSITIONS[transition][1] or state


def stops_clock(state: str) -> bool:
    """Whether the promise's clock is paused in this state."""
    return state in ("asked", "waiting")
