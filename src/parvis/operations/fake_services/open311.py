"""A GeoReport v2 server of this machine: it keeps what it takes, and misbehaves on demand.

`POST /close/NUMBER` with `notes` closes a request there, as its staff would.
"""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring

KEY = "the-key"
FAULTS = {
    "none": "takes everything",
    "500": "takes the request and answers 500",
    "503": "does not take the request and answers 503",
    "drop": "takes the request and hangs up without an answer",
    "hang": "takes the request and does not answer for a minute",
    "refuse": "refuses the request: an answer is missing",
    "twice": "answers with the same request twice",
    "token": "gives a token, and the number once it was asked twice",
    "page": "takes the request and answers with a page of HTML",
    "blackbox": "takes the request and gives neither number nor token",
    "silent": "takes the request with 500, and lists it with neither words nor place",
}
SERVICES = (("potholes", "Potholes", False), ("lights", "Street lights", False), ("trees", "Trees", True))
_HANG = 60.0


@dataclass
class Region:
    """What it holds. `faults` are played one a POST, the last one from then on. A key sent again in Idempotency-Key is
    remembered only with `remembers_keys`: most servers know nothing of that header.
    """

    faults: list[str] = field(default_factory=lambda: ["none"])
    remembers_keys: bool = False
    rows: dict[str, dict[str, str]] = field(default_factory=dict)
    posts: list[dict[str, str]] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    port: int = 0
    down: bool = False

    @property
    def url(self) -> str:
        """The endpoint."""
        return f"http://127.0.0.1:{self.port}/v2"

    def close(self, number: str, notes: str = "") -> None:
        """Closes a request there."""
        self.rows[number] |= {"status": "closed", "status_notes": notes, "updated_datetime": _written()}

    def post(self, values: Mapping[str, str], key: str) -> tuple[int, bytes]:
        """The status and body of an answer; a status of 0 hangs up."""
        fault = self.faults.pop(0) if len(self.faults) > 1 else self.faults[0]
        self.posts.append(dict(values))
        if values.get("api_key") != KEY:
            return 403, _errors(403, "api_key is unknown")
        if values.get("service_code") not in {code for code, _name, _asks in SERVICES}:
            return 404, _errors(404, "service_code is unknown")
        if fault == "refuse":
            return 400, _errors(400, "attribute[SIZE] is required")
        if fault == "503":
            return 503, b""
        number = self._taken(values, key, silent=fault == "silent")
        if fault == "hang":
            time.sleep(_HANG)
        if fault in ("drop", "hang"):
            return 0, b""
        if fault in ("500", "silent"):
            return 500, b"<!DOCTYPE html><p>Oops</p>"
        if fault == "page":
            return 200, b"<!DOCTYPE html><p>Thank you</p>"
        answer = {"token": f"t{number}"} if fault == "token" else {"service_request_id": number}
        if fault == "blackbox":
            answer = {"service_notice": "Thank you"}
        self.tokens[f"t{number}"] = number
        return 201, _body("service_requests", "request", [answer] * (2 if fault == "twice" else 1))

    def get(self, path: str, values: Mapping[str, str]) -> tuple[int, bytes]:
        """The status and body of an answer."""
        kind, _slash, number = path.removesuffix(".xml").partition("/")
        if self.down:
            return 503, b""
        if kind == "services":
            rows = [
                {"service_code": code, "service_name": name, "metadata": str(asks).lower(), "group": "Streets"}
                for code, name, asks in SERVICES
            ]
            return 200, _body("services", "service", rows)
        if kind == "tokens":
            self.asked[number] = self.asked.get(number, 0) + 1
            shown = self.tokens.get(number, "") if self.asked[number] > 1 else ""
            return 200, _body("service_requests", "request", [{"service_request_id": shown, "token": number}])
        if kind == "requests" and number:
            if number not in self.rows:
                return 404, _errors(404, "service_request_id is unknown")
            return 200, _body("service_requests", "request", [self.rows[number]])
        if kind == "requests":
            code = values.get("service_code")
            return 200, _body(
                "service_requests",
                "request",
                [row for row in reversed(self.rows.values()) if not code or row["service_code"] == code],
            )
        return 404, _errors(404, "no such address")

    def discovery(self) -> bytes:
        """Its discovery, an old endpoint of tests first."""
        specification = "http://wiki.open311.org/GeoReport_v2"
        rows = [
            {"specification": specification, "url": f"{self.url}-test", "type": "test"},
            {"specification": specification, "url": self.url, "type": "production"},
        ]
        root = Element("discovery")
        root.append(_list("endpoints", "endpoint", rows))
        return bytes(tostring(root, encoding="utf-8", xml_declaration=True))

    def _taken(self, values: Mapping[str, str], key: str, *, silent: bool) -> str:
        if self.remembers_keys and key in self.keys:
            return self.keys[key]
        number = self.keys[key] = str(7001 + len(self.rows))
        shown = {} if silent else {name: values.get(name, "") for name in ("description", "lat", "long")}
        moment = _written()
        self.rows[number] = {
            "service_request_id": number, "status": "open", "status_notes": "", "service_code": values["service_code"],
            "requested_datetime": moment, "updated_datetime": moment, **shown,
            "address": "" if silent else values.get("address_string", ""),
        }  # fmt: skip
        return number


def _written() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _list(root: str, child: str, rows: Sequence[Mapping[str, str]]) -> Element:
    element = Element(root)
    for row in rows:
        one = SubElement(element, child)
        for name, value in row.items():
            SubElement(one, name).text = value
    return element


def _body(root: str, child: str, rows: Sequence[Mapping[str, str]]) -> bytes:
    return bytes(tostring(_list(root, child, rows), encoding="utf-8", xml_declaration=True))


def _errors(status: int, text: str) -> bytes:
    return _body("errors", "error", [{"code": str(status), "description": text}])


def server_of(region: Region, port: int = 0) -> ThreadingHTTPServer:
    """The HTTP server of a region, on a free port by default; `serve_forever` is the caller's."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            values = {name: found[0] for name, found in parse_qs(parts.query).items()}
            if parts.path == "/discovery.xml":
                self._answer(200, region.discovery())
            else:
                self._answer(*region.get(parts.path.removeprefix("/v2/"), values))

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
            values = {name: found[0] for name, found in parse_qs(content).items()}
            number = self.path.removeprefix("/close/")
            if number in region.rows:
                region.close(number, values.get("notes", ""))
                self._answer(200, b"")
            else:
                self._answer(*region.post(values, self.headers.get("Idempotency-Key", "")))

        def _answer(self, status: int, body: bytes) -> None:
            if not status:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Type", "text/xml; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    region.port = server.server_port
    return server


@contextmanager
def running(region: Region) -> Iterator[Region]:
    """The region, served on a free port of this machine for the block."""
    server = server_of(region)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield region
    finally:
        server.shutdown()
        server.server_close()


def serve(port: int, faults: Sequence[str]) -> None:
    """Serves until interrupted."""
    region = Region(faults=list(faults))
    server = server_of(region, port)
    print(f"GeoReport v2: http://127.0.0.1:{region.port}/discovery.xml, key: {KEY}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
