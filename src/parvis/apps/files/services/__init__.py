"""Storing, scanning and erasing photos and files."""
