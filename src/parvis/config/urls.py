"""Root URL configuration: each surface under its own prefix."""

from allauth.account.views import logout
from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from parvis.apps.billing.web import stripe as stripe_webhooks
from parvis.apps.identity.web import health
from parvis.apps.mail.web import webhooks

handler400 = "parvis.surfaces.open311.errors.bad_request"
handler403 = "parvis.surfaces.public.error_views.forbidden"
handler404 = "parvis.surfaces.public.error_views.not_found"
handler429 = "parvis.apps.identity.web.pages.too_many"
handler500 = "parvis.surfaces.public.error_views.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("api/v1/", include("parvis.surfaces.api.urls")),
    path("open311/", include("parvis.surfaces.open311.urls")),
    path("hooks/mail/", include(webhooks.patterns(settings.PARVIS_MAIL_WEBHOOK))),
    path("hooks/social/", include("parvis.apps.social.web.urls")),
    path("hooks/", include("parvis.apps.telephony.web.urls")),
    path("paiements/stripe/evenements", stripe_webhooks.events, name="stripe_events"),
    path("staff/", include("parvis.apps.identity.web.urls")),
    path("desk/", include("parvis.surfaces.desk.urls")),
    path("edition/login/", RedirectView.as_view(pattern_name="account_login", query_string=True)),
    path("edition/logout/", logout),
    path("edition/", include("parvis.surfaces.editor.urls")),
    *([path("dev/", include("parvis.surfaces.dev.urls"))] if settings.PARVIS_DEMO else []),
    path("panneau/", include("parvis.surfaces.panels.urls")),
    path("", include("parvis.ui.urls")),
    path("", include("parvis.surfaces.public.urls")),
]
