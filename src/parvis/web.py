"""The web server: gunicorn, several processes of several threads.

The application is loaded once and shared by the processes forked from it. No database connection crosses a fork: two
processes would share one socket of PostgreSQL, or the file lock that puts the writers of SQLite in order.
"""

import gc
import os
import sys
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from wsgiref.util import setup_testing_defaults

from django.conf import settings
from django.db import DatabaseError, connection, connections
from gunicorn.app.base import BaseApplication

from parvis.directory.calendar import quebec_holidays
from parvis.knowledge.queries import suggest
from parvis.lib import clock
from parvis.lib.collector import put_off
from parvis.lib.even import gone
from parvis.lib.jobs import resolve
from parvis.lib.long_address import KindWorker
from parvis.public.everyone import release

# On SQLite, a thread that holds the write lock asks for the interpreter again after each statement. At Python's 5 ms, a
# thread busy with a page would make it, and all those who wait for the lock, wait for that long each time.
# On PostgreSQL, one that waits gives the interpreter up by itself: to be interrupted besides only costs (ADR 0017).
SWITCH_SECONDS = 0.0005
# A page makes thousands of objects that go with it, none in a cycle: Python would look for cycles every 2,000 of them.
GARBAGE = (20_000, 20, 20)
FIRST_PAGES = ("/", "/staff/login/")


def _close_connections(server: Any, worker: Any) -> None:
    connections.close_all()


def configuration(bind: str) -> dict[str, Any]:
    """Gunicorn's settings. The access log is ours (`parvis.access`), so its own stays off."""
    return {
        "bind": [bind],
        "preload_app": True,
        "pre_fork": _close_connections,
        "child_exit": gone,
        "worker_class": KindWorker,
        "workers": settings.PARVIS_WEB_WORKERS,
        "threads": settings.PARVIS_WEB_THREADS,
        "keepalive": 5,
        "timeout": 60,
        "limit_request_line": 8190,  # a question of 2,000 letters in an address, and accents take six each
        "graceful_timeout": 30,
        "max_requests": 20_000,
        "max_requests_jitter": 2_000,
        "worker_tmp_dir": "/dev/shm" if Path("/dev/shm").is_dir() else None,
        "control_socket_disable": True,
        "loglevel": "warning",
        "forwarded_allow_ips": os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1"),
        "proc_name": "parvis-web",
    }


class WebServer(BaseApplication):
    """Serves `parvis.wsgi` on one address."""

    def __init__(self, bind: str) -> None:
        self.bind = bind
        super().__init__()

    def load_config(self) -> None:
        """Takes the settings above; neither the command line nor a file of gunicorn's is read."""
        for name, value in configuration(self.bind).items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application, loaded now, once static files exist."""
        return loaded()


@cache
def loaded() -> Any:
    """The application, with its addresses and views already imported, for the processes forked from here to share.

    With it, what a first call or a first page would wait for: the holidays, the subjects, the mark of this release. A
    page or two are made here, since each process would have to itself what its first page changes in memory. All this
    is set aside from the garbage collector: it stays shared. Whoever forks closes the connections opened here.
    """
    with put_off():
        application = resolve("parvis.wsgi.application")
        quebec_holidays([clock.today().year])
        release()
        with suppress(DatabaseError):  # a database that is not ready yet is for /readyz to tell
            suggest("bonjour, une question")  # words, so that the encoder is read too
            for path in FIRST_PAGES:
                _serve(application, path)
    gc.freeze()
    return application


def _serve(application: Any, path: str) -> None:
    """Makes a page for nobody: the log calls it `at-start`."""
    site = urlsplit(settings.PARVIS_URL)
    environ = {"PATH_INFO": path, "HTTP_HOST": site.netloc, "wsgi.url_scheme": site.scheme}
    environ["HTTP_X_REQUEST_ID"] = "at-start"
    setup_testing_defaults(environ)
    with closing(application(environ, lambda *_: None)) as page:
        b"".join(page)


def serve(bind: str) -> None:
    """Serves on host:port until SIGTERM or SIGINT; requests in hand are finished. Never returns."""
    if connection.vendor == "sqlite":
        sys.setswitchinterval(SWITCH_SECONDS)
    gc.set_threshold(*GARBAGE)
    WebServer(bind).run()
