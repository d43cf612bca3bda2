"""django-helpdesk: the public form, the table of open tickets, a ticket's page."""

import json
import random
from base64 import b64encode
from typing import Any
from urllib.parse import quote

from bench.client import Browser
from bench.peers.peer import Peer, Words

ROWS = 25
OPEN, REOPENED = 1, 2


class Helpdesk(Peer):
    """Tickets come by the public form, which needs no account. Its list is filled by a request of the page's script.

    Only that request is measured, 25 rows as its page asks for them; the page around it is left out.
    """

    name = "django-helpdesk"
    packages = ("django-helpdesk==2.6.1", "psycopg[binary]==3.3.9", "gunicorn==27.0.1")
    sees = b'"recordsTotal"'
    opened_status = 302

    @property
    def environment(self) -> dict[str, str]:
        """Its settings are ours."""
        return {**super().environment, "DJANGO_SETTINGS_MODULE": "bench.peers.inside.helpdesk_settings"}

    def make(self, rows: str) -> list[int]:
        """The numbers of the queues, the public one first."""
        told: list[int] = self.told("bench.peers.inside.helpdesk_load", rows)
        return told

    def server(self) -> list[str]:
        """Django's own application."""
        return ["django.core.wsgi:get_wsgi_application()"]

    async def sign_in(self, rank: int) -> Browser:
        """By its own form."""
        browser = Browser(self.port)
        await browser.get("/login/")
        answer = await browser.post("/login/", {"username": f"a{rank}", "password": "agent-pass", "next": "/"})
        if answer.status != self.opened_status:
            raise RuntimeError(f"{self.name}: {answer.status} {answer.body[:500]!r}")
        return browser

    async def visitor(self, rank: int) -> Browser:
        """Anybody who opened the form."""
        browser = Browser(self.port)
        await browser.get("/tickets/submit/")
        return browser

    def ticket_form(self, words: Words) -> tuple[str, dict[str, str]]:
        """The public form."""
        fields = {"queue": str(self.filled[0]), "priority": "3", "due_date": "", "submitter_email": words.email}
        return "/tickets/submit/", {**fields, "title": words.title, "body": words.body}

    def queue_path(self, rng: random.Random) -> str:
        """One department's open tickets, one of the first three pages, oldest or newest first."""
        queue = rng.choice(self.filled[1:] or self.filled)
        asked = {"status__in": [OPEN, REOPENED], "queue__id__in": [queue]}
        return _rows(asked, reverse=rng.random() < 0.5, start=rng.choice((0, 0, ROWS, 2 * ROWS)))  # noqa: PLR2004

    def open_path(self) -> str:
        """The open tickets of every queue, the newest first."""
        return _rows({"status__in": [OPEN, REOPENED]})

    def search_path(self, word: str) -> str:
        """The tickets of every queue and state that hold it, the newest first."""
        return _rows({}, word=word)

    def ticket_path(self, number: int) -> str:
        """Its page for the staff."""
        return f"/tickets/{number}/"


def _rows(filtering: dict[str, Any], *, word: str = "", reverse: bool = True, start: int = 0) -> str:
    asked = {"filtering": filtering, "sorting": "created", "search_string": word, "sortreverse": reverse}
    query = b64encode(json.dumps(asked).encode()).decode()
    return f"/datatables_ticket_list/{quote(query)}?draw=1&start={start}&length={ROWS}&search%5Bvalue%5D="
