"""The addresses of the site: each surface under its own prefix."""

import sys
from importlib.util import find_spec

from allauth.account.views import logout
from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from parvis.identity import health

handler403 = "parvis.ui.views.forbidden"
handler404 = "parvis.ui.views.not_found"
handler429 = "parvis.identity.pages.too_many"
handler500 = "parvis.ui.views.server_error"


def _surface(prefix: str, module: str) -> list[URLResolver]:
    """While the surfaces are being built, one that cannot be imported yet does not close the others."""
    try:
        return [path(prefix, include(module))] if find_spec(module) else []
    except (ImportError, SyntaxError) as error:
        print(f"{module} is left out: {error}", file=sys.stderr)
        return []


urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("staff/", include("parvis.identity.urls")),
    path("edition/login/", RedirectView.as_view(pattern_name="account_login", query_string=True)),
    path("edition/logout/", logout),
    path("", include("parvis.ui.urls")),
    *_surface("desk/", "parvis.desk.urls"),
    *_surface("edition/", "parvis.editor.urls"),
    *(_surface("dev/", "parvis.dev.urls") if settings.PARVIS_DEMO else []),
    *_surface("", "parvis.public.urls"),
]
