"""The import of facts from a file, and the review of proposed values."""
