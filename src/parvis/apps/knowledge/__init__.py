"""What we say (answers, facts, notices), how it is found, and what is worked out."""
