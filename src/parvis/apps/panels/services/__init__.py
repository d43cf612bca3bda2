"""Use cases of the panels."""
