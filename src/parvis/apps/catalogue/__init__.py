"""Subjects, the questions asked of each, and the rules of routing and promise."""
