"""What every address of Open311 does first: the method, the language, the format, the jurisdiction, the key."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from parvis.apps.directory.models import ApiKey
from parvis.apps.directory.queries import Jurisdiction, jurisdictions
from parvis.apps.directory.rules.permissions import Scope
from parvis.apps.directory.services.keys import KeyRefusal, KeyRefused, count_use, use_key
from parvis.lib import clock
from parvis.lib.errors import NotFound, Refused
from parvis.lib.limits import client_address, within_here
from parvis.lib.program_headers import bearer
from parvis.surfaces.open311.asker import NulFound, format_of, language_of, parameters
from parvis.surfaces.open311.errors import Failure, key_failure, respond_failure

READINGS, WINDOW = 600, 60
Values = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A request to Open311, read: its format, its parameters, its jurisdiction and its key, if any."""

    request: HttpRequest
    form: str
    values: QueryDict
    jurisdiction: Jurisdiction | None = None
    key: ApiKey | None = field(default=None, compare=False)

    def text(self, name: str) -> str:
        """The last value of a parameter, without blanks around it; "" when it is absent."""
        return str(self.values.get(name, "")).strip()

    @property
    def sectors(self) -> tuple[str, ...]:
        """The sectors of the jurisdiction; none is the whole town."""
        return self.jurisdiction.sectors if self.jurisdiction else ()


Endpoint = Callable[..., HttpResponse]


def endpoint(**methods: Endpoint) -> Callable[..., HttpResponseBase]:
    """A view of one address from its functions by method (`get`, `post`); a GET answers HEAD too.

    Each receives an `Asked` and the arguments of the URL. Failures and refusals become Open311's errors; the method is
    one of them (400, as for anything else that is not about a key or a thing unknown).
    """

    @csrf_exempt
    def view(request: HttpRequest, **arguments: Any) -> HttpResponseBase:
        form = arguments.pop("form", None) or format_of(request.path_info)
        language = language_of(request)
        with translation.override(language):
            try:
                response = _answer(request, form, methods, arguments)
            except Failure as failure:
                response = respond_failure(form, failure)
            except NotFound as refused:
                response = respond_failure(form, Failure(str(refused), status=404))
            except Refused as refused:
                response = respond_failure(form, Failure([str(refused), *map(str, refused.fields.values())]))
        response["Content-Language"] = language
        response["Access-Control-Allow-Origin"] = "*"
        patch_vary_headers(response, ["Accept-Language"])
        return response

    return view


def _answer(request: HttpRequest, form: str, methods: dict[str, Endpoint], arguments: Values) -> HttpResponse:
    method = "get" if request.method == "HEAD" else str(request.method).lower()
    if method not in methods:
        allowed = ", ".join(name.upper() for name in methods)
        text = _("This address answers %(methods)s only.") % {"methods": allowed}
        raise Failure(text, reason="method")
    if method == "get" and not within_here("open311", client_address(request), times=READINGS, seconds=WINDOW):
        raise Failure(
            _("Too many calls from here. Try again in a minute."),
            reason="too-many",
            retry_at=clock.now() + timedelta(seconds=WINDOW),
        )
    try:
        values = parameters(request)
    except NulFound as found:
        text = _("A NUL character (U+0000) is in %(name)s: nothing can keep it.") % {"name": str(found)[:80]}
        raise Failure(text, reason="characters") from None
    return methods[method](Asked(request, form, values), **arguments)


def in_jurisdiction(view: Endpoint) -> Endpoint:
    """Demands `jurisdiction_id` when the town has several: missing is 400, unknown is 404."""

    @wraps(view)
    def within(asked: Asked, **arguments: Any) -> HttpResponse:
        return view(_with_jurisdiction(asked), **arguments)

    return within


def _with_jurisdiction(asked: Asked) -> Asked:
    known, wanted = jurisdictions(), asked.text("jurisdiction_id")
    names = ", ".join(row.id for row in known)
    if not wanted and len(known) > 1:
        text = _("jurisdiction_id is missing. Those of this server: %(names)s.") % {"names": names}
        raise Failure(text, reason="jurisdiction-missing")
    chosen = next((row for row in known if row.id == wanted or (not wanted and len(known) == 1)), None)
    if chosen is None:
        text = _("jurisdiction_id is unknown: %(id)s. Those of this server: %(names)s.")
        raise Failure(text % {"id": wanted[:80], "names": names}, status=404, reason="jurisdiction-unknown")
    return Asked(asked.request, asked.form, asked.values, chosen)


def with_key(view: Endpoint, *, required: bool) -> Endpoint:
    """Reads `api_key`, or an Authorization: Bearer header, and counts its use; absent, refuses only when `required`."""

    @wraps(view)
    def keyed(asked: Asked, **arguments: Any) -> HttpResponse:
        return view(_with_key(asked, required), **arguments)

    return keyed


def _with_key(asked: Asked, required: bool) -> Asked:
    sent = asked.text("api_key") or bearer(asked.request)
    if not sent and not required:
        return asked
    try:
        if not sent:
            text = _("api_key is missing. How to ask for one: %(url)s")
            page = asked.request.build_absolute_uri("/open311/")
            raise KeyRefused(KeyRefusal.UNKNOWN, text % {"url": page})
        key = use_key(sent, Scope.OPEN311_WRITE)
        here = asked.jurisdiction.id if asked.jurisdiction else ""
        if key.jurisdiction and here and key.jurisdiction != here:
            text = _("This key is for the jurisdiction %(id)s only.") % {"id": key.jurisdiction}
            raise KeyRefused(KeyRefusal.SCOPE, text)
        count_use(key)
    except KeyRefused as refused:
        raise key_failure(refused) from refused
    return Asked(asked.request, asked.form, asked.values, asked.jurisdiction, key)
