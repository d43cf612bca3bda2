"""A gate between the browser of a screen and the server: it stops and starts at will, and tells another time.

`ahead` milliseconds are added to the time that the server tells; `version` stands for that of its files once it is set.
"""

import re
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NOW, PAGE = "Parvis-Now", "Parvis-Page"
PASSED_ON = ("Content-Type", "Content-Security-Policy", "Cache-Control", "ETag", "Service-Worker-Allowed")
VERSION = re.compile(rb'(data-version=|"version": ?)"[0-9a-f]+"')


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A browser that goes away in the middle of an answer is no fault."""


class Gate:
    """What listens on a port of 127.0.0.1 in front of a server."""

    def __init__(self, server: str) -> None:
        self.server, self.ahead, self.version = server, 0, ""
        self.polls = 0
        self.port = 0
        self._listening: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open(self) -> None:
        """Answers from now on, on the same port as before."""
        gate = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                gate.pass_on(self, None)

            def do_POST(self) -> None:
                gate.pass_on(self, self.rfile.read(int(self.headers.get("Content-Length", 0))))

            def log_message(self, *_: object) -> None:
                pass

        self._listening = _Server(("127.0.0.1", self.port), Handler)
        self.port = self._listening.server_address[1]
        threading.Thread(target=self._listening.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        """Nothing listens on the port any more."""
        if self._listening is not None:
            self._listening.shutdown()
            self._listening.server_close()
            self._listening = None

    def pass_on(self, handler: BaseHTTPRequestHandler, body: bytes | None) -> None:
        """One request to the server, and its answer to the browser."""
        if self._listening is None:  # closed: a connection that was kept open gets nothing either
            handler.close_connection = True
            return
        self.polls += "/liste" in handler.path
        request = urllib.request.Request(self.server + handler.path, data=body, method=handler.command)
        request.add_header("Content-Type", handler.headers.get("Content-Type", "text/plain"))
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                status, headers, content = answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            status, headers, content = error.code, error.headers, error.read()
        if self.version:
            content = VERSION.sub(rb'\1"' + self.version.encode() + b'"', content)
        handler.send_response(status)
        for name in PASSED_ON:
            if value := headers.get(name):
                handler.send_header(name, value)
        if told := headers.get(NOW):
            handler.send_header(NOW, str(int(told) + self.ahead))
        if page := headers.get(PAGE):
            handler.send_header(PAGE, self.version or page)
        if status not in (204, 304):
            handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        if status not in (204, 304):
            handler.wfile.write(content)
