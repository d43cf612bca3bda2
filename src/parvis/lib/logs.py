"""What every log line carries, and what none may: the request id is added, the secrets of addresses are taken out."""

import logging
import re
from contextvars import ContextVar

from django.http import HttpRequest

request_id: ContextVar[str] = ContextVar("request_id", default="-")


class RequestIdFilter(logging.Filter):
    """Adds `request_id` to each record: the id of the web request or job being served, or '-'."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


class SecretsFilter(logging.Filter):
    """Writes the address of a request as its route, in every record that bears the request (`django.request`,
    `django.security.*`), and takes the request itself out: some addresses hold a citizen's secret or a password's key.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        request = record.__dict__.get("request")
        if isinstance(request, HttpRequest):
            del record.__dict__["request"]
            record.msg, record.args = _without_addresses(record.getMessage(), request), ()
        return True


def logged_path(request: HttpRequest) -> str:
    """The route of the request with its numbers filled in; a word in the address (a secret, a search) stays out.

    An address that leads nowhere gives its first part only.
    """
    match = request.resolver_match
    if match is None:
        return "/" + request.path_info.lstrip("/").partition("/")[0][:40]

    def fill(item: re.Match[str]) -> str:
        value = match.kwargs.get(item[1])
        return str(value) if isinstance(value, int) else item[0]

    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", fill, match.route or "")


def _without_addresses(words: str, request: HttpRequest) -> str:
    """The words, in which the address asked for becomes its route, and the page it was asked from a mere mention.

    Django escapes what is not ASCII before it logs (`log_response`): both spellings are looked for.
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
