"""Logging filters: one adds the request id, one removes secrets contained in URLs, one removes e-mail addresses."""

import logging
import re
from contextvars import ContextVar

from django.http import HttpRequest

request_id: ContextVar[str] = ContextVar("request_id", default="-")
_EMAIL = re.compile(r"[^\s<>()\[\]{}:;,=\"'/]+@[^\s<>()\[\]{}:;,=\"'/]+")
_plain = logging.Formatter()


class RequestIdFilter(logging.Filter):
    """Adds `request_id` to each record: the id of the current web request or job, or '-'."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


class SecretsFilter(logging.Filter):
    """Replaces URLs with their route in records that carry a request (`django.request`, `django.security.*`), and drops
    the request itself: some URLs hold a citizen's secret or a password reset key.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        request = record.__dict__.get("request")
        if isinstance(request, HttpRequest):
            del record.__dict__["request"]
            record.msg, record.args = _without_addresses(record.getMessage(), request), ()
        return True


class EmailsFilter(logging.Filter):
    """Replaces e-mail addresses with "…" in a record and in its traceback: libraries and mail servers name people."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = _EMAIL.sub("…", record.getMessage()), ()
        if record.exc_info:
            record.exc_text, record.exc_info = _plain.formatException(record.exc_info), None
        if record.exc_text:
            record.exc_text = _EMAIL.sub("…", record.exc_text)
        return True


def logged_path(request: HttpRequest) -> str:
    """The route of the request with its integer arguments filled in; text arguments (secrets, searches) are left out.

    A URL that matches no route gives its first segment only.
    """
    match = request.resolver_match
    if match is None:
        return "/" + request.path_info.lstrip("/").partition("/")[0][:40]

    def fill(parameter: re.Match[str]) -> str:
        value = match.kwargs.get(parameter[1])
        return str(value) if isinstance(value, int) else parameter[0]

    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", fill, match.route or "")


def _without_addresses(words: str, request: HttpRequest) -> str:
    """Replaces the requested URL with its route, and the referring page with "(referer)".

    Django escapes non-ASCII text before logging it (`log_response`): both spellings are replaced.
    """
    referer = request.META.get("HTTP_REFERER", "")
    spellings = {referer: "(referer)"} if referer else {}
    for address in (request.get_full_path(), request.path, request.path_info):
        if address.strip("/"):
            spellings[address] = logged_path(request)
    spellings |= {raw.encode("unicode_escape").decode("ascii"): shown for raw, shown in spellings.items()}
    for raw in sorted(spellings, key=len, reverse=True):
        words = words.replace(raw, spellings[raw])
    return words
