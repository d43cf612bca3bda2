"""Queries on messages: their content, lists, calendar, what became of them."""

from parvis.apps.outreach.queries.figures import DRILL_EACH, Figures, deliveries_of, figures
from parvis.apps.outreach.queries.messages import (
    awaited,
    awaits_approval,
    by_id,
    calendar,
    content_of,
    hub,
    kept_of,
    last_drill_at,
    left_somewhere,
    page,
    picture_of,
    reasons_for_english,
    release_of,
    templates,
    writers_of,
)
