"""Storing vectors, and training the engine with example questions."""
