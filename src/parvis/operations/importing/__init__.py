"""Requests and people of an earlier system."""
