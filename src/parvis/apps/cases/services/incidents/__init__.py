"""Incidents: one cause, many cases; what is told to all of them; alerts."""
