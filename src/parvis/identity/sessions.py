"""Sessions in the database, read by a statement written once: every page of the staff begins with it."""

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from parvis.lib.rows import Compiled

_by_key = Compiled(lambda key: Session.objects.filter(session_key=key))


class SessionStore(DatabaseStore):
    """Django's own store of sessions."""

    def _get_session_from_db(self) -> Session | None:
        found = _by_key.first(self.session_key or "")
        if found is None or found.expire_date <= timezone.now():
            self._session_key = None
            return None
        return found
