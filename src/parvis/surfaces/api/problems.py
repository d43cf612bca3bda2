"""Problems as `application/problem+json` (RFC 9457), in the language of the asker: the only place that makes one."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import ceil
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _

from parvis.apps.directory.services.keys import KeyRefusal, KeyRefused
from parvis.apps.leisure.services.refusals import Full, NotOpen
from parvis.lib import clock
from parvis.lib.errors import Refused

CONTENT_TYPE = "application/problem+json"
MOST_ERRORS = 50


class Problem(Exception):
    """What cannot be done: an HTTP status, a code for programs, a sentence for people, what is wrong by field, and what
    more a program needs.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str = "",
        *,
        errors: Sequence[Mapping[str, str]] = (),
        retry_at: datetime | None = None,
        more: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail or code)
        self.status, self.code, self.detail = status, code, detail
        self.errors, self.retry_at = [dict(error) for error in errors][:MOST_ERRORS], retry_at
        self.more = dict(more or {})


def titles() -> dict[str, str]:
    """What each code means, in the active language."""
    return {
        "malformed": _("What was sent cannot be read."),
        "invalid": _("Something sent is missing, or means nothing here."),
        "key-missing": _("This needs a key: Authorization: Bearer parvis.xxxx.yyyy."),
        "key-unknown": _("This key opens nothing."),
        "key-revoked": _("This key was revoked."),
        "key-expired": _("This key is no longer good."),
        "key-scope": _("This key does not allow that."),
        "key-quota": _("This key has made all its calls for now."),
        "too-many": _("Too many calls without a key from this address."),
        "not-allowed": _("This is not allowed."),
        "not-found": _("Nothing is there."),
        "method": _("This address does not answer that method."),
        "conflict": _("The state of things no longer allows this."),
        "idempotency-key": _("This Idempotency-Key cannot be used."),
        "idempotency-key-reused": _("This Idempotency-Key was sent with another content."),
        "not-open": _("Registration is not open yet for this household."),
        "not-admitted": _("There is a line, and it is not the turn of this household."),
        "closed": _("Registration is over."),
        "full": _("Too few places are left."),
        "too-large": _("What was sent is too large."),
        "media-type": _("This type of content is not read here."),
        "fault": _("Something failed on our side."),
    }


_BY_STATUS = {
    **{400: "malformed", 401: "key-unknown", 403: "not-allowed", 404: "not-found", 405: "method", 409: "conflict"},
    **{413: "too-large", 415: "media-type", 422: "invalid", 429: "too-many"},
}


def of_status(status: int) -> Problem:
    """The problem of a status, for what was refused before it reached us."""
    return Problem(status, _BY_STATUS.get(status, "fault" if status >= 500 else "malformed"))  # noqa: PLR2004


def of_refused(refused: Refused) -> Problem:
    """The problem of a refusal of a service."""
    if isinstance(refused, KeyRefused):
        status = {KeyRefusal.SCOPE: 403, KeyRefusal.QUOTA: 429}.get(refused.reason, 401)
        return Problem(status, f"key-{refused.reason}", str(refused), retry_at=refused.retry_at)
    errors = [{"field": name, "message": str(words)} for name, words in refused.fields.items()]
    more: dict[str, str] = {}
    if isinstance(refused, NotOpen):
        more["opens_at"] = refused.opens_at.astimezone(UTC).isoformat()
    if isinstance(refused, Full) and refused.suggestion:
        more["suggestion"] = refused.suggestion.slug
    return Problem(refused.status, refused.code, str(refused), errors=errors, more=more)


def respond(problem: Problem) -> HttpResponse:
    """The response of a problem; with a WWW-Authenticate for a key, a Retry-After for a quota."""
    title = titles().get(problem.code, problem.detail)
    values: dict[str, Any] = {
        "type": f"{settings.PARVIS_URL}/api/v1/#{problem.code}",
        "title": title,
        "status": problem.status,
        "detail": problem.detail or title,
        "code": problem.code,
    }
    values |= problem.more
    if problem.errors:
        values["errors"] = problem.errors
    content = json.dumps(values, ensure_ascii=False).encode("utf-8", "replace")
    response = HttpResponse(content, content_type=CONTENT_TYPE, status=problem.status)
    if problem.status == 401:  # noqa: PLR2004
        response["WWW-Authenticate"] = 'Bearer realm="Parvis"'
    if problem.retry_at:
        seconds = (problem.retry_at - clock.now()).total_seconds()
        response["Retry-After"] = str(max(1, ceil(seconds)))
    return response
