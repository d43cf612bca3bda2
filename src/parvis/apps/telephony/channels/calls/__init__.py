"""The providers that place calls."""
