"""Proposals, decisions, destructions, holds, and destructions applied again after a restore."""
