"""The editors' space: Wagtail's screens, behind our sign-in and permissions."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.cache import never_cache
from wagtail.admin import urls as wagtail_urls
from wagtail.admin.auth import require_admin_access
from wagtail.utils.urlpatterns import decorate_urlpatterns

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.surfaces.editor.account import EditorAccount

View = Callable[..., HttpResponse]


def editors_only(view: View) -> View:
    """Denies signed-in users who may neither edit nor publish answers: redirecting them to sign in would loop."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = request.user
        if isinstance(user, User) and not (user.may(Action.EDIT_ANSWER) or user.may(Action.PUBLISH_ANSWER)):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


account = never_cache(editors_only(require_admin_access(EditorAccount.as_view())))

urlpatterns = [
    path("account/", account),
    path("", include(decorate_urlpatterns(wagtail_urls.urlpatterns, editors_only))),
]
