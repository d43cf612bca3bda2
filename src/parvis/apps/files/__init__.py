"""Uploaded files: sanitising, storage and serving."""
