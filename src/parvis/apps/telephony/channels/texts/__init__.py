"""The providers that carry texts."""
