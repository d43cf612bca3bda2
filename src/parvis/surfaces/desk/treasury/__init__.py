"""The treasurer's page, and what the counter takes."""
