"""Signing in, second factors, sessions, and the bar of the staff."""
