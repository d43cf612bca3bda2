"""Middleware: request ids and the access log, security policy, language, staff access, refusals."""

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
from django.utils.deprecation import MiddlewareMixin
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.services.staff import record_presence
from parvis.apps.identity.services import follow_roles, set_language
from parvis.apps.identity.web.navigation import STAFF_ONLY, STAFF_PAGES
from parvis.apps.identity.web.pages import refusal
from parvis.apps.identity.web.second_factor import has_proved_factor, where_to_prove
from parvis.lib.errors import Refused
from parvis.lib.i18n.languages import LANGUAGES
from parvis.lib.logs import logged_path, request_id
from parvis.ui.context import LANGUAGE_PARAMETER
from parvis.ui.views import remember

Next = Callable[[HttpRequest], HttpResponse]

EDITION = "/edition/"
QUIET = ("/static/", "/healthz", "/readyz")
WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,40}")

access_log = logging.getLogger("parvis.access")


class RequestId:
    """Gives each request an id (from X-Request-ID when well formed) and writes one access-log line.

    The line holds the method, route, status, milliseconds and user id: no IP address, text or link secret. The id is
    also in every other log line of the request and in the response.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        token = request_id.set(given if WELL_FORMED.fullmatch(given) else uuid.uuid4().hex)
        request.request_id = request_id.get()  # type: ignore[attr-defined]
        start = time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id.get()
            self._write(request, response.status_code, time.perf_counter() - start)
            return response
        finally:
            request_id.reset(token)

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
    """The content security policy: strict, but relaxed for the Wagtail editor.

    Our own pages shown there (answer previews), which adjust the policy with `csp_replace`, keep the strict one.
    """

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if request.path_info.startswith(EDITION) and parts.config is None and parts.replace is None:
            parts.config = settings.EDITION_SECURITY_POLICY
        return parts


class Language:
    """French until the user chooses English (cookie), as a Québec town must speak French first (C-11).

    Unlike Django's middleware, ignores Accept-Language, which is no choice by the user. A language in the URL
    (`?langue=en`, as listed by search engines) is a choice, saved in the cookie when it changes the language.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        from_url, cookie = request.GET.get(LANGUAGE_PARAMETER), request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        chosen = from_url if from_url in LANGUAGES else cookie
        language = chosen if chosen in LANGUAGES else settings.LANGUAGE_CODE
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self.get_response(request)
        if from_url == language != (cookie or settings.LANGUAGE_CODE):
            remember(response, settings.LANGUAGE_COOKIE_NAME, language)
        response.headers.setdefault("Content-Language", translation.get_language() or language)
        return response


class StaffAccess:
    """Restricts staff screens to staff with a verified second factor, and serves them in the user's language.

    Anonymous users are redirected to sign in; script requests (htmx, autosave) get 401 and a `signed-out` event
    instead, so that nothing typed on the page is lost.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(STAFF_PAGES):
            return self.get_response(request)
        user = request.user
        if isinstance(user, User):
            # The real user instead of Django's lazy proxy, which a page would go through hundreds of times.
            user = request.user = getattr(request, "_cached_user", user)
            _activate_language(request, user)
        if not request.path_info.startswith(STAFF_ONLY):
            return self.get_response(request)
        if not isinstance(user, User):
            return _require_sign_in(request)
        if not user.is_town_staff:
            raise PermissionDenied
        if not settings.PARVIS_DEMO and not has_proved_factor(request):
            return HttpResponseRedirect(where_to_prove(user, request.get_full_path()))
        _record_presence_and_roles(request, user)
        return self.get_response(request)


def _require_sign_in(request: HttpRequest) -> HttpResponse:
    by_script = "HX-Request" in request.headers or request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate"
    if by_script:
        message = _("You are signed out. Sign in again in another tab: nothing typed here is lost.")
        headers = {"HX-Trigger": "signed-out"}
        return HttpResponse(message, status=HTTPStatus.UNAUTHORIZED, headers=headers, content_type="text/plain")
    return_to = request.get_full_path() if request.method == "GET" else _form_page(request)
    return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': return_to})}")


def _form_page(request: HttpRequest) -> str:
    """The staff page of a submitted form, which restores what was typed (`ui/unsent.js`)."""
    referer = urlsplit(request.headers.get("Referer", ""))
    if referer.netloc != request.get_host() or not referer.path.startswith(STAFF_ONLY):
        return "/desk/"
    return referer.path + (f"?{referer.query}" if referer.query else "")


def _activate_language(request: HttpRequest, user: User) -> None:
    """Activates the user's language, after saving a choice made on any page (the cookie)."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    if chosen in LANGUAGES and chosen != user.language:
        set_language(user=user, language=chosen)
    translation.activate(user.language)
    request.LANGUAGE_CODE = user.language


def _record_presence_and_roles(request: HttpRequest, user: User) -> None:
    """Records the user's presence, and updates their groups at once when their roles changed."""
    record_presence(user=user)
    roles = ",".join(sorted(user.roles))
    if request.session.get("roles") != roles:
        follow_roles(user=user)
        request.session["roles"] = roles


class Refusals(MiddlewareMixin):
    """Turns refusals that no view handled into an error page."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Returns the page of a `Refused`; other exceptions propagate."""
        return refusal(request, exception) if isinstance(exception, Refused) else None
