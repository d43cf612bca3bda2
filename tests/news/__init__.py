"""The public news, banner, alerts and dates."""
