"""Root URL configuration: each surface under its own prefix."""

from allauth.account.views import logout
from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from parvis.apps.identity.web import health
from parvis.apps.mail.web import webhooks

handler403 = "parvis.ui.views.forbidden"
handler404 = "parvis.ui.views.not_found"
handler429 = "parvis.apps.identity.web.pages.too_many"
handler500 = "parvis.ui.views.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("hooks/mail/", include(webhooks.patterns(settings.PARVIS_MAIL_WEBHOOK))),
    path("staff/", include("parvis.apps.identity.web.urls")),
    path("desk/", include("parvis.surfaces.desk.urls")),
    path("edition/login/", RedirectView.as_view(pattern_name="account_login", query_string=True)),
    path("edition/logout/", logout),
    path("edition/", include("parvis.surfaces.editor.urls")),
    *([path("dev/", include("parvis.surfaces.dev.urls"))] if settings.PARVIS_DEMO else []),
    path("", include("parvis.ui.urls")),
    path("", include("parvis.surfaces.public.urls")),
]
