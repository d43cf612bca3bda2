"""Queries on screens, their messages, proofs of painting, and requests of local bodies."""
