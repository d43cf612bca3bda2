"""Seasons, activities, groups, registrations, and the line of an opening."""
