"""The smallest page that Django serves, under gunicorn as Parvis is: `python -m bench.minimal PORT`."""

import sys
from typing import Any

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path
from gunicorn.app.base import BaseApplication


def hello(request: HttpRequest) -> HttpResponse:
    """One word."""
    return HttpResponse("bonjour", headers={"Content-Length": "7"})


urlpatterns = [path("", hello)]


class Server(BaseApplication):  # type: ignore[misc]
    """Two processes of four threads, as Parvis has them by default."""

    def load_config(self) -> None:
        """Nothing is read from the command line."""
        values = {"bind": [f"127.0.0.1:{sys.argv[1]}"], "worker_class": "gthread", "workers": 2, "threads": 4}
        for name, value in {**values, "preload_app": True, "control_socket_disable": True}.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application."""
        return get_wsgi_application()


if __name__ == "__main__":
    settings.configure(ROOT_URLCONF="bench.minimal", ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY="none", MIDDLEWARE=[])
    django.setup()
    Server().run()
