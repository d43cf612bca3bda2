"""nginx and Caddy in front of a web server, configured as documented, save for addresses and certificates."""

import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.journeys.service import free_port

DOCUMENTED = Path(__file__).parents[2] / "docs/run/proxy"
HOST = "localhost"
WRITTEN_HOST, WRITTEN_SERVER = "service.ville.example", "127.0.0.1:8000"
# Debian's main nginx configuration around a site's file, without its machine-wide parts.
NGINX = """
daemon off;
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 768; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


class Proxy:
    """A running proxy: its local port, and a TLS context that trusts its certificate."""

    def __init__(self, port: int, tls: ssl.SSLContext) -> None:
        self.port, self.tls = port, tls

    def connection(self, seconds: float) -> ssl.SSLSocket:
        """A new TLS connection, with nothing sent yet."""
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=seconds)
        return self.tls.wrap_socket(plain, server_hostname=HOST)


def program(name: str) -> str | None:
    """The path of the program; None when it is not installed."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def running(name: str, server_port: int, folder: Path) -> Iterator[Proxy]:
    """Runs nginx or Caddy in front of the web server on that port."""
    port = free_port()
    _certificate(folder)
    command = {"nginx": _nginx, "caddy": _caddy}[name](folder, port, server_port)
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=os.environ | home)
    proxy = Proxy(port, ssl.create_default_context(cafile=str(folder / "cert.pem")))
    try:
        _wait(lambda: proxy.connection(5).close(), process, log)
        yield proxy
    finally:
        process.terminate()
        process.wait(20)


def _nginx(folder: Path, port: int, server_port: int) -> list[str]:
    site = _rewritten(
        "nginx.conf",
        {
            "listen 80;": f"listen 127.0.0.1:{free_port()};",
            "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
            f"/etc/letsencrypt/live/{WRITTEN_HOST}/fullchain.pem": f"{folder}/cert.pem",
            f"/etc/letsencrypt/live/{WRITTEN_HOST}/privkey.pem": f"{folder}/key.pem",
            WRITTEN_HOST: HOST,
            WRITTEN_SERVER: f"127.0.0.1:{server_port}",
        },
    )
    (folder / "site.conf").write_text(site)
    user = "user root;" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, user=user))
    return [program("nginx") or "nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]


def _caddy(folder: Path, port: int, server_port: int) -> list[str]:
    caddy = program("caddy") or "caddy"
    certificate = f"tls {folder}/cert.pem {folder}/key.pem"
    changes = {
        "\n{\n": "\n{\n\tadmin off\n\tauto_https off\n",
        f"{WRITTEN_HOST} {{": f"https://{HOST}:{port} {{\n\tbind 127.0.0.1\n\t{certificate}",
        WRITTEN_SERVER: f"127.0.0.1:{server_port}",
    }
    (folder / "Caddyfile").write_text(_rewritten("Caddyfile", changes))
    return [caddy, "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


def _rewritten(name: str, changes: Mapping[str, str]) -> str:
    text = (DOCUMENTED / name).read_text()
    for documented, actual in changes.items():
        assert documented in text, documented
        text = text.replace(documented, actual)
    return text


def _certificate(folder: Path) -> None:
    """Writes cert.pem and key.pem: self-signed, for HOST, valid for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    traditional = serialization.PrivateFormat.TraditionalOpenSSL
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, traditional, plain))


def _wait(ready: Callable[[], object], process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            ready()
            return
        except OSError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(log.read_text()) from error
            time.sleep(0.05)
