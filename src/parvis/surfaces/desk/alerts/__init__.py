"""Threats and distress: the list, and who takes each."""
