"""The signed-in editor."""

from django.http import HttpRequest

from parvis.apps.directory.models import User


def editor_of(request: HttpRequest) -> User:
    """The signed-in user; the view must require sign-in."""
    assert isinstance(request.user, User)
    return request.user
