"""The use cases of the door, one function each."""

from parvis.intake.services.callbacks import callback_done, callback_missed, owe_call, owe_call_instead
from parvis.intake.services.contacts import (
    describe,
    finish,
    hold,
    identify,
    identify_newcomer,
    receive,
    save_draft,
    unhold,
)
from parvis.intake.services.correcting import correct_contact, correct_matter
from parvis.intake.services.forgetting import forget_words
from parvis.intake.services.settling import (
    Said,
    Settled,
    settle_answered,
    settle_callback,
    settle_case,
    settle_not_ours,
    settle_transfer,
    settle_unanswered,
)

__all__ = [
    "Said",
    "Settled",
    "callback_done",
    "callback_missed",
    "correct_contact",
    "correct_matter",
    "describe",
    "finish",
    "forget_words",
    "hold",
    "identify",
    "identify_newcomer",
    "owe_call",
    "owe_call_instead",
    "receive",
    "save_draft",
    "settle_answered",
    "settle_callback",
    "settle_case",
    "settle_not_ours",
    "settle_transfer",
    "settle_unanswered",
    "unhold",
]
