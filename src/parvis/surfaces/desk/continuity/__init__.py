"""Calls taken without the server, entered afterwards."""
