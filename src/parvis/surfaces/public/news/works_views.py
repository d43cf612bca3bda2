"""Works and closures: their list beside a map, the page of each one, their calendars."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from parvis.apps.news.rules.plain_text import shortened
from parvis.apps.places.queries.plan import plan
from parvis.apps.schedules.models import RoadNotice
from parvis.apps.schedules.queries.works import (
    STILL_SHOWN,
    NoticeView,
    local_day,
    notice_view,
    published_by_id,
    recent_works,
    works_points,
)
from parvis.apps.schedules.rules.affected_area import Stage
from parvis.lib import ics
from parvis.lib.words import number
from parvis.surfaces.public.http_cache import of_the_moment, page
from parvis.surfaces.public.news import screen
from parvis.surfaces.public.news.calendars import calendar_file
from parvis.ui.views import or_404

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
A_DAY = timedelta(days=1)
CURRENT = (Stage.IN_FORCE, Stage.COMING)
A_METRE = 5  # decimals of a degree
PIN = "works"  # its pin, beside the states of a request


@of_the_moment
def works(request: HttpRequest) -> HttpResponseBase:
    """The road and water notices in force, to come, and those that ended in the last seven days."""
    shown = _views(recent_works())
    groups = (
        (_("Now"), [each for each in shown if each.stage == Stage.IN_FORCE]),
        (_("To come"), [each for each in shown if each.stage == Stage.COMING]),
        (_("Over for less than seven days"), [each for each in shown if each.stage not in CURRENT]),
    )
    context = screen.common(
        request,
        _("Works and closures"),
        _("Streets closed or narrowed, water cut, advisories: where, and until when."),
        groups=[(name, rows) for name, rows in groups if rows],
        mapped=any(each.stage in CURRENT for each in shown),
        calendar=reverse("public:works_calendar"),
        pins_url=reverse("public:works_geojson"),
        card_url=reverse("public:work_card", args=[0]).replace("/0/", "/{}/"),
        box=plan().box,
    )
    return page(request, "public/news/works.html", context)


@of_the_moment
def work(request: HttpRequest, works_id: int) -> HttpResponseBase:
    """One notice: where, when, what follows from it; 410 seven days after its end."""
    row = _published(works_id)
    if _is_over(row):
        return screen.over(request)
    notice = notice_view(row, local_day(None))
    title = f"{notice.title}, {notice.place}"
    context = screen.common(
        request,
        title,
        shortened(" ".join((notice.words, *notice.lines)), 160),
        notice=notice,
        row=row,
        current=notice.stage in CURRENT,
        boil=notice.stage in CURRENT and notice.kind == RoadNotice.Kind.BOIL_WATER,
        list_url=reverse("public:works"),
        list_name=_("Works and closures"),
    )
    return page(request, "public/news/work.html", context)


@of_the_moment
def work_card(request: HttpRequest, works_id: int) -> HttpResponseBase:
    """The card of one notice, for the map."""
    row = _published(works_id)
    if _is_over(row):
        raise Http404
    response = render(request, "public/news/work_card.html", {"notice": notice_view(row, local_day(None))})
    response["X-Robots-Tag"] = "noindex"
    return response


@of_the_moment
def geojson(_request: HttpRequest) -> HttpResponse:
    """The notices in force and to come as a GeoJSON FeatureCollection (RFC 7946), in the order of the list.

    A point stands for a stretch of street or a zone; what concerns the whole town has a null geometry.
    """
    rows = recent_works()
    points = works_points(rows)
    features = [_feature(notice, points.get(notice.pk)) for notice in _views(rows) if notice.stage in CURRENT]
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, separators=(",", ":"))
    return HttpResponse(text, content_type="application/geo+json")


def _feature(notice: NoticeView, point: tuple[float, float] | None) -> dict[str, object]:
    at = [round(point[1], A_METRE), round(point[0], A_METRE)] if point else None
    return {
        "type": "Feature",
        "id": notice.pk,
        "geometry": {"type": "Point", "coordinates": at} if at else None,
        "properties": {
            "title": notice.title,
            "place": notice.place,
            "state": PIN,
            "state_name": notice.when,
            "kind": notice.kind,
            "first_day": notice.first_day.isoformat(),
            "last_day": notice.last_day.isoformat() if notice.last_day else None,
            "words": " ".join((notice.words, *notice.lines)),
            "url": _url(notice),
        },
    }


@screen.feed
def works_calendar(request: HttpRequest) -> HttpResponse:
    """The notices in force and to come as an iCalendar file."""
    return _file(request, _("Works and closures"), _views(recent_works()))


@screen.feed
def work_calendar(request: HttpRequest, works_id: int) -> HttpResponse:
    """One notice as an iCalendar file; 410 once it is over."""
    notice = notice_view(_published(works_id), local_day(None))
    return _file(request, notice.title, [notice]) if notice.stage in CURRENT else HttpResponse(status=screen.GONE)


def _file(request: HttpRequest, name: str, notices: Sequence[NoticeView]) -> HttpResponse:
    host = settings.PARVIS_URL.partition("://")[2]
    entries = [
        ics.Entry(
            uid=f"works-{notice.pk}@{host}",
            start=notice.first_day,
            end=(notice.last_day or notice.first_day) + A_DAY,
            title=f"{notice.title}, {notice.place}",
            stamp=EPOCH,
            place=notice.place,
            details=" ".join((notice.words, *notice.lines)),
            url=_url(notice),
        )
        for notice in notices
        if notice.stage in CURRENT
    ]
    return calendar_file(request, name, entries, [])


def _views(rows: Sequence[RoadNotice]) -> list[NoticeView]:
    today = local_day(None)
    return [notice_view(row, today) for row in rows]


def _published(works_id: int) -> RoadNotice:
    valid_id = number(str(works_id))
    return or_404(published_by_id(valid_id) if valid_id is not None else None)


def _is_over(row: RoadNotice) -> bool:
    end = row.days.end
    return end is not None and end < local_day(None) - STILL_SHOWN


def _url(notice: NoticeView) -> str:
    return settings.PARVIS_URL + reverse("public:work", args=[notice.pk])
