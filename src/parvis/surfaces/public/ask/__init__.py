"""A question typed by a citizen, and what is worked out for them."""
