"""Subscribing, leaving, suppressing, erasing; writing issues, sending them, and what comes back."""
