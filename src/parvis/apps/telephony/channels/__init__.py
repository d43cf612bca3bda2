"""The providers that carry texts, and those that place calls."""
