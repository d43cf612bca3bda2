"""The archive of news, the page of one item, and plain pages."""

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from parvis.apps.catalogue.models import Subject
from parvis.apps.directory.queries import town
from parvis.apps.news.queries import items as item_queries
from parvis.apps.news.queries.standard_pages import standard_page
from parvis.apps.news.rules.plain_text import plain, shortened
from parvis.apps.news.rules.standard_pages import ADDRESSES, filled
from parvis.lib.clock import now
from parvis.surfaces.public.answers.screen import language
from parvis.surfaces.public.http_cache import of_the_moment, page
from parvis.surfaces.public.news import screen, structured

PICTURES = "images/"
A_WEEK = 604_800
KINDS = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "avif": "image/avif",
    "gif": "image/gif",
}


@of_the_moment
def archive(request: HttpRequest) -> HttpResponseBase:
    """The news, newest first, by month, subject and street."""
    filters = screen.asked(request.GET)
    items, following = item_queries.page_of(
        before=filters.before,
        month=filters.month,
        year=filters.year,
        subject_id=filters.subject.pk if filters.subject else None,
        streets=filters.streets,
    )
    context = screen.common(
        request,
        pgettext("the town’s", "News"),
        _("What the Town announces, by subject and by street; to receive it too, without an e-mail address."),
        items=items,
        filters=filters,
        months=item_queries.months(),
        subjects=Subject.objects.filter(active=True).order_by(f"title_{language()}"),
        feeds=screen.feeds_of(filters),
        more=filters.query(apres=str(following)) if following else "",
    )
    return page(request, "public/news/archive.html", context)


@of_the_moment
def item(request: HttpRequest, item_id: int) -> HttpResponseBase:
    """One news item; 410 once it is withdrawn or has lapsed."""
    shown = item_queries.item_by_id(item_id)
    if shown is None:
        raise Http404
    if not shown.is_shown(now()):
        return screen.gone(request, shown)
    rendition = shown.rendition
    context = screen.common(
        request,
        shown.title,
        shown.summary or shortened(plain(shown.body), 160),
        item=shown,
        body=screen.html_of(shown.body),
        feeds=screen.feeds_of(screen.Asked()),
        og_type="article",
        og_image=rendition.url if rendition else "",
        structured=structured.of_item(shown, town()),
    )
    return page(request, "public/news/item.html", context)


@of_the_moment
def plain_page(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A page written by editors; the standard text of those that every town has, as long as nobody wrote another."""
    found = item_queries.plain_page(slug) or standard_page(slug, language())
    if found is None:
        raise Http404
    body = screen.html_of(filled(found.body, town(), language()))
    context = screen.common(request, found.title, shortened(plain(body), 160), body=body, plain=found)
    return page(request, "public/news/plain.html", context)


def address_of(slug: str) -> str:
    """The path of a plain page."""
    return reverse(f"public:{ADDRESSES[slug]}") if slug in ADDRESSES else reverse("public:plain_page", args=[slug])


@require_safe
@cache_control(public=True, max_age=A_WEEK)
def picture(_request: HttpRequest, name: str) -> HttpResponseBase:
    """A reduced picture of the editors' space; the originals, which may hold a position, are never served."""
    kind = KINDS.get(name.rpartition(".")[2].lower())
    if kind is None:
        raise Http404
    try:
        stream = default_storage.open(PICTURES + name)
    except OSError:
        raise Http404 from None
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}
    return FileResponse(stream, content_type=kind, headers=headers)
