"""Pure rules of the newsletter."""
