"""The town's accounts on social networks, and what became of each post."""
