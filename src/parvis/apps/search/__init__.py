"""Full-text search over people, organisations, contacts and requests."""
