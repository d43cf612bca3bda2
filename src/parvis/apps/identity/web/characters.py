"""Middleware against ids too large for a column, which a database rejects."""

from typing import Any

from django.http import HttpRequest
from django.utils.deprecation import MiddlewareMixin

LARGEST_ID = 2**63 - 1  # of a 64-bit column


class PossibleIds(MiddlewareMixin):
    """Replaces ids too large for SQLite by the largest one, which no row has, so that the view answers 404."""

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: dict[str, Any]) -> None:
        """Caps the integers from the URL."""
        kwargs |= {name: LARGEST_ID for name, value in kwargs.items() if isinstance(value, int) and value > LARGEST_ID}
