"""The search of requests, people and answers."""
