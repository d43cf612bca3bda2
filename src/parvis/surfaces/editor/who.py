"""Who works in the editor's space."""

from django.http import HttpRequest

from parvis.apps.directory.models import User


def editor_of(request: HttpRequest) -> User:
    """The account at work, behind the door of the space."""
    assert isinstance(request.user, User)
    return request.user
