"""Subjects with their questions, routing rules and promises; the codes of places, which lead to them."""
