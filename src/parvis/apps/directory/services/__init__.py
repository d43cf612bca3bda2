"""Changing the directory: presence, assignments, absences, API keys, the access log."""
