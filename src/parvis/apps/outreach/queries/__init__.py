"""Queries on messages: their content, lists, calendar, what became of them."""
