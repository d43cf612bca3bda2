"""Text messages taken in, and those that agents send from a contact."""
