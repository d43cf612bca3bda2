"""Who asks: the key of a program, its scopes and its quota; or nobody, within the limit of an address."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from ninja import Status
from ninja.security import HttpBearer

from parvis.apps.directory.models import ApiKey
from parvis.apps.directory.rules.permissions import Scope
from parvis.apps.directory.services.keys import KeyRefusal, KeyRefused, count_use, use_key
from parvis.apps.idempotency import services as idempotency
from parvis.apps.idempotency.rules import digest, fingerprint, submission_key
from parvis.lib import clock
from parvis.lib.limits import client_address, within_here
from parvis.lib.program_headers import LONGEST_IDEMPOTENCY_KEY, bearer, idempotency_key
from parvis.surfaces.api.problems import Problem

WITHOUT_KEY, WINDOW = 60, 60


class ApiRequest(HttpRequest):
    """A request that passed the gate."""

    auth: ApiKey
    api_headers: dict[str, str]


class WithKey(HttpBearer):
    """Demands a key that has a scope, and counts its use."""

    openapi_description = "A key made by a manager of the town at /desk/keys/: parvis.xxxx.yyyy"

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> ApiKey:
        sent = bearer(request)
        if not sent:
            raise Problem(401, "key-missing", _("Ask the town for a key: %(url)s") % {"url": "/api/v1/"})
        return self.authenticate(request, sent)

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey:
        """The key of that secret. Raises KeyRefused."""
        key = use_key(token, self.scope)
        _count(request, key)
        return key


class Anyone(HttpBearer):
    """Lets anyone ask, so many times a minute from an address; a key that has the scope asks within its own quota."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> object:
        return self.authenticate(request, bearer(request))

    def authenticate(self, request: HttpRequest, token: str) -> object:
        """The key, or "anyone". Raises KeyRefused for a key that is not good, Problem beyond the limit."""
        if token:
            try:
                key = use_key(token, self.scope)
            except KeyRefused as refused:
                if refused.reason != KeyRefusal.SCOPE:
                    raise
            else:
                _count(request, key)
                return key
        if not within_here("api", client_address(request), times=WITHOUT_KEY, seconds=WINDOW):
            retry_at = clock.now() + timedelta(seconds=WINDOW)
            raise Problem(429, "too-many", _("Try again in a minute, or ask the town for a key."), retry_at=retry_at)
        return "anyone"


ONCE = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": gettext_noop("Of your own, for each write: sent again, it is done once. Made for you without it."),
    "schema": {"type": "string", "maxLength": LONGEST_IDEMPOTENCY_KEY},
}


def needs(scope: Scope, *, once: bool = False) -> dict[str, Any]:
    """The arguments of an operation that demands a key with a scope; `once`: of one that `write_once` does."""
    extra: dict[str, Any] = {"x-scope": str(scope)}
    return {"auth": WithKey(scope), "openapi_extra": extra | ({"parameters": [ONCE]} if once else {})}


def anyone() -> dict[str, Any]:
    """The arguments of an operation that needs no key."""
    return {"auth": Anyone(Scope.ANSWERS_READ), "openapi_extra": {"x-without-key": True}}


def _count(request: HttpRequest, key: ApiKey) -> None:
    headers: dict[str, str] = request.api_headers  # type: ignore[attr-defined]
    headers |= {"RateLimit-Limit": str(key.per_minute), "RateLimit-Remaining": "0"}
    headers["RateLimit-Reset"] = str(60 - clock.now().second)
    uses = count_use(key)
    headers["RateLimit-Remaining"] = str(max(0, min(key.per_minute - uses.minute, key.per_day - uses.day)))


def write_once(request: ApiRequest, work: Callable[[str], tuple[int, dict[str, Any]]]) -> "Status[dict[str, Any]]":
    """Does `work`, once for the Idempotency-Key of the request; the response says the key that was used.

    `work` receives the key of what it makes. Raises what it raises, SentOtherwise, and Problem for a key too long.
    """
    sent = idempotency_key(request)
    if sent is None:
        raise Problem(400, "idempotency-key", _("Idempotency-Key is 200 printable characters at most."))
    chosen = sent or uuid4().hex
    identity = fingerprint(str(request.method), request.path, request.body)
    answered = idempotency.once(
        scope=f"api:{request.auth.pk}",
        key=digest(chosen),
        fingerprint=identity,
        work=lambda: work(submission_key(request.auth.prefix, chosen)),
    )
    request.api_headers["Idempotency-Key"] = chosen
    if answered.repeated:
        request.api_headers["Idempotent-Replayed"] = "true"
    return Status(answered.status, answered.body)
