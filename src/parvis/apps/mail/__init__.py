"""The outgoing mail queue."""
