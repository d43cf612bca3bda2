"""django-helpdesk as one would run it: DEBUG off, no log, WAL on SQLite, connections kept.

PEER_HOME is its folder, PEER_URL its PostgreSQL database ("" is SQLite in the folder), PEER_SMTP_PORT where mail goes.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

HOME = Path(os.environ["PEER_HOME"])
_URL = urlsplit(os.environ.get("PEER_URL", ""))
SECRET_KEY = "for measuring only"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
SITE_ID = 1
USE_TZ = True
TIME_ZONE = "America/Toronto"
LANGUAGE_CODE = "fr"
INSTALLED_APPS = [
    *("django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"),
    *("django.contrib.messages", "django.contrib.staticfiles", "django.contrib.sites", "django.contrib.humanize"),
    *("rest_framework", "django_cleanup.apps.CleanupConfig", "helpdesk"),
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "bench.peers.inside.helpdesk_urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
_SQLITE: dict[str, Any] = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": HOME / "helpdesk.sqlite3",
    "CONN_MAX_AGE": 600,
    "OPTIONS": {
        "timeout": 30,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
    },
}
_POSTGRES: dict[str, Any] = {
    "ENGINE": "django.db.backends.postgresql",
    "NAME": _URL.path.lstrip("/"),
    "USER": unquote(_URL.username or ""),
    "PASSWORD": unquote(_URL.password or ""),
    "HOST": unquote(_URL.hostname or ""),
    "PORT": str(_URL.port or ""),
    "CONN_MAX_AGE": 600,
}
DATABASES = {"default": _POSTGRES if _URL.path else _SQLITE}
STATIC_URL = "/static/"
MEDIA_ROOT = str(HOME / "media")
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
LOGIN_URL = "/login/"
EMAIL_HOST, EMAIL_PORT = "127.0.0.1", int(os.environ.get("PEER_SMTP_PORT", "25"))
HELPDESK_TEAMS_MODE_ENABLED = False
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"none": {"class": "logging.NullHandler"}},
    "root": {"handlers": ["none"], "level": "ERROR"},
}
