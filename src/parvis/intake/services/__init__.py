"""The use cases of the door, one function each."""

from parvis.intake.services.callbacks import callback_done, callback_missed, owe_call
from parvis.intake.services.contacts import describe, finish, hold, identify, receive, save_draft, unhold
from parvis.intake.services.correcting import correct_contact, correct_matter
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
    "hold",
    "identify",
    "owe_call",
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
