"""The errors of the Graph API, in the terms that decide what to do next."""

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from parvis.apps.social.channels.failures import Forbidden, Gone, TokenDead, Wait
from parvis.apps.social.channels.http import Answer
from parvis.lib.transport import DeliveryUncertain, PermanentError, TransientError, TransportError
from parvis.lib.words import one_line

TOKEN = {102, 190, 467}
LIMITED = {4, 17, 32, 341, 613}
BLOCKED = 368  # abuse was suspected: to insist makes it worse
UNCERTAIN = {1, 2}
PERMISSION = {3, 10}
PERMISSIONS = range(200, 300)
MISSING = (100, 33)
OUTSIDE_WINDOW = 2018278
LIMITED_WAIT, BLOCKED_WAIT = timedelta(minutes=15), timedelta(hours=1)


def failure(answer: Answer, *, reading: bool) -> TransportError:
    """What an answer that is not a success means. `reading`: nothing was asked to be done."""
    error = answer.values.get("error")
    error = error if isinstance(error, Mapping) else {}
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    words = one_line(str(error.get("message") or f"HTTP {answer.status}"))[:300]
    name = f"{code}/{subcode}" if subcode else str(code or "")
    if code in TOKEN:
        return TokenDead(words, name)
    if code == BLOCKED:
        return Wait(words, name, BLOCKED_WAIT)
    if code in LIMITED or answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return Wait(words, "wait", LIMITED_WAIT)
    if (code, subcode) == MISSING or answer.status == HTTPStatus.NOT_FOUND:
        return Gone(words, name)
    if subcode == OUTSIDE_WINDOW:
        return Forbidden(words, "window")
    if code in PERMISSION or code in PERMISSIONS:
        return Forbidden(words, "200" if code in PERMISSIONS else "10")
    if code in UNCERTAIN or not code or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return TransientError(words, "silent") if reading else DeliveryUncertain(words, "doubt")
    return PermanentError(words, name)


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0
