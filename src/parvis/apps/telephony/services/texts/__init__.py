"""Queueing, cancelling and erasing texts; recording their states; storing those that come in."""
