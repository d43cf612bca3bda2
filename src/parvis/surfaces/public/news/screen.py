"""The filters of the archive and of the feeds, and what the pages of news share."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page, require_safe
from django.views.decorators.vary import vary_on_cookie
from wagtail.rich_text import expand_db_html

from parvis.apps.catalogue.models import Subject
from parvis.apps.news.models import Publishable
from parvis.apps.places.models import Street
from parvis.apps.places.queries.addresses import street_named
from parvis.lib.clock import now
from parvis.lib.words import number
from parvis.surfaces.public.answers.screen import language
from parvis.surfaces.public.frame import english_offered, nav

View = Callable[..., HttpResponseBase]
FRESH, GONE = 60, 410  # seconds that a shared cache may keep a feed; the status of what was withdrawn
LONGEST = 120
YEARS = range(2000, 2100)


@dataclass(frozen=True)
class Asked:
    """The filters of a page or feed. `unknown_street` is what was typed when no street has that name."""

    year: int | None = None
    month: date | None = None
    subject: Subject | None = None
    street: Street | None = None
    unknown_street: str = ""
    before: int | None = None

    @property
    def streets(self) -> tuple[int, ...]:
        return (self.street.pk,) if self.street else ()

    @property
    def is_filtered(self) -> bool:
        return bool(self.year or self.subject or self.street or self.unknown_street)

    def query(self, **changes: str) -> str:
        """The filters as the query of an address, with these changes; "" when there is none."""
        values = {
            "mois": f"{self.month:%Y-%m}" if self.month else str(self.year or ""),
            "sujet": self.subject.slug if self.subject else "",
            "rue": self.street.name if self.street else "",
        } | changes
        kept = {name: value for name, value in values.items() if value}
        return f"?{urlencode(kept)}" if kept else ""

    @property
    def feed_query(self) -> str:
        """The filters that a feed understands: subject and street."""
        return self.query(mois="")


def asked(sent: QueryDict) -> Asked:
    """The filters sent; unreadable ones are ignored, except a street, which is said to be unknown."""
    typed = sent.get("rue", "").strip()[:LONGEST]
    street = street_named(typed) if typed else None
    year, month = _month(sent.get("mois", ""))
    return Asked(
        year=year,
        month=month,
        subject=Subject.objects.filter(slug=sent.get("sujet", "")[:80], active=True).first()
        if sent.get("sujet")
        else None,
        street=street,
        unknown_street=typed if typed and street is None else "",
        before=number(sent.get("apres", "")),
    )


def _month(text: str) -> tuple[int | None, date | None]:
    """(2026, 1 November 2026) for "2026-11", (2026, None) for "2026"."""
    parts = text.split("-")
    if not all(part.isdecimal() and len(part) <= 4 for part in parts) or int(parts[0]) not in YEARS:
        return None, None
    if len(parts) == 2 and 1 <= int(parts[1]) <= 12:
        return int(parts[0]), date(int(parts[0]), int(parts[1]), 1)
    return int(parts[0]), None


def html_of(text: str, *, absolute: bool = False) -> str:
    """An editor's text as HTML; with `absolute`, its links lead to this site from anywhere."""
    html = str(expand_db_html(text))
    return html.replace('href="/', f'href="{settings.PARVIS_URL}/') if absolute else html


def feed(view: View) -> View:
    """Serves GET and HEAD of a feed, by its ETag; `bounded` says how long it may be kept."""
    return wraps(view)(require_safe(vary_on_cookie(conditional_page(view))))


def bounded(response: HttpResponse, ends: list[datetime | None]) -> HttpResponse:
    """Lets shared caches keep a response for FRESH seconds, and never beyond the first of these ends."""
    seconds = [int((end - now()).total_seconds()) for end in ends if end is not None]
    patch_cache_control(response, public=True, max_age=max(0, min([FRESH, *seconds])))
    return response


def gone(request: HttpRequest, thing: Publishable) -> HttpResponseBase:
    """The page of what was withdrawn or has lapsed: 410, and where to go on."""
    return _no_longer(request, lapsed=thing.expire_at is not None and thing.expire_at <= now())


def over(request: HttpRequest) -> HttpResponseBase:
    """The page of what ended: 410, and where to go on."""
    return _no_longer(request, lapsed=True)


def _no_longer(request: HttpRequest, *, lapsed: bool) -> HttpResponseBase:
    shown = {"lapsed": lapsed, "public_nav": nav(), "messages": (), "english": english_offered()}
    return render(request, "public/news/gone.html", shown, status=GONE)


def common(request: HttpRequest, title: str, description: str = "", **more: Any) -> dict[str, Any]:
    """The context of every page of this folder."""
    return {
        "public_nav": nav(),
        "alternates": request.path,
        "description": description,
        "og_title": title,
        "title": title,
        "lang": language(),
        **more,
    }


def feeds_of(filters: Asked) -> list[tuple[str, str, str]]:
    """(name, media type, address) of the feeds under these filters."""
    names = (
        ("RSS", "application/rss+xml", "news_rss"),
        ("Atom", "application/atom+xml", "news_atom"),
        ("JSON", "application/feed+json", "news_json"),
    )
    return [(name, kind, reverse(f"public:{url}") + filters.feed_query) for name, kind, url in names]


def site_title(name: str) -> str:
    return _("News, %(town)s") % {"town": name}
