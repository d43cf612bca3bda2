"""The waiting line of the counter and its screens."""
