"""Who looks at a request, drafts, reminders, mentions and phrases of the staff."""
