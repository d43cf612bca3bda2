"""Pure rules of the waiting line."""
