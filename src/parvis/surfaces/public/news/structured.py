"""Structured data of news, alerts and gatherings for search engines (schema.org)."""

import json
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from parvis.apps.directory.models import Town
from parvis.apps.news.models import CouncilSession, Event, NewsItem
from parvis.apps.news.rules.plain_text import plain
from parvis.lib.i18n.localized import localized
from parvis.surfaces.public.answers.screen import language

_ESCAPED = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def of_item(item: NewsItem, place: Town) -> SafeString:
    """A NewsArticle; a SpecialAnnouncement when the item comes from a message with an end."""
    url = settings.PARVIS_URL + reverse("public:news_item", args=[item.pk])
    text, publisher = plain(item.body), _publisher(place)
    posted = item.published_at.isoformat() if item.published_at else None
    if item.key and item.expire_at:
        special = {
            "@type": "SpecialAnnouncement",
            "@id": f"urn:uuid:{item.permanent_id}",
            "name": item.title,
            "text": text,
            "datePosted": posted,
            "expires": item.expire_at.isoformat(),
            "category": localized(item.subject, "title") if item.subject else "https://schema.org/GovernmentService",
            "url": url,
            "announcementLocation": publisher,
        }
        return _script(special)
    article = {
        "@type": "NewsArticle",
        "@id": f"urn:uuid:{item.permanent_id}",
        "url": url,
        "headline": item.title,
        "articleBody": text,
        "datePublished": posted,
        "dateModified": item.updated_at.isoformat() if item.updated_at else None,
        "inLanguage": f"{language()}-CA",
        "publisher": publisher,
        "author": publisher,
    }
    return _script(article)


def of_gathering(gathering: Event | CouncilSession, url: str, place: Town) -> SafeString:
    """An Event, with its state, its place and its organiser."""
    state = "EventCancelled" if gathering.cancelled else "EventScheduled"
    event: dict[str, Any] = {
        "@type": "Event",
        "@id": f"urn:uuid:{gathering.permanent_id}",
        "url": settings.PARVIS_URL + url,
        "name": gathering.title,
        "startDate": gathering.starts_at.isoformat(),
        "endDate": gathering.over_at.isoformat(),
        "eventStatus": f"https://schema.org/{state}",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": {"@type": "Place", "name": gathering.place, "address": gathering.place},
        "organizer": _publisher(place),
        "inLanguage": f"{language()}-CA",
    }
    if gathering.body:
        event["description"] = plain(gathering.body)
    return _script(event)


def _publisher(place: Town) -> dict[str, str]:
    return {"@type": "GovernmentOrganization", "name": place.name, "url": settings.PARVIS_URL}


def _script(data: dict[str, Any]) -> SafeString:
    kept = {name: value for name, value in data.items() if value is not None}
    text = json.dumps({"@context": "https://schema.org", **kept}, ensure_ascii=False).translate(_ESCAPED)
    return mark_safe(text)  # noqa: S308
