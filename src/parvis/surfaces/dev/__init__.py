"""Samples of every component, and the mailbox of the demonstration."""
