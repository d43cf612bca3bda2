"""Queries on the devices and on what was sent to them."""
