"""What every request passes through: its id and its log line, the door of the staff, the answer to a refusal."""

import logging
import re
import time
import uuid
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlsplit

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from parvis.apps.directory import services as directory
from parvis.apps.directory.models import User
from parvis.apps.identity.factor import has_proved_factor, where_to_prove
from parvis.apps.identity.navigation import STAFF_ONLY, STAFF_PAGES
from parvis.apps.identity.pages import refusal
from parvis.apps.identity.services import follow_roles, speak
from parvis.lib.errors import Refused
from parvis.lib.languages import LANGUAGES
from parvis.lib.logs import logged_path, request_id
from parvis.ui.context import LANGUAGE_PARAMETER
from parvis.ui.views import remember

Next = Callable[[HttpRequest], HttpResponse]

EDITION = "/edition/"
QUIET = ("/static/", "/healthz", "/readyz")
WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,40}")

access_log = logging.getLogger("parvis.access")


class RequestId:
    """Gives each request an id (the one in X-Request-ID when it is well formed) and writes one line about it.

    The line bears the method, the route, the status, the milliseconds and the user's number: no address of the
    reader, no words, no secret of a link. The id is in every other log line of the request and in the answer.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        mark = request_id.set(given if WELL_FORMED.fullmatch(given) else uuid.uuid4().hex)
        request.request_id = request_id.get()  # type: ignore[attr-defined]
        began = time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id.get()
            self._write(request, response.status_code, time.perf_counter() - began)
            return response
        finally:
            request_id.reset(mark)

    def _write(self, request: HttpRequest, status: int, seconds: float) -> None:
        user = getattr(request, "_cached_user", None)
        line = {
            "method": request.method,
            "path": logged_path(request),
            "status": status,
            "ms": round(seconds * 1000, 1),
            "user": user.pk if user else None,
        }
        level = logging.DEBUG if request.path_info.startswith(QUIET) else logging.INFO
        access_log.log(level, "%(method)s %(path)s %(status)s %(ms)s ms user=%(user)s", line, extra=line)


class SecurityPolicy(CSPMiddleware):
    """The content security policy of each page: strict, and somewhat less so in the editor's space.

    A page of ours shown there (the preview of an answer), which says by `csp_replace` what it changes, keeps the
    strict one.
    """

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if request.path_info.startswith(EDITION) and parts.config is None and parts.replace is None:
            parts.config = settings.EDITION_SECURITY_POLICY
        return parts


class Language:
    """French for everyone until they choose English (the cookie): a town of Québec speaks French first (C-11).

    What a browser asks for on its owner's behalf is no choice; Django's own middleware would follow it. An address that
    names a language (`?langue=en`, what a search engine lists) is one, kept in the cookie when it changes something.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        named, kept = request.GET.get(LANGUAGE_PARAMETER), request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        chosen = named if named in LANGUAGES else kept
        language = chosen if chosen in LANGUAGES else settings.LANGUAGE_CODE
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self.get_response(request)
        if named == language != (kept or settings.LANGUAGE_CODE):
            remember(response, settings.LANGUAGE_COOKIE_NAME, language)
        response.headers.setdefault("Content-Language", translation.get_language() or language)
        return response


class StaffDoor:
    """Lets into the staff's screens only those who work here, with their second factor, in their own language.

    Someone not signed in is led to the sign-in page. A script of the page (htmx, a draft being saved) gets 401 and the
    event `signed-out` instead, so that the page stays and nothing typed on it is lost.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(STAFF_PAGES):
            return self.get_response(request)
        user = request.user
        if isinstance(user, User):
            user = request.user = _themselves(request, user)
            _speak_their_language(request, user)
        if not request.path_info.startswith(STAFF_ONLY):
            return self.get_response(request)
        if not isinstance(user, User):
            return _sign_in_first(request)
        if not user.is_town_staff:
            raise PermissionDenied
        if not settings.PARVIS_DEMO and not has_proved_factor(request):
            return HttpResponseRedirect(where_to_prove(user, request.get_full_path()))
        _keep_in_step(request, user)
        return self.get_response(request)


def _themselves(request: HttpRequest, user: User) -> User:
    """The account that Django's lazy user stands for: a page asks hundreds of things of it, and each would pass through
    that object.
    """
    themselves: User = getattr(request, "_cached_user", user)
    return themselves


def _sign_in_first(request: HttpRequest) -> HttpResponse:
    by_script = "HX-Request" in request.headers or request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate"
    if by_script:
        words = _("You are signed out. Sign in again in another tab: nothing typed here is lost.")
        headers = {"HX-Trigger": "signed-out"}
        return HttpResponse(words, status=HTTPStatus.UNAUTHORIZED, headers=headers, content_type="text/plain")
    where = request.get_full_path() if request.method == "GET" else _page_of(request)
    return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': where})}")


def _page_of(request: HttpRequest) -> str:
    """The page of the staff whose form was sent, where what was typed comes back (`ui/unsent.js`)."""
    came = urlsplit(request.headers.get("Referer", ""))
    if came.netloc != request.get_host() or not came.path.startswith(STAFF_ONLY):
        return "/desk/"
    return came.path + (f"?{came.query}" if came.query else "")


def _speak_their_language(request: HttpRequest, user: User) -> None:
    """The person's own language, which a choice made on any page (the cookie) changes for good."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    if chosen in LANGUAGES and chosen != user.language:
        speak(user=user, language=chosen)
    translation.activate(user.language)
    request.LANGUAGE_CODE = user.language


def _keep_in_step(request: HttpRequest, user: User) -> None:
    """Notes that the person is here; makes their groups follow a change of their roles at once."""
    directory.seen(user=user)
    roles = ",".join(sorted(user.roles))
    if request.session.get("roles") != roles:
        follow_roles(user=user)
        request.session["roles"] = roles


class Refusals:
    """Turns a refusal that no screen turned into words of its own into a calm page that says why."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page of a `Refused`; anything else is left to crash, and to be logged."""
        return refusal(request, exception) if isinstance(exception, Refused) else None
