"""Routing rules and codes of places, managed in the product."""
