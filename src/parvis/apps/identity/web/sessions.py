"""Database sessions, loaded by a compiled query, since every staff page begins with it."""

import json
from functools import lru_cache
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from parvis.lib.database.rows import Compiled

_by_key = Compiled(lambda key: Session.objects.filter(session_key=key))


class SessionStore(DatabaseStore):
    """Django's database session store, with decoded sessions cached."""

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """Decodes session data; empty when its signature is invalid."""
        data: dict[str, Any] = json.loads(_decode_to_json(session_data))
        return data

    def load(self) -> dict[str, Any]:
        """Loads the session; Django handles a missing or expired one."""
        session = _by_key.first(self.session_key or "")
        if session is None or session.expire_date <= timezone.now():
            return super().load()
        return self.decode(session.session_data)


@lru_cache(maxsize=2_000)
def _decode_to_json(session_data: bytes | str) -> str:
    return json.dumps(DatabaseStore().decode(session_data))
