"""The application for an asynchronous server, for those who prefer one; `parvis web` uses wsgi."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parvis.config.settings")
application = get_asgi_application()
