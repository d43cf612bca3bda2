"""Conversion of URLs in the environment to Django settings."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

WEBHOOK_PROVIDERS = ("brevo", "mailjet", "postmark", "sendgrid", "sparkpost")  # those that sign in by user and password
PREPARED_AT = 5  # executions of a statement before psycopg prepares it
# Checkpoint the WAL every 16 MB of writes rather than 4, so that a page many cases write is copied back less often.
_SQLITE = {"journal_mode": "WAL", "synchronous": "FULL", "cache_size": "-6000", "wal_autocheckpoint": "4000"}


def mail_server(url: str, name: str = "PARVIS_SMTP_URL") -> dict[str, Any]:
    """Django's EMAIL_* settings for an smtp://, smtp+tls:// or smtps:// URL, the value of the variable `name`.

    The user and the password are percent-encoded, as in any URL. ImproperlyConfigured for an invalid URL.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtp+tls", "smtps"):
        raise ImproperlyConfigured(f"{name} must begin with smtp://, smtp+tls:// or smtps://.")
    try:
        port = parts.port
    except ValueError as error:
        raise ImproperlyConfigured(f"The port of {name} must be a whole number up to 65535.") from error
    return {
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": port or {"smtp": 25, "smtp+tls": 587, "smtps": 465}[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 20,
    }


def mailbox_passwords(text: str) -> dict[str, str]:
    """The passwords of "info=secret loisirs=other", by mailbox; ImproperlyConfigured for anything else."""
    result = {}
    for word in text.split():
        slug, _, password = word.partition("=")
        if not slug or not password:
            raise ImproperlyConfigured("PARVIS_MAIL_PASSWORDS must be <mailbox>=<password>, separated by spaces.")
        result[slug] = unquote(password)
    return result


def mail_problems(env: Mapping[str, str]) -> list[str]:
    """Errors in the settings of incoming mail and of alarms, one sentence each."""
    result = []
    try:
        mailbox_passwords(env["PARVIS_MAIL_PASSWORDS"])
        if env["PARVIS_ALARM_SMTP_URL"]:
            mail_server(env["PARVIS_ALARM_SMTP_URL"], "PARVIS_ALARM_SMTP_URL")
    except ImproperlyConfigured as error:
        result.append(str(error))
    listen = urlsplit(env["PARVIS_MAIL_LISTEN"])
    if env["PARVIS_MAIL_LISTEN"] and (listen.scheme not in ("lmtp", "smtp") or not listen.hostname):
        result.append("PARVIS_MAIL_LISTEN must be an address such as lmtp://127.0.0.1:2424.")
    provider, secret = env["PARVIS_MAIL_WEBHOOK"], env["PARVIS_MAIL_WEBHOOK_SECRET"]
    if provider and provider not in WEBHOOK_PROVIDERS:
        result.append(f"PARVIS_MAIL_WEBHOOK must be one of {', '.join(WEBHOOK_PROVIDERS)}.")
    if provider and ":" not in secret:
        result.append("PARVIS_MAIL_WEBHOOK_SECRET must be user:password: without it anybody could write to the town.")
    return result


def database(url: str, data: Path) -> dict[str, Any]:
    """A Django database: SQLite with full durability and a fair write lock, or PostgreSQL with prepared statements.

    Use `?prepare=off` with a pooler that does not support prepared statements.
    """
    if url and not url.startswith("sqlite"):
        result: dict[str, Any] = dict(dj_database_url.parse(url, conn_max_age=600, conn_health_checks=True))
        if result["ENGINE"] == "django.db.backends.postgresql":
            result["ENGINE"] = "parvis.lib.database.postgresql"
            options = result.setdefault("OPTIONS", {})
            if options.pop("prepare", "") != "off":
                options["prepare_threshold"] = PREPARED_AT
        return result
    return {
        "ENGINE": "parvis.lib.database.sqlite",
        "NAME": url.removeprefix("sqlite:///") or str(data / "parvis.sqlite3"),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "; ".join(f"PRAGMA {name}={value}" for name, value in _SQLITE.items()),
        },
    }


def received_storage(env: Mapping[str, str], data: Path) -> dict[str, Any]:
    """The storage of received files: a folder of `data`, or the S3-compatible bucket of PARVIS_FILES_URL.

    Objects are private: only the service reads them, with its own keys. ImproperlyConfigured for an invalid URL.
    """
    if not (url := env["PARVIS_FILES_URL"]):
        folder = {"location": str(data / "received")}
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": folder}
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    endpoint = query.pop("endpoint", "")
    region = query.pop("region", "")
    if parts.scheme != "s3" or not parts.netloc or "@" in parts.netloc or query:
        raise ImproperlyConfigured(
            "PARVIS_FILES_URL must be s3://bucket/folder?endpoint=https://...&region=..., without any key in it."
        )
    if endpoint and urlsplit(endpoint).scheme not in ("http", "https"):
        raise ImproperlyConfigured("The endpoint of PARVIS_FILES_URL must begin with https:// or http://.")
    return {
        "BACKEND": "parvis.apps.files.rules.bucket.Bucket",
        "OPTIONS": {
            "bucket_name": parts.netloc,
            "location": parts.path.strip("/"),
            "endpoint_url": endpoint or None,
            "region_name": region or None,
            "access_key": env["PARVIS_FILES_KEY"] or None,
            "secret_key": env["PARVIS_FILES_SECRET"] or None,
            "addressing_style": "path" if endpoint else "auto",
        },
    }
