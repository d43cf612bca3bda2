"""The smallest page that Django serves, under the web server of Parvis: `python -m bench.minimal PORT`."""

import sys

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

from parvis.runtime import prefork


def hello(request: HttpRequest) -> HttpResponse:
    """One word."""
    return HttpResponse("bonjour", headers={"Content-Length": "7"})


urlpatterns = [path("", hello)]


if __name__ == "__main__":
    settings.configure(ROOT_URLCONF="bench.minimal", ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY="none", MIDDLEWARE=[])
    django.setup()
    prefork.serve(get_wsgi_application(), prefork.listen("127.0.0.1", int(sys.argv[1])), processes=2, threads=1)
