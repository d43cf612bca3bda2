"""Use cases: each changes something, in one transaction."""

from parvis.apps.matching.services.example_training import (
    LONGEST_VARIANT,
    Message,
    Taught,
    Tried,
    checked_variant,
    elsewhere_for_choice,
    forget_variant,
    teach_elsewhere,
    teach_variant,
    try_variant,
    without_reach,
)
from parvis.apps.matching.services.vectors import keep_vectors
