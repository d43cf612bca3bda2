"""Leisure: the catalogue, a group, the basket, the payment, and what a household joined."""
