"""Sending a case to the server of an outside body, and following it there."""
