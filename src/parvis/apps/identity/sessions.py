"""Sessions in the database, read by a statement written once: every page of the staff begins with it."""

import json
from functools import lru_cache
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from parvis.lib.rows import Compiled

_by_key = Compiled(lambda key: Session.objects.filter(session_key=key))


class SessionStore(DatabaseStore):
    """Django's own store of sessions; what one holds is checked and read once, while it stays as it is written."""

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """What that text holds; nothing when we did not sign it."""
        held: dict[str, Any] = json.loads(_held(session_data))
        return held

    def load(self) -> dict[str, Any]:
        """What the session holds; one that is gone or expired is left to Django."""
        session = _by_key.first(self.session_key or "")
        if session is None or session.expire_date <= timezone.now():
            return super().load()
        return self.decode(session.session_data)


@lru_cache(maxsize=2_000)
def _held(session_data: bytes | str) -> str:
    return json.dumps(DatabaseStore().decode(session_data))
