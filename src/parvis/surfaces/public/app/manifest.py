"""What makes the site installable: the manifest, the service worker, its fallback page."""

import json
from functools import cache
from hashlib import sha256

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe
from django.views.decorators.vary import vary_on_cookie

from parvis.apps.cases.queries.frequent_subjects import most_asked
from parvis.apps.content.queries import answers
from parvis.apps.directory.queries import town
from parvis.apps.matching.queries.device_dangers import device_dangers
from parvis.lib.clock import now
from parvis.lib.errors import NotFound
from parvis.lib.i18n.languages import LANGUAGES, clean
from parvis.lib.i18n.localized import localized
from parvis.surfaces.public.http_cache import release

DAY = 86_400
RIVER, GROUND = "#0a5663", "#f5f5f1"  # ui/css/tokens.css, in light
ICONS = (("192", "any"), ("512", "any"), ("512", "maskable"))
PRECACHED = (
    *(f"ui/css/{name}.css" for name in ("tokens", "base", "controls", "components", "public")),
    *("public/app.css", "public/request.css", "ui/ui.js", "ui/keys.js", "ui/unsent.js", "ui/vendor/htmx.min.js"),
    "public/request-steps.css",
    *(f"public/{name}.js" for name in ("stepped", "request-photos", "request-draft", "request-steps")),
    *("public/proof.js", "public/proof-worker.js"),
    *("public/request.js", "public/device.js", "public/app.js", "public/outbox.js", "public/outbox-send.js"),
    *("public/day.js", "public/device-requests.js", "public/alert-band.js"),
    *("public/danger-here.js", "public/danger-words.js"),
    *("ui/img/parvis.svg", "public/icons/app-192.png", "public/icons/badge-96.png"),
    "ui/fonts/atkinson-hyperlegible-next-latin-wght-normal.woff2",
)
# Imported by other scripts under their plain names: kept for the days without a network, asked of the network first.
PLAIN = ("ui/keys.js", "ui/unsent.js", "public/outbox-send.js", "public/danger-words.js")
IMPORTED = ("public/outbox-send.js", "public/worker.js")
PHOTOS = ["image/jpeg", "image/png", "image/heic", "image/heif", "image/webp"]


@require_safe
@cache_control(public=True, max_age=DAY)
def manifest(request: HttpRequest) -> HttpResponseBase:
    """The manifest of the app, in the language of `?lang=`: browsers ask for it without cookies."""
    with translation.override(clean(request.GET.get("lang"))):
        return JsonResponse(_manifest(), content_type="application/manifest+json")


def _manifest() -> dict[str, object]:
    try:
        place = town()
        name, short = localized(place, "name"), place.short_name
    except NotFound:
        name = short = "Parvis"
    language = get_language() or "fr"
    shortcuts = (
        (pgettext("app", "Ask"), reverse("public:home"), "ask"),
        (pgettext("app", "Report"), reverse("public:report"), "report"),
        (_("My requests"), reverse("public:mine"), "requests"),
    )
    return {
        "id": reverse("public:app"),
        "name": name,
        "short_name": short[:30] or name,
        "lang": f"{language}-CA",
        "dir": "ltr",
        "start_url": reverse("public:app"),
        "scope": "/",
        "display": "standalone",
        "theme_color": RIVER,
        "background_color": GROUND,
        "categories": ["government", "utilities"],
        "icons": [
            {
                "src": static(f"public/icons/app-{size}{'-maskable' if purpose == 'maskable' else ''}.png"),
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": purpose,
            }
            for size, purpose in ICONS
        ],
        "shortcuts": [
            {
                "name": title,
                "url": url,
                "icons": [{"src": static(f"public/icons/{icon}-96.png"), "sizes": "96x96", "type": "image/png"}],
            }
            for title, url, icon in shortcuts
        ],
        "share_target": {
            "action": reverse("public:share"),
            "method": "POST",
            "enctype": "multipart/form-data",
            "params": {
                "title": "title",
                "text": "text",
                "url": "url",
                "files": [{"name": "photos", "accept": PHOTOS}],
            },
        },
    }


@require_safe
@cache_control(no_cache=True)
@conditional_page
def service_worker(_request: HttpRequest) -> HttpResponseBase:
    """The service worker of the whole site. It is versioned with the release and with the static files it keeps: what
    changes with use (`offline_forms`) is asked for apart, or it would offer a new version whose code is the same. Its
    words are in both languages, for the same reason: it is the same bytes for everyone.
    """
    values = {
        "version": _version(),
        "hashed": sorted(static(name) for name in PRECACHED if static(name) != settings.STATIC_URL + name),
        "statics": sorted({*map(static, PRECACHED), *(settings.STATIC_URL + name for name in PLAIN)}),
        "pages": [reverse("public:app_waiting"), reverse("public:app_offline")],
        "day": reverse("public:app"),
        "forms": reverse("public:app_forms"),
        "dangers": reverse("public:app_dangers"),
        "icon": static("public/icons/app-192.png"),
        "badge": static("public/icons/badge-96.png"),
        "share": reverse("public:share"),
        "device": reverse("public:device"),
        "choose": reverse("public:report"),
        "words": {language: _words_of_the_worker(language) for language in LANGUAGES},
    }
    imports = ", ".join(json.dumps(static(name)) for name in IMPORTED)
    script = f"self.SETTINGS = {json.dumps(values, sort_keys=True)}\nimportScripts({imports})\n"
    return HttpResponse(script, content_type="text/javascript", headers={"Service-Worker-Allowed": "/"})


def _words_of_the_worker(language: str) -> dict[str, str]:
    """`title` and `body` of a notice without words; `full`: what a form says that could be neither sent nor kept."""
    with translation.override(language):
        return {
            "title": _("News from the town"),
            "body": _("Open the app to read it."),
            "full": _(
                "Your request was neither sent nor kept: there is no network, and this device is full. "
                "What you wrote is still here: leave this page open, and send it again once the network is back."
            ),
        }


@require_safe
@cache_control(public=True, no_cache=True)
@conditional_page
def offline_forms(_request: HttpRequest) -> HttpResponseBase:
    """The addresses of the forms that the service worker keeps for days without a network: the same for everyone."""
    forms = [reverse("public:report"), *(reverse("public:request", args=[slug]) for slug in most_asked())]
    return JsonResponse({"forms": forms})


@require_safe
@cache_control(public=True, no_cache=True)
@conditional_page
def dangers(_request: HttpRequest) -> HttpResponseBase:
    """The rules by which the device hears a danger without a network, and the `blocks` that tell it, in each language:
    the same for everyone.
    """
    return JsonResponse(device_dangers() | {"blocks": {language: _danger_block(language) for language in LANGUAGES}})


def _danger_block(language: str) -> str:
    with translation.override(language):
        return render_to_string("public/parts/danger_here.html")


@cache
def _version() -> str:
    """A digest of the release and of the files that the service worker keeps."""
    digest = sha256(release().encode())
    for name in PRECACHED:
        digest.update(static(name).encode())
    return digest.hexdigest()[:12]


@require_safe
@cache_control(no_cache=True)
@vary_on_cookie
@conditional_page
def offline(request: HttpRequest) -> HttpResponseBase:
    """What the service worker shows for a page that it does not have, without a network: the alerts known then."""
    language = get_language() or "fr"
    cards = [card for slug in most_asked() if (card := answers.card(slug, language))]
    forms = [{"url": reverse("public:request", args=[card.slug]), "title": card.title} for card in cards]
    return render(request, "public/app/offline.html", {"messages": (), "forms": forms, "known_at": now()})


@require_safe
@cache_control(no_cache=True)
@vary_on_cookie
@conditional_page
def waiting(request: HttpRequest) -> HttpResponseBase:
    """The receipt of requests that wait on the device for the network; its script fills it in. No personal data."""
    return render(request, "public/app/waiting.html", {"messages": ()})
