"""Open311's own errors, in the format and the language of the asker."""

from collections.abc import Sequence
from datetime import datetime
from math import ceil
from typing import Any

from django.core.exceptions import TooManyFilesSent
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.defaults import bad_request as default_bad_request

from parvis.apps.directory.services.keys import KeyRefused
from parvis.lib import clock
from parvis.surfaces.open311.asker import format_of, language_of
from parvis.surfaces.open311.wire import Items, respond

PREFIX = "/open311/"
REASON = "X-Open311-Reason"


class Failure(Exception):
    """What cannot be done: an HTTP status, a description for each error, and a reason for programs.

    `retry_at` is when the same may be sent again.
    """

    def __init__(
        self,
        descriptions: str | Sequence[str],
        *,
        status: int = 400,
        reason: str = "",
        retry_at: datetime | None = None,
    ) -> None:
        self.descriptions = [descriptions] if isinstance(descriptions, str) else list(descriptions)
        super().__init__("; ".join(self.descriptions))
        self.status, self.reason, self.retry_at = status, reason, retry_at


def key_failure(refused: KeyRefused) -> Failure:
    """The failure of a key: 403 as GeoReport says, for a quota too, with a Retry-After."""
    return Failure(str(refused), status=403, reason=f"key-{refused.reason}", retry_at=refused.retry_at)


def respond_failure(form: str, failure: Failure) -> HttpResponse:
    """The errors in a format; their code is the HTTP status."""
    errors: list[Any] = [{"code": failure.status, "description": text} for text in failure.descriptions]
    response = respond(form, "errors", Items("error", errors), status=failure.status)
    if failure.reason:
        response[REASON] = failure.reason
    if failure.retry_at:
        seconds = (failure.retry_at - clock.now()).total_seconds()
        response["Retry-After"] = str(max(1, ceil(seconds)))
    response["Cache-Control"] = "no-store"
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """The answer to a request too large or malformed to be read: Open311's own under /open311/, else Django's."""
    if not request.path_info.startswith(PREFIX):
        return default_bad_request(request, exception)
    with translation.override(language_of(request)):
        text = _("This form cannot be read: send fewer or smaller fields, form-encoded or multipart, in UTF-8.")
        if isinstance(exception, TooManyFilesSent):
            text = _("Ten photos at most: send fewer files.")
        return respond_failure(format_of(request.path_info), Failure(text, reason="unreadable"))
