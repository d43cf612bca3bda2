"""Changing the workspace: presence, mentions, reminders, ready phrases, drafts."""

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
    leave_message,
    note,
    read_mention,
    record_message_viewing,
    record_viewing,
    restore_snippet,
    resume_follow_up,
    undo_batch,
    undo_entry,
)
