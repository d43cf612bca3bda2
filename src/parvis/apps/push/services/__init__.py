"""Registering and forgetting devices; queueing notices, and how they leave."""
