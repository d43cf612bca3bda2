"""Reminders before a due date, and new dates when the calendar changes."""
