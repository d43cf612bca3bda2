"""Queueing, handing over, following and erasing texts and calls."""
