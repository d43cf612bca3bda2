"""Storing vectors, and training the engine with example questions."""

from parvis.apps.matching.services.example_training import (
    LONGEST_VARIANT,
    Message,
    RankingChange,
    Taught,
    checked_variant,
    elsewhere_for_choice,
    forget_variant,
    redact_contacts,
    teach_elsewhere,
    teach_variant,
    try_variant,
)
from parvis.apps.matching.services.vectors import keep_vectors
