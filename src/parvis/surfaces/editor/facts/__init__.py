"""Facts changed from a file, and their review."""
