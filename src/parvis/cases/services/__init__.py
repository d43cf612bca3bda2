"""The use cases of a case, one function each."""

from parvis.cases.services.alerting import lift_alert, mark_alert
from parvis.cases.services.bouncing import bounces, not_mine
from parvis.cases.services.carrying import beneath, carry_to_merged
from parvis.cases.services.citizen import called, not_fixed, reply, said_already, withdraw
from parvis.cases.services.erasing import erase_words
from parvis.cases.services.filing import refile
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
    reassign,
    resume,
    take,
    wait,
)
from parvis.cases.services.incident_news import (
    ENDS,
    end_incident,
    tell_follower_on_paper,
    tell_followers,
    tell_update,
)
from parvis.cases.services.incidents import (
    Joining,
    Words,
    correct_incident,
    join_case,
    join_incident,
    leave_incident,
    locked_incident,
    open_incident,
    reachable,
    stop_following,
    undo_incident,
)
from parvis.cases.services.merging import WHY_NOT, link, merge, side, unlink, unmerge
from parvis.cases.services.opening import Asked, Opened, Plan, found, open_case, plan
from parvis.cases.services.opinions import ASKED_FOR, asks_opinion, give_opinion, is_bad, last_closing
from parvis.cases.services.paper import mark_posted, not_posted, print_instead
from parvis.cases.services.past import IMPORTED, History, Step, add_past, key_of, record_past
from parvis.cases.services.promising import ring
from parvis.cases.services.recounting import Moved, calendar_changed, follow_calendar, what_moves
from parvis.cases.services.undoing import may_undo, undo

__all__ = [
    "WHY_NOT",
    "beneath",
    "carry_to_merged",
    "link",
    "merge",
    "side",
    "unlink",
    "unmerge",
    "ENDS",
    "Joining",
    "Words",
    "correct_incident",
    "end_incident",
    "join_case",
    "join_incident",
    "leave_incident",
    "lift_alert",
    "mark_alert",
    "locked_incident",
    "may_undo",
    "open_incident",
    "reachable",
    "stop_following",
    "tell_follower_on_paper",
    "tell_followers",
    "tell_update",
    "undo_incident",
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
    "bounces",
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
    "not_mine",
    "not_posted",
    "note",
    "open_case",
    "pass_on",
    "plan",
    "plan_visit",
    "print_instead",
    "reassign",
    "refile",
    "record_past",
    "reply",
    "resume",
    "ring",
    "said_already",
    "take",
    "undo",
    "wait",
    "what_moves",
    "withdraw",
]
