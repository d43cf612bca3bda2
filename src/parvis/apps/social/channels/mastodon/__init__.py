"""Mastodon: an account of one of its servers, by its REST API."""
