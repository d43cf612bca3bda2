"""The use cases of a case, one function each."""

from parvis.cases.services.citizen import called, not_fixed, reply, said_already, withdraw
from parvis.cases.services.erasing import erase_words
from parvis.cases.services.handling import (
    answer,
    ask,
    assign,
    close,
    hand_over,
    new_date,
    note,
    pass_on,
    resume,
    take,
    wait,
)
from parvis.cases.services.opening import Asked, Opened, found, open_case
from parvis.cases.services.past import History, Step, add_past, key_of, record_past

__all__ = [
    "Asked",
    "History",
    "Opened",
    "Step",
    "add_past",
    "answer",
    "ask",
    "assign",
    "called",
    "close",
    "erase_words",
    "found",
    "hand_over",
    "key_of",
    "new_date",
    "not_fixed",
    "note",
    "open_case",
    "pass_on",
    "record_past",
    "reply",
    "resume",
    "said_already",
    "take",
    "wait",
    "withdraw",
]
