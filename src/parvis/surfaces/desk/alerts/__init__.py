"""Alerts of threats and distress."""
