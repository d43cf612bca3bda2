"""Changing content: facts and their review, publication, imports, readers' opinions."""

from parvis.apps.content.services.content import (
    LONGEST_OPINION,
    ONE_OPINION_SECONDS,
    REACH,
    bump_edition,
    hand_drafts,
    refuse_what_cannot_be_shown,
    say_useful,
    set_fact,
    sync_wagtail_groups,
)
