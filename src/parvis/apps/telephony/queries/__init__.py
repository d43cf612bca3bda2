"""Queries on texts, on calls, on what they cost and on the numbers that refuse them."""
