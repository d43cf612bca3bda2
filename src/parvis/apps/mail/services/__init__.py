"""Queueing, retrying, cancelling and erasing letters; storing, reading and setting aside messages."""
