"""Queueing calls, placing them, recording what became of them, calling off, erasing."""
