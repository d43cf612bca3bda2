"""The state machine of a case: allowed moves and the states they lead to. Pure: plain values only."""

from enum import StrEnum


class Move(StrEnum):
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


_OPEN = frozenset({"new", "working", "asked", "waiting"})
_ANY = _OPEN | {"closed"}

# move: (states it starts from, state it leads to; None: unchanged)
MOVES: dict[Move, tuple[frozenset[str], str | None]] = {
    Move.TAKE: (_OPEN, "working"),
    Move.ASSIGN: (_OPEN, None),
    Move.REASSIGN: (_OPEN, None),
    Move.ASK: (_OPEN, "asked"),
    Move.ANSWER: (_OPEN, "working"),
    Move.NOTE: (_ANY, None),
    Move.WAIT: (frozenset({"new", "working"}), "waiting"),
    Move.RESUME: (frozenset({"asked", "waiting"}), "working"),
    Move.PASS_ON: (_OPEN, "new"),
    Move.NOT_MINE: (_OPEN, "new"),
    Move.NEW_DATE: (_OPEN, None),
    Move.VISIT: (_OPEN, None),
    Move.CLOSE: (_OPEN, "closed"),
    Move.HAND_OVER: (_OPEN, None),
    Move.CALLED: (_ANY, None),
    Move.REPLY: (_OPEN, None),
    Move.NOT_FIXED: (frozenset({"closed"}), "new"),
    Move.WITHDRAW: (_OPEN, "closed"),
    Move.CORRECT: (frozenset({"new"}), None),
    Move.ERASE: (_ANY, None),
}

COMMENT_MOVES = frozenset(
    {
        *(Move.ANSWER, Move.NOTE, Move.PASS_ON, Move.CLOSE, Move.HAND_OVER, Move.CALLED, Move.REPLY, Move.TAKE),
        *(Move.ERASE, Move.REASSIGN, Move.NOT_MINE, Move.CORRECT),
    }
)
CITIZEN_MOVES = frozenset({Move.REPLY, Move.NOT_FIXED, Move.WITHDRAW, Move.CORRECT})

# The moves by which someone takes charge of a case.
ACKNOWLEDGING = frozenset({Move.TAKE, Move.ASK, Move.ANSWER, Move.WAIT, Move.NEW_DATE, Move.VISIT, Move.CLOSE})


def allows(move: Move, state: str, *, comment: bool) -> bool:
    """Whether a case in this state allows the move. A comment has no promise, so it is never paused or given a date."""
    return state in MOVES[move][0] and (not comment or move in COMMENT_MOVES)


def after(move: Move, state: str) -> str:
    """The state that the move leads to. A reply resumes a case that waited for it and leaves any other unchanged."""
    if move is Move.REPLY:
        return "working" if state == "asked" else state
    if move in (Move.TAKE, Move.PASS_ON, Move.NOT_MINE) and stops_clock(state):
        return state  # the citizen was told that the clock is paused until they reply
    return MOVES[move][1] or state


def stops_clock(state: str) -> bool:
    """Whether the promise's clock is paused in this state."""
    return state in ("asked", "waiting")
