"""Who is behind a session, read by a statement written once."""

from allauth.account.auth_backends import AuthenticationBackend

from parvis.apps.directory.models import User, at_work


class Backend(AuthenticationBackend):
    """allauth's own backend: password, by user name or e-mail address."""

    def get_user(self, user_id: int) -> User | None:
        """The active account of that number."""
        user = at_work(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None
