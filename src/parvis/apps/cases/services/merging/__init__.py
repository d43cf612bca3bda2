"""Cases merged, and what is done to all of them at once."""
