"""Use cases on cases, one function each."""

from parvis.apps.cases.services.alerts import lift_alert, mark_alert
from parvis.apps.cases.services.batches import (
    LATER,
    MOST,
    Foreseen,
    Gesture,
    do_batch,
    foresee_batch,
    told_in_english,
    undo_batch,
)
from parvis.apps.cases.services.citizen import called, not_fixed, reply, withdraw
from parvis.apps.cases.services.due_date_recalculation import Moved, calendar_changed, follow_calendar, what_moves
from parvis.apps.cases.services.erasure import erase_words
from parvis.apps.cases.services.handling import (
    CLOSING_REASONS,
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
from parvis.apps.cases.services.incident_news import (
    ENDS,
    end_incident,
    tell_follower_on_paper,
    tell_followers,
    tell_update,
)
from parvis.apps.cases.services.incidents import (
    Joining,
    Words,
    correct_incident,
    follow_apart,
    join_case,
    join_incident,
    leave_incident,
    locked_incident,
    open_incident,
    reachable,
    stop_following,
    undo_incident,
)
from parvis.apps.cases.services.indexing import index_protected_requests, index_requests_of
from parvis.apps.cases.services.legacy_cases import (
    IMPORTED,
    LegacyHistory,
    Step,
    add_legacy_steps,
    key_of,
    record_legacy_cases,
)
from parvis.apps.cases.services.merge_propagation import beneath, propagate_to_merged
from parvis.apps.cases.services.merging import WHY_NOT, link, merge, side, unlink, unmerge
from parvis.apps.cases.services.misrouting import misroutings, not_mine
from parvis.apps.cases.services.moves import heads
from parvis.apps.cases.services.new_cases import NewCase, Opened, Plan, found, open_case, plan
from parvis.apps.cases.services.opinions import ASKED_FOR, asks_opinion, give_opinion, is_bad, last_closing
from parvis.apps.cases.services.person_change import change_person
from parvis.apps.cases.services.postal_letters import mark_posted, not_posted, print_instead
from parvis.apps.cases.services.sla_reminders import process_due_reminders
from parvis.apps.cases.services.undo import may_undo, undo
from parvis.apps.cases.services.views import change_view, may_change, remove_view, save_view

__all__ = ["lift_alert", "mark_alert"]
__all__ += ["LATER", "MOST", "Foreseen", "Gesture", "do_batch", "foresee_batch", "told_in_english", "undo_batch"]
__all__ += ["called", "not_fixed", "reply", "withdraw", "Moved", "calendar_changed", "follow_calendar", "what_moves"]
__all__ += ["erase_words"]
__all__ += ["CLOSING_REASONS", "answer", "ask", "assign", "close", "hand_over", "new_date", "note", "pass_on"]
__all__ += ["plan_visit", "reassign", "resume", "take", "wait"]
__all__ += ["ENDS", "end_incident", "tell_follower_on_paper", "tell_followers", "tell_update"]
__all__ += ["Joining", "Words", "correct_incident", "follow_apart", "join_case", "join_incident", "leave_incident"]
__all__ += ["locked_incident", "open_incident", "reachable", "stop_following", "undo_incident"]
__all__ += ["index_protected_requests", "index_requests_of"]
__all__ += ["IMPORTED", "LegacyHistory", "Step", "add_legacy_steps", "key_of", "record_legacy_cases"]
__all__ += ["beneath", "propagate_to_merged", "WHY_NOT", "link", "merge", "side", "unlink", "unmerge"]
__all__ += ["misroutings", "not_mine", "heads", "NewCase", "Opened", "Plan", "found", "open_case", "plan"]
__all__ += ["ASKED_FOR", "asks_opinion", "give_opinion", "is_bad", "last_closing", "change_person"]
__all__ += ["mark_posted", "not_posted", "print_instead", "process_due_reminders", "may_undo", "undo"]
__all__ += ["change_view", "may_change", "remove_view", "save_view"]
