"""The session of a resident's account."""
