"""Limits, states, signatures, deadlines and versions of the social networks. Pure."""
