"""Search over cases, people and answers."""
