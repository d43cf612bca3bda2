"""What texts and calls say, when they leave, and what the provider tells of them. Pure."""
