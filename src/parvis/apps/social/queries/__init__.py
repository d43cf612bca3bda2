"""Reading accounts, posts and what people write on social networks."""
