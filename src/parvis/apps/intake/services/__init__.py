"""The use cases of the door, one function each."""

from parvis.apps.intake.services.alerts import chase_alerts, lift_alert, raise_alert, take_alert
from parvis.apps.intake.services.assigning import assign_contact, take_contact
from parvis.apps.intake.services.callbacks import (
    callback_done,
    callback_missed,
    owe_call,
    owe_follower_call,
    tell_follower_otherwise,
    tell_otherwise,
)
from parvis.apps.intake.services.contacts import (
    describe,
    finish,
    hold,
    identify,
    identify_newcomer,
    receive,
    save_draft,
    unhold,
)
from parvis.apps.intake.services.continuity import LateCall, enter_late_call, reserve_references
from parvis.apps.intake.services.correcting import correct_contact, correct_matter
from parvis.apps.intake.services.devices import close_device, set_device
from parvis.apps.intake.services.erasure import erase_words
from parvis.apps.intake.services.history_link import ask_for_history, send_history_link
from parvis.apps.intake.services.incidents import begin_incident, join_contact, unjoin_contact
from parvis.apps.intake.services.matters import (
    GivenAnswer,
    MatterInput,
    settle_answered,
    settle_callback,
    settle_not_ours,
    settle_transfer,
    settle_unanswered,
)
from parvis.apps.intake.services.offboarding import (
    OpenWork,
    Successors,
    ask_to_cut_access,
    cut_access,
    may_confirm_cut,
    move_all,
    needs_second_manager,
    open_work_of,
    withdraw_request_to_cut,
)
from parvis.apps.intake.services.persons import may_tell, record_check, separate
from parvis.apps.intake.services.requests import open_request
from parvis.apps.intake.services.visits import (
    call_again,
    call_next,
    call_one,
    leave,
    no_show,
    put_back,
    take_number,
    write_in,
)

__all__ = [
    "OpenWork",
    "Successors",
    "LateCall",
    "GivenAnswer",
    "MatterInput",
    "ask_for_history",
    "ask_to_cut_access",
    "assign_contact",
    "begin_incident",
    "open_work_of",
    "call_again",
    "call_next",
    "call_one",
    "callback_done",
    "callback_missed",
    "chase_alerts",
    "close_device",
    "correct_contact",
    "correct_matter",
    "cut_access",
    "describe",
    "enter_late_call",
    "finish",
    "erase_words",
    "hold",
    "identify",
    "identify_newcomer",
    "join_contact",
    "leave",
    "lift_alert",
    "may_confirm_cut",
    "may_tell",
    "move_all",
    "needs_second_manager",
    "no_show",
    "open_request",
    "owe_call",
    "owe_follower_call",
    "put_back",
    "raise_alert",
    "receive",
    "record_check",
    "reserve_references",
    "save_draft",
    "send_history_link",
    "separate",
    "set_device",
    "settle_answered",
    "settle_callback",
    "settle_not_ours",
    "settle_transfer",
    "settle_unanswered",
    "take_alert",
    "take_contact",
    "take_number",
    "tell_follower_otherwise",
    "tell_otherwise",
    "unhold",
    "unjoin_contact",
    "withdraw_request_to_cut",
    "write_in",
]
