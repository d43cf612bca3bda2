"""Case presence, drafts, reminders, mentions and snippets of the staff."""
