"""Figures, and what the questions without answer teach."""
