"""What a browser reads when the address that it asks for is too long for the web server: a question in an alphabet
whose letters take nine characters each there. Nothing of the application has been reached: the page stands by itself.
"""

from socket import socket

from gunicorn.http.errors import LimitRequestLine
from gunicorn.util import write_nonblock

from parvis.lib.even import EvenWorker

PAGE = """<!doctype html>
<html lang="fr-CA"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex"><title>Question trop longue</title>
</head><body>
<main><h1>Cette question est trop longue</h1>
<p>Revenez à la page d’avant\u00a0: ce que vous avez écrit y est encore. Raccourcissez-le, ou envoyez-le par le
formulaire d’une requête, qui prend de plus longs textes.</p>
<p><a href="/">Poser une question</a> ou <a href="/demande/">faire une requête</a></p>
<div lang="en-CA"><h2>This question is too long</h2>
<p>Go back to the page before: what you wrote is still there. Make it shorter, or send it by the form of a request,
which takes longer texts.</p>
<p><a href="/">Ask a question</a> or <a href="/demande/">make a request</a></p></div></main>
</body></html>
"""


class KindWorker(EvenWorker):
    """A process of the web server that says what to do when an address is too long, in both languages."""

    def handle_error(self, req: object, client: socket, addr: object, exc: BaseException) -> None:
        """The page for an address that is too long; for anything else, what gunicorn says."""
        if not isinstance(exc, LimitRequestLine):
            super().handle_error(req, client, addr, exc)
            return
        body = PAGE.encode()
        head = (
            f"HTTP/1.1 414 URI Too Long\r\nConnection: close\r\nContent-Type: text/html; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        try:
            write_nonblock(client, head.encode() + body)
        except OSError:
            self.log.debug("The browser left before it was told.")
