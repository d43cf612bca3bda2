"""People, organisations, and the disclosure of their files."""
