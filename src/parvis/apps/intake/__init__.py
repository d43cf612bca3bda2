"""Intake: contacts on every channel, their matters, answers given, callbacks, visits and alerts."""
