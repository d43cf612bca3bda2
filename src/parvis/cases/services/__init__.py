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
from parvis.cases.services.promising import ring
from parvis.cases.services.recounting import Moved, calendar_changed, follow_calendar, what_moves

__all__ = [
    "IMPORTED",
    "ASKED_FOR",
    "Asked",
    "History",
    "Moved",
    "Opened",
    "Plan",
    "Step",
    "add_past",
    "answer",
    "ask",
    "asks_opinion",
    "assign",
    "calendar_changed",
    "called",
    "close",
    "erase_words",
    "follow_calendar",
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
    "ring",
    "said_already",
    "take",
    "wait",
    "what_moves",
    "withdraw",
]
