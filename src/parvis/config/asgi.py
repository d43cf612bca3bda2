"""ASGI application, for those who prefer an asynchronous server; `parvis web` uses WSGI."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parvis.config.settings")
application = get_asgi_application()
