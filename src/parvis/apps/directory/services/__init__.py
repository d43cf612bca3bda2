"""Use cases: each changes something, in one transaction."""

from parvis.apps.directory.services.staff import (
    FOUND_HOLDS,
    LONGEST_REASON,
    MOST_REMEMBERED,
    SEEN_EVERY,
    Retired,
    forget,
    promises_follow,
    record_found,
    record_reading,
    refuse_unless_routing,
    retire_samples,
    seen,
    set_assignment,
    set_hours,
)
