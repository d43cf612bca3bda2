"""Subjects with their questions, routing rules and promises."""
