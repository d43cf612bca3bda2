"""Incidents: one cause, many contacts."""
