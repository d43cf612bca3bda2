"""A receiver of webhooks, on loopback: it keeps what came, verifies it as Standard Webhooks says, and misbehaves."""

import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any


@dataclass
class Receiver:
    """`behaviour` of the next calls: accept, fail, accept-then-fail, accept-then-garbage, hang, redirect, gone,
    garbage.
    """

    url: str = ""
    behaviour: str = "accept"
    calls: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    kept: dict[str, Any] = field(default_factory=dict)
    release: Event = field(default_factory=Event)

    def take(self, headers: dict[str, str], body: bytes) -> None:
        """Keeps a message once per `webhook-id`, as receivers should."""
        self.calls.append((headers, body))
        if self.behaviour.startswith("accept"):
            self.kept.setdefault(headers["webhook-id"], json.loads(body))

    def verify(self, secret: str) -> bool:
        """Whether the last call is signed with the secret; written from the specification, not from our code."""
        headers, body = self.calls[-1]
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        expected = hmac.new(b64decode(secret.split("_", 1)[1]), signed, sha256).digest()
        return f"v1,{b64encode(expected).decode()}" in headers["webhook-signature"].split(" ")


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that runs for the block."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.take({name.lower(): value for name, value in self.headers.items()}, body)
            if receiver.behaviour == "hang":
                receiver.release.wait(30)
                return
            if receiver.behaviour.endswith("garbage"):
                self.wfile.write(b"\x00\x01 not http\r\n\r\n")
                return
            statuses = {"accept": 204, "redirect": 302, "gone": 410}
            self.send_response(statuses.get(receiver.behaviour, 500))
            if receiver.behaviour == "redirect":
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.release.set()
        server.shutdown()
        server.server_close()
        thread.join()
