"""The address of an IMAP folder: imaps://host:port/folder."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

PORTS = {"imaps": 993, "imap+tls": 143, "imap": 143}
LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class Server:
    """Where a mailbox is read: `scheme` is "imaps" (TLS at once), "imap+tls" (STARTTLS) or "imap" (this machine)."""

    scheme: str
    host: str
    port: int
    folder: str


def parse_server(url: str) -> Server:
    """The server of this address; the folder is INBOX unless it names another. ValueError when it cannot be used."""
    if problem := server_problem(url):
        raise ValueError(problem)
    parts = urlsplit(url)
    folder = unquote(parts.path.strip("/")) or "INBOX"
    return Server(parts.scheme, parts.hostname or "", parts.port or PORTS[parts.scheme], folder)


def server_problem(url: str) -> str:
    """What is wrong with this address, as the end of a sentence; "" when nothing is.

    TLS is required (RFC 9051, 11), but on the machine itself.
    """
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return "must be an address such as imaps://mail.ville.example/INBOX"
    if parts.scheme not in PORTS or not host:
        return "must be an address such as imaps://mail.ville.example/INBOX"
    if parts.username or parts.password:
        return "must hold neither a user nor a password: give 'username', and PARVIS_MAIL_PASSWORDS"
    if parts.scheme == "imap" and host not in LOOPBACK:
        return "must begin with imaps:// or imap+tls://: a password is never sent in the clear"
    return ""
