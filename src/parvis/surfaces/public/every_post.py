"""What anyone may send, all forms together, before any of it is computed: see ADR 0054."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from parvis.apps.residents.web.sessions import account_key
from parvis.apps.throttling.services import Limit, count_attempt
from parvis.lib.limits import client_address, client_network
from parvis.surfaces.public.error_views import again
from parvis.ui.views import wants_page

CLIENT, NETWORK, WINDOW = 600, 1800, 600  # sendings of one client and of one network, in WINDOW seconds
SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
# By their keys or signatures; and the line of an opening by its tickets, one for a household, wherever it stands.
COUNTED_ELSEWHERE = ("/api/", "/open311/", "/hooks/", "/paiements/stripe/", "/panneau/", "/loisirs/file/")
Next = Callable[[HttpRequest], HttpResponse]


class EveryPost:
    """Middleware that counts what is sent by who is not signed in as staff, by client and by network; what a resident
    sends from their account, by account, wherever they stand.

    Three hundred children of a school who report in an hour, thirty of them in one minute, stay well within. Beyond,
    the page gives back what was typed, with the town's phone (429); a script gets plain words.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _is_counted(request):
            return self.get_response(request)
        wait = count_attempt(*_limits(request))
        return _refuse(request, int(wait) + 1) if wait else self.get_response(request)


def _limits(request: HttpRequest) -> list[Limit]:
    """On the morning of an opening, thousands may hold their places behind the few addresses of a mobile operator."""
    if account := account_key(request):
        return [Limit("post-account", str(account[0]), CLIENT, WINDOW)]
    return [
        Limit("post", client_address(request), CLIENT, WINDOW),
        Limit("post-network", client_network(request), NETWORK, WINDOW),
    ]


def _is_counted(request: HttpRequest) -> bool:
    if request.method in SAFE or request.path_info.startswith(COUNTED_ELSEWHERE):
        return False
    if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
        return False
    try:
        return not getattr(resolve(request.path_info).func, "stores_nothing", False)
    except Resolver404:
        return True


def _refuse(request: HttpRequest, seconds: int) -> HttpResponse:
    if not wants_page(request):
        words = _("Much was sent from where you are. Wait a few minutes: nothing typed is lost.")
        response = HttpResponse(words, status=429, content_type="text/plain; charset=utf-8")
        response["Retry-After"] = str(seconds)
        return response
    return again(request, "public/errors/many.html", status=429, seconds=seconds)
