"""Attachments and their safety."""
