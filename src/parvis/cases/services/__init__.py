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
    plan_visit,
    resume,
    take,
    wait,
)
from parvis.cases.services.opening import Asked, Opened, Plan, found, open_case, plan
from parvis.cases.services.opinions import ASKED_FOR, asks_opinion, give_opinion, is_bad, last_closing
from parvis.cases.services.paper import mark_posted, not_posted, print_instead
from parvis.cases.services.past import IMPORTED, History, Step, add_past, key_of, record_past

__all__ = [
    "IMPORTED",
    "ASKED_FOR",
    "Asked",
    "History",
    "Opened",
    "Plan",
    "Step",
    "add_past",
    "answer",
    "ask",
    "asks_opinion",
    "assign",
    "called",
    "close",
    "erase_words",
    "found",
    "give_opinion",
    "hand_over",
    "is_bad",
    "key_of",
    "last_closing",
    "mark_posted",
    "new_date",
    "not_fixed",
    "not_posted",
    "note",
    "open_case",
    "pass_on",
    "plan",
    "plan_visit",
    "print_instead",
    "record_past",
    "reply",
    "resume",
    "said_already",
    "take",
    "wait",
    "withdraw",
]
