"""Use cases: each changes something, in one transaction."""

from parvis.apps.workspace.services.workspace import (
    FARTHEST,
    SAID_EVERY,
    SHORT_NAME,
    drop_snippet,
    end_follow_up,
    end_waiting,
    follow_up,
    keep_snippet,
    leave,
    look,
    note,
    read_mention,
    restore_snippet,
    resume_follow_up,
    take_back,
    undo_batch,
)
