"""Pure rules on addresses and numbers."""
