"""The news as RSS 2.0, Atom and JSON Feed 1.1, by subject and street: a subscription without an e-mail address."""

import json
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed
from django.utils.translation import gettext as _

from parvis.apps.directory.queries import town
from parvis.apps.news.models import NewsItem
from parvis.apps.news.queries.items import published_items
from parvis.lib.i18n.localized import localized
from parvis.lib.words import printable
from parvis.surfaces.public.answers.screen import language
from parvis.surfaces.public.news import screen

MOST = 30
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # the update of a feed without items: it must not move by itself
JSON_FEED = "application/feed+json"


class _Atom(Atom1Feed):
    """Atom whose entries hold their whole text."""

    def latest_post_date(self) -> datetime:
        return super().latest_post_date() if self.items else EPOCH

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["html"], {"type": "html"})


class _Rss(Rss201rev2Feed):
    """RSS 2.0 whose items hold their whole text."""

    def latest_post_date(self) -> datetime:
        return super().latest_post_date() if self.items else EPOCH

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, {**item, "description": item["html"]})


@screen.feed
def rss(request: HttpRequest) -> HttpResponse:
    """The newest items as RSS 2.0."""
    return _feed(request, _Rss)


@screen.feed
def atom(request: HttpRequest) -> HttpResponse:
    """The newest items as Atom (RFC 4287)."""
    return _feed(request, _Atom)


@screen.feed
def json_feed(request: HttpRequest) -> HttpResponse:
    """The newest items as JSON Feed 1.1."""
    filters, items = _asked(request)
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _title(filters),
        "home_page_url": settings.PARVIS_URL + reverse("public:news") + filters.feed_query,
        "feed_url": settings.PARVIS_URL + request.get_full_path(),
        "description": _("What the Town announces."),
        "language": f"{language()}-CA",
        "authors": [{"name": localized(town(), "name"), "url": settings.PARVIS_URL}],
        "items": [_json_item(item) for item in items],
    }
    response = HttpResponse(json.dumps(feed, ensure_ascii=False, indent=1), content_type=JSON_FEED)
    return screen.bounded(response, [item.expire_at for item in items])


def _json_item(item: NewsItem) -> dict[str, Any]:
    return {
        "id": _id(item),
        "url": _url(item),
        "title": item.title,
        "content_html": screen.html_of(item.body, absolute=True),
        **({"summary": item.summary} if item.summary else {}),
        "date_published": _moment(item.published_at),
        "date_modified": _moment(item.updated_at),
        **({"tags": [localized(item.subject, "title")]} if item.subject else {}),
        "language": f"{_language(item)}-CA",
    }


def _feed(request: HttpRequest, kind: type[_Atom] | type[_Rss]) -> HttpResponse:
    filters, items = _asked(request)
    feed = kind(
        title=_title(filters),
        link=settings.PARVIS_URL + reverse("public:news") + filters.feed_query,
        description=_("What the Town announces."),
        language=f"{language()}-CA",
        feed_url=settings.PARVIS_URL + request.get_full_path(),
        author_name=localized(town(), "name"),
    )
    for item in items:
        feed.add_item(
            title=printable(item.title),
            link=_url(item),
            description=printable(item.summary or item.title),
            html=printable(screen.html_of(item.body, absolute=True)),
            unique_id=_id(item),
            unique_id_is_permalink=False,
            pubdate=_utc(item.published_at),
            updateddate=_utc(item.updated_at),
            categories=(localized(item.subject, "title"),) if item.subject else (),
        )
    response = HttpResponse(feed.writeString("utf-8"), content_type=kind.content_type)
    return screen.bounded(response, [item.expire_at for item in items])


def _asked(request: HttpRequest) -> tuple[screen.Asked, list[NewsItem]]:
    filters = screen.asked(request.GET)
    if filters.unknown_street:
        return filters, []
    subject = filters.subject.pk if filters.subject else None
    return filters, published_items(subject_id=subject, streets=filters.streets, limit=MOST)


def _title(filters: screen.Asked) -> str:
    title = screen.site_title(localized(town(), "name"))
    parts = [
        localized(filters.subject, "title") if filters.subject else "",
        filters.street.name if filters.street else "",
    ]
    return " · ".join([title, *filter(None, parts)])


def _id(item: NewsItem) -> str:
    return f"urn:uuid:{item.permanent_id}"


def _url(item: NewsItem) -> str:
    return settings.PARVIS_URL + reverse("public:news_item", args=[item.pk])


def _language(item: NewsItem) -> str:
    return "en" if language() == "en" and item.title_en else "fr"


def _utc(moment: datetime | None) -> datetime:
    return (moment or EPOCH).astimezone(UTC)


def _moment(moment: datetime | None) -> str:
    return _utc(moment).replace(microsecond=0).isoformat()
