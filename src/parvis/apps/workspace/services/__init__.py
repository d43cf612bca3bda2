"""Changing the workspace: presence, mentions, reminders, ready phrases, drafts."""
