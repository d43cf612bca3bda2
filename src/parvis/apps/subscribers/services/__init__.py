"""Subscribing, confirming, choosing, leaving; enrolling and importing by the staff; suppressing; erasing by law."""
