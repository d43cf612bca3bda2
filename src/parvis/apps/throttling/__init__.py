"""Counts of attempts that protect the town: in a table of their own, from which nothing live is ever evicted."""
