"""Promised dates: reminders before them, new ones when the calendar changes."""
