"""The editors' space: Wagtail's screens, behind our sign-in and permissions."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.cache import never_cache
from wagtail.admin import urls as wagtail_urls
from wagtail.admin.auth import require_admin_access
from wagtail.utils.urlpatterns import decorate_urlpatterns

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.surfaces.editor.account import EditorAccount

View = Callable[..., HttpResponse]
LONGEST_KEY = 18  # digits of a primary key that both databases hold
CHOOSERS = "wagtailsnippetchoosers_"  # the namespaces of the views that choose one of our snippets
LINK, LINK_FIELD = "wagtailadmin_choose_page_external_link", "external-link-chooser-url"


def editors_only(view: View) -> View:
    """Denies signed-in users who may neither edit nor publish answers: redirecting them to sign in would loop."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = request.user
        if isinstance(user, User) and not (user.may(Action.EDIT_ANSWER) or user.may(Action.PUBLISH_ANSWER)):
            raise PermissionDenied
        refuse_nonsense(request, kwargs)
        return view(request, *args, **kwargs)

    return guarded


def refuse_nonsense(request: HttpRequest, given: Mapping[str, Any]) -> None:
    """Refuses what Wagtail's views take for granted, and would fail on: a key that is no number, something created from
    where one chooses (none of our forms offers it), a link without an address. Raises Http404 or BadRequest.
    """
    key, match = given.get("pk"), request.resolver_match
    if isinstance(key, str) and not (key.isdecimal() and len(key) <= LONGEST_KEY):
        raise Http404
    if match and match.url_name == "create" and match.namespace.startswith(CHOOSERS):
        raise Http404
    if match and match.url_name == LINK and request.method == "POST" and not request.POST.get(LINK_FIELD, "").strip():
        raise BadRequest


def not_found(request: HttpRequest) -> HttpResponse:
    """In the place of Wagtail's page that fails on purpose."""
    raise Http404


account = never_cache(editors_only(require_admin_access(EditorAccount.as_view())))

urlpatterns = [
    path("account/", account),
    path("failwhale/", not_found),
    path("", include(decorate_urlpatterns(wagtail_urls.urlpatterns, editors_only))),
]
