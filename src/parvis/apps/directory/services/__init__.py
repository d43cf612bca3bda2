"""Changing the directory: presence, assignments, absences, API keys, the access log."""

from parvis.apps.directory.services.staff import (
    FOUND_HOLDS,
    LONGEST_REASON,
    MOST_REMEMBERED,
    SEEN_EVERY,
    Retired,
    end_sessions,
    forget,
    record_factor_reset,
    record_found,
    record_presence,
    record_reading,
    refuse_unless_routing,
    retire_samples,
    set_assignment,
    set_hours,
    store_calendar_mark,
)
