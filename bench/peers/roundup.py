"""Roundup, its classic tracker: the form of an issue, the list of open issues, an issue's page."""

import random
import re
from urllib.parse import unquote, urlsplit

from bench import databases
from bench.client import Browser
from bench.peers.peer import FILLING, Peer, Words
from bench.processes import run

ROWS = 50
COLUMNS = "title,id,activity,status,creator,assignedto"
NOT_RESOLVED = "-1,1,2,3,4,5,6,7"


class Roundup(Peer):
    """Issues come by the form of its own screen, from someone with an account: anonymous visitors open none there."""

    name = "roundup"
    packages = ("roundup==2.6.0", "psycopg2-binary==2.9.13", "gunicorn==27.0.1", "jinja2==3.1.6")
    sees = b'<table class="list">'
    opened_status = 302

    @property
    def admin(self) -> list[str]:
        """Its own command, on this tracker."""
        return [str(self.environment_folder / "bin" / "roundup-admin"), "-i", str(self.home)]

    def make(self, rows: str) -> list[int]:
        """The ids of the keywords, one for each department."""
        at = urlsplit(self.url)
        if self.url:
            databases.drop(self.url)  # it makes its own, and asks a question when there is one
        values = {
            "tracker_web": f"http://127.0.0.1:{self.port}/",
            "tracker_email": "ville@exemple.test",
            "admin_email": "admin@exemple.test",
            "mail_domain": "exemple.test",
            "mail_host": "127.0.0.1",
            "mail_port": str(self.smtp_port),
            "indexer": "native-fts",
            "indexer_language": "french",
        }
        if self.url:
            values |= {"rdbms_name": at.path.lstrip("/"), "rdbms_host": unquote(at.hostname or "")}
            values |= {"rdbms_port": str(at.port or 5432)}
            values |= {"rdbms_user": unquote(at.username or ""), "rdbms_password": unquote(at.password or "none")}
        given = ",".join(f"{name}={value}" for name, value in values.items())
        backend = "postgresql" if self.url else "sqlite"
        run([*self.admin, "install", "classic", backend, given], self.environment, seconds=FILLING)
        run([*self.admin, "initialise", "admin-pass"], self.environment, seconds=FILLING)
        told: list[int] = self.told("bench.peers.inside.roundup_load", str(self.home), rows)
        return told

    def start(self) -> None:
        """Its links are built on an address that its settings hold: they follow our ports first."""
        settings = self.home / "config.ini"
        text = re.sub(r"(?m)^web = .*$", f"web = http://127.0.0.1:{self.port}/", settings.read_text())
        text = re.sub(r"(?m)^(\[mail\](?:.|\n)*?\n)port = .*$", rf"\g<1>port = {self.smtp_port}", text)
        settings.write_text(text)
        super().start()

    def server(self) -> list[str]:
        """Its own front end."""
        return ["bench.peers.inside.roundup_site:application"]

    async def sign_in(self, rank: int) -> Browser:
        """By its own form."""
        site = f"http://127.0.0.1:{self.port}"
        browser = Browser(self.port, {"Referer": f"{site}/", "Origin": site})
        page = (await browser.get("/")).body.decode()
        token = re.search(r'name="@csrf"[^>]*value="([^"]+)"', page) or re.search(
            r'value="([^"]+)"[^>]*name="@csrf"', page
        )
        fields = {"@action": "login", "__login_name": f"a{rank}", "__login_password": "agent-pass"}
        answer = await browser.post("/", {**fields, "__came_from": f"{site}/", "@csrf": token[1] if token else ""})
        if f"a{rank}" not in (await browser.get("/")).body.decode():
            raise RuntimeError(f"{self.name}: {answer.status} {answer.body[:500]!r}")
        return browser

    async def visitor(self, rank: int) -> Browser:
        """Someone with an account."""
        return await self.sign_in(rank)

    def ticket_form(self, words: Words) -> tuple[str, dict[str, str]]:
        """The form of a new issue."""
        fields = {"@action": "new", "@template": "item", "priority": "3", "status": "1"}
        return "/issue", {**fields, "title": words.title, "@note": words.body}

    def queue_path(self, rng: random.Random) -> str:
        """One department's open issues, one of the first three pages, most recent first or last."""
        order = rng.choice(("-activity", "activity"))
        start = rng.choice((0, 0, ROWS, 2 * ROWS))
        keyword = f",keyword&keyword={rng.choice(self.filled)}" if self.filled else ""
        shown = f"@columns={COLUMNS}&@sort={order}&@group=priority&@pagesize={ROWS}&@startwith={start}"
        return f"/issue?{shown}&@filter=status{keyword}&status={NOT_RESOLVED}&@dispname=Open"

    def open_path(self) -> str:
        """The open issues of all departments, the most recent activity first."""
        shown = f"@columns={COLUMNS}&@sort=-activity&@group=priority&@pagesize={ROWS}&@startwith=0"
        return f"/issue?{shown}&@filter=status&status={NOT_RESOLVED}&@dispname=Open"

    def ticket_path(self, number: int) -> str:
        """Its page."""
        return f"/issue{number}"
