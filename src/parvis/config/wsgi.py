"""WSGI application."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parvis.config.settings")
application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018  imports every view before the processes fork, so that they share memory
