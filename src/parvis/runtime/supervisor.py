"""Starts, monitors and stops the web server, the worker and the reading of mail, under one command. In the
demonstration, a provider of payments too.
"""

import multiprocessing
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from multiprocessing.context import ForkProcess
from socket import socket
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connections
from django.urls import reverse
from django.utils import translation

from parvis.apps.directory.queries import town
from parvis.apps.files.services import decoding
from parvis.apps.identity.web.samples import sample_cards
from parvis.lib.errors import NotFound
from parvis.operations.fake_services import payments_http
from parvis.operations.fake_services.payments import PaymentProvider
from parvis.runtime import mail, web, worker

STARTING = 60.0
STOPPING = 40.0
MAIL = "mail process"
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Stop(Exception):
    """A signal requested the shutdown."""


def _stop(signum: int, frame: object) -> None:
    raise _Stop


def _fork(name: str, work: Callable[[], int | None]) -> ForkProcess:
    """Forks a process, in a session of its own: Ctrl+C reaches only the supervisor, which stops the others in order."""

    def target() -> None:
        os.setsid()
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        sys.exit(work())

    process = multiprocessing.get_context("fork").Process(target=target, name=name)
    process.start()
    return process


def run(bind: str) -> int:
    """Runs all until a signal, then stops them and returns 0; when one stops by itself, reports it and returns 1.

    The application is loaded before the forks, which share it. Refused when the address is unavailable, or the list of
    trusted proxies is invalid.
    """
    proxies, listener = web.trusted_proxies(), web.listen(bind)
    for number in STOP_SIGNALS:
        signal.signal(number, _stop)
    children: dict[str, ForkProcess] = {}
    try:
        web.loaded()
        connections.close_all()
        if settings.PARVIS_PAYMENTS_STANDIN:
            children["payment stand-in"] = _payments(bind, listener)
        children["web server"] = _fork("parvis-web", lambda: web.serve(listener, proxies))
        listener.close()
        children["worker"] = _fork("parvis-worker", worker.run)
        children[MAIL] = _fork("parvis-mail", mail.run)
        if _answers(bind, children):
            print(welcome(bind), flush=True)
        return _watch(children)
    except _Stop:
        print("Stopping.", flush=True)
        return 0
    finally:
        _terminate(children)
        decoding.stop()


def _payments(bind: str, listener: socket) -> ForkProcess:
    """The provider of payments of the demonstration: on the port of the settings, else on one that is free, which the
    processes forked after it are told.
    """
    wanted = urlsplit(settings.PARVIS_STRIPE["base"]).port or 0
    provider = PaymentProvider(
        port=wanted, hook=f"http://{bind}{reverse('stripe_events')}", kept_in=settings.PARVIS_DATA / "payments.json"
    )
    try:
        server = payments_http.server_of(provider)
    except OSError:
        provider.port = 0
        server = payments_http.server_of(provider)
    settings.PARVIS_STRIPE["base"] = f"http://127.0.0.1:{provider.port}"

    def serve() -> None:
        listener.close()
        server.serve_forever()

    child = _fork("parvis-payments", serve)
    server.server_close()
    return child


def _answers(bind: str, children: Mapping[str, ForkProcess]) -> bool:
    """Waits until the web server answers; False when a process ended, or STARTING seconds passed, before it did."""
    deadline = time.monotonic() + STARTING
    while time.monotonic() < deadline and all(child.is_alive() for child in children.values()):
        try:
            with urllib.request.urlopen(f"http://{bind}/healthz", timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return False


def _watch(children: dict[str, ForkProcess]) -> int:
    while True:
        for name, child in children.items():
            if not child.is_alive():
                if name == MAIL and (child.exitcode or 0) < 0:  # a message killed it
                    print(f"The {name} was killed (exit code {child.exitcode}). It is started again.", file=sys.stderr)
                    connections.close_all()
                    children[MAIL] = _fork("parvis-mail", mail.run)
                    break
                code = child.exitcode
                print(f"The {name} stopped by itself (exit code {code}). Everything is being stopped.", file=sys.stderr)
                return 1
        time.sleep(0.3)


def _terminate(children: Mapping[str, ForkProcess]) -> None:
    """Terminates each process, and kills the process group of any still alive after STOPPING seconds."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    for child in children.values():
        if child.is_alive():
            child.terminate()
    deadline = time.monotonic() + STOPPING
    for name, child in children.items():
        child.join(max(0.1, deadline - time.monotonic()))
        if child.is_alive() and child.pid:
            print(f"The {name} did not stop in time and was killed.", file=sys.stderr)
            os.killpg(child.pid, signal.SIGKILL)


def welcome(bind: str) -> str:
    """The text printed once the service answers: URLs and, in demo, the sample accounts."""
    try:
        name = town().name
    except NotFound:
        name = "no town is loaded: parvis load-town PATH"
    site = f"http://{bind}"
    lines = ["", f"  Parvis: {name}", "", f"  Citizens    {site}/", f"  Staff       {site}/staff/login/"]
    if settings.PARVIS_DEMO:
        lines += [f"  Mailbox     {site}/dev/mail/"]
        if settings.PARVIS_PAYMENTS_STANDIN:
            lines += [f"  Payments    {settings.PARVIS_STRIPE['base']}/control"]
        lines += ["", "  Sample accounts:"]
        with translation.override(settings.LANGUAGE_CODE):
            for card in sample_cards():
                places = ", ".join(f"{role} ({department})" for role, department in card.places)
                lines.append(f"    {card.key or ' '} {card.name}: {places}")
    return "\n".join([*lines, "", "  Ctrl+C stops.", ""])
