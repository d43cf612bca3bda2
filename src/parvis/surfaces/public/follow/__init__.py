"""The page to follow a request, and the history of contacts with a citizen."""
