"""A stand-in for Twilio on the loopback interface: it keeps messages, signs its webhooks, and misbehaves on demand."""

import base64
import json
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

from parvis.lib.twilio import signature

SID, TOKEN, NUMBER = "AC" + "0" * 32, "the token of the tests", "+15145550100"
_ranks = count(1)


@dataclass
class Twilio:
    """What the account holds, and how its server behaves for the next requests.

    `then`, one for each POST: "" takes it; "500" takes it and answers 500; "hang" takes it and answers late; "cut"
    takes it and closes the connection; "503" does not take it; "429" and "<error code>" refuse it.
    """

    port: int = 0
    messages: list[dict[str, str]] = field(default_factory=list)
    posts: int = 0
    then: list[str] = field(default_factory=list)
    lists: bool = True
    hang_seconds: float = 3.0
    wall_clock: Callable[[], float] = time.time

    @property
    def url(self) -> str:
        """The value of PARVIS_TEXTS_URL."""
        token, sender = urllib.parse.quote(TOKEN), urllib.parse.quote(NUMBER)
        return f"twilio+http://{SID}:{token}@127.0.0.1:{self.port}?from={sender}"

    def take(self, fields: dict[str, str]) -> dict[str, str]:
        """Keeps a message, as the API does."""
        made = {"sid": f"SM{next(_ranks):032d}", "date_created": formatdate(self.wall_clock()), "status": "queued"}
        message = made | {"to": fields["To"], "from": fields["From"], "body": fields["Body"]}
        self.messages.append(message | {"callback": fields["StatusCallback"]})
        return message

    def status(self, message: dict[str, str], status: str, **more: str) -> tuple[str, dict[str, str], str]:
        """(URL, fields, signature) of the webhook that tells a status."""
        fields = {"MessageSid": message["sid"], "MessageStatus": status, "To": message["to"], "AccountSid": SID, **more}
        return message["callback"], fields, signature(TOKEN, message["callback"], fields.items())

    def incoming(self, public_url: str, body: str, sender: str, **more: str) -> tuple[str, dict[str, str], str]:
        """(URL, fields, signature) of the webhook of a text that someone sends to the town."""
        fields = {"MessageSid": f"SM{next(_ranks):032d}", "From": sender, "To": NUMBER, "Body": body, "NumMedia": "0"}
        url = f"{public_url}/hooks/texts/incoming"
        return url, fields | more, signature(TOKEN, url, (fields | more).items())


def _handler(account: Twilio) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Says nothing."""

        def do_POST(self) -> None:  # noqa: N802
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            fields = dict(urllib.parse.parse_qsl(body, keep_blank_values=True))
            account.posts += 1
            if not self._allowed():
                self._answer(401, {"code": 20003, "message": "Authenticate"})
                return
            then = account.then.pop(0) if account.then else ""
            if then == "503":
                self._answer(503, {})
                return
            if then.isdigit() and then != "500":
                code = int(then)
                self._answer(429 if code == 429 else 400, {"code": code, "message": f"Refused, {code}"})
                return
            message = account.take(fields)
            if then == "cut":
                self.close_connection = True
                self.connection.close()
                return
            if then == "hang":
                threading.Event().wait(account.hang_seconds)
            self._answer(500, {}) if then == "500" else self._answer(201, message)

        def do_GET(self) -> None:  # noqa: N802
            if not self._allowed() or not account.lists:
                self._answer(500, {})
                return
            to = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query)).get("To", "")
            found = [message for message in reversed(account.messages) if message["to"] == to]
            self._answer(200, {"messages": found})

        def _allowed(self) -> bool:
            expected = base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
            path = urllib.parse.urlsplit(self.path).path
            right = path == f"/2010-04-01/Accounts/{SID}/Messages.json"
            return right and self.headers.get("Authorization") == f"Basic {expected}"

        def _answer(self, status: int, content: object) -> None:
            data = json.dumps(content).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            except OSError:
                self.close_connection = True  # the client stopped waiting

    return Handler


@contextmanager
def serving() -> Iterator[Twilio]:
    """The stand-in, listening until the end."""
    account = Twilio()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(account))
    server.daemon_threads = True
    account.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield account
    server.shutdown()
    server.server_close()
