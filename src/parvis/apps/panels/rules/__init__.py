"""Pure rules of the panels."""
