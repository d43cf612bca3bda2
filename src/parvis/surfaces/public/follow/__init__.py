"""The page by which a citizen follows a request, and all that was said with them."""
