"""Calls taken offline, entered afterwards."""
