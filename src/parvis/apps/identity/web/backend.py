"""The authentication backend, with a compiled query for the session's user."""

from allauth.account.auth_backends import AuthenticationBackend

from parvis.apps.directory.models import User, at_work


class Backend(AuthenticationBackend):
    """allauth's backend: password with user name or e-mail address."""

    def get_user(self, user_id: int) -> User | None:
        """The active user with this id, if any."""
        user = at_work(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None
