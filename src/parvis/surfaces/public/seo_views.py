"""robots.txt and the sitemap, for search engines."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from parvis.apps.content.queries import answers
from parvis.apps.leisure.queries.catalogue import current_groups
from parvis.apps.news.queries.dates import upcoming_events, upcoming_sessions
from parvis.apps.news.queries.items import published_items
from parvis.surfaces.public.frame import english_offered, seasons
from parvis.surfaces.public.tools import tools_of

HOUR, MOST = 3600, 1000  # seconds; news items in the sitemap
DISALLOWED = (
    *(
        "/suivi/",
        "/demande/recue/",
        "/demande/gardee/",
        "/demande/deja/",
        "/demande/photo/",
        "/attente/",
        "/propositions/",
        "/loisirs/panier/",
        "/loisirs/entrer/",
        "/loisirs/offre/",
        "/paiement/",
        "/mon-dossier/",
    ),
    *("/signaler/avant/", "/signaler/etape/", "/signaler/photos/", "/demande/preuve"),
    *("/alertes/?", "/mon-adresse/lieux", "/desk/", "/edition/", "/staff/", "/affichage/", "/langue/"),
)


@require_safe
@cache_control(public=True, max_age=HOUR)
def robots(request: HttpRequest) -> HttpResponse:
    """robots.txt: the paths closed to search engines, and the sitemap's address."""
    lines = [
        "User-agent: *",
        "Allow: /suivi/$",
        *(f"Disallow: {path}" for path in DISALLOWED),
        "",
        f"Sitemap: {settings.PARVIS_URL}/sitemap.xml",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
@cache_control(public=True, max_age=HOUR)
def sitemap(request: HttpRequest) -> HttpResponse:
    """Every public page, with its English version and its answer's publication date."""
    names = (
        *("home", "report", "answers", "requests", "find_address", "map", "news", "works", "sessions", "events"),
        *("privacy", "accessibility", "open_data"),
        *(("leisure",) if seasons() else ()),
    )
    pages: list[tuple[str, object]] = [(reverse(f"public:{name}"), None) for name in names]
    for family in answers.families(get_language() or "fr"):
        for card in family.cards:
            answer = answers.published(card.slug, "fr")
            pages.append((reverse("public:answer", args=[card.slug]), answer.published_on if answer else None))
            pages += [(tool.url, None) for tool in tools_of(card.slug, "fr") if tool.url.endswith(f"/{card.slug}/")]
    pages += [(reverse("public:news_item", args=[item.pk]), item.updated_at) for item in published_items(limit=MOST)]
    pages += [(reverse("public:event", args=[each.pk]), each.updated_at) for each in upcoming_events()]
    pages += [(reverse("public:session", args=[each.pk]), each.updated_at) for each in upcoming_sessions()]
    pages += [(reverse("public:leisure_group", args=[view.slug]), None) for view in current_groups()]
    context = {"pages": pages, "site": settings.PARVIS_URL, "english": english_offered()}
    return render(request, "public/sitemap.xml", context, content_type="application/xml; charset=utf-8")
