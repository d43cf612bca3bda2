"""Queries on calls and on the numbers that refuse them."""

from parvis.apps.voice.queries.calls import digest, enabled, late, latest, policy, refusing, why_missed
