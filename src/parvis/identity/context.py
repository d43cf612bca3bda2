"""What every page knows of the town and of the person in front of it."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from parvis.directory.models import User
from parvis.directory.queries import town as the_town
from parvis.identity.navigation import screens_of
from parvis.lib.errors import NotFound


def town(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `town` (None before one is loaded), `demo`, `staff_nav` (screens the person may enter)."""
    return {
        "town": SimpleLazyObject(_town_or_none),
        "demo": settings.PARVIS_DEMO,
        "staff_nav": SimpleLazyObject(lambda: _screens(request)),
    }


def _town_or_none() -> Any:
    try:
        return the_town()
    except NotFound:
        return None


def _screens(request: HttpRequest) -> list[Any]:
    user = getattr(request, "user", None)
    return screens_of(user) if isinstance(user, User) else []
