"""Council sessions and events: their lists, their pages, their calendars."""

from collections.abc import Sequence
from datetime import UTC, datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from parvis.apps.directory.queries import town
from parvis.apps.news.models import CouncilSession, Event
from parvis.apps.news.queries import dates
from parvis.apps.news.rules.plain_text import plain, shortened
from parvis.lib import ics
from parvis.lib.clock import now
from parvis.surfaces.public.http_cache import of_the_moment, page
from parvis.surfaces.public.news import screen, structured
from parvis.surfaces.public.news.calendars import calendar_file

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
Gathering = Event | CouncilSession


@of_the_moment
def events(request: HttpRequest) -> HttpResponseBase:
    """The events to come, then the past ones."""
    context = screen.common(
        request,
        _("Events"),
        _("What happens in town, day by day, with its calendar to subscribe to."),
        coming=dates.upcoming_events(),
        past=dates.past_events(),
        calendar=reverse("public:events_calendar"),
        one="public:event",
    )
    return page(request, "public/news/gatherings.html", context)


@of_the_moment
def sessions(request: HttpRequest) -> HttpResponseBase:
    """The council sessions to come, then those held, with their documents."""
    context = screen.common(
        request,
        _("Council sessions"),
        _("When the council sits, where, and its documents."),
        coming=dates.upcoming_sessions(),
        past=dates.past_sessions(),
        calendar=reverse("public:sessions_calendar"),
        one="public:session",
    )
    return page(request, "public/news/gatherings.html", context)


@of_the_moment
def event(request: HttpRequest, event_id: int) -> HttpResponseBase:
    """One event; 410 once it is withdrawn."""
    return _one(request, dates.event_by_id(event_id), reverse("public:events"), _("Events"))


@of_the_moment
def session(request: HttpRequest, session_id: int) -> HttpResponseBase:
    """One council session; 410 once it is withdrawn."""
    found = dates.session_by_id(session_id)
    return _one(request, found, reverse("public:sessions"), _("Council sessions"))


def _one(request: HttpRequest, shown: Gathering | None, list_url: str, list_name: str) -> HttpResponseBase:
    if shown is None:
        raise Http404
    if not shown.is_shown(now()):
        return screen.gone(request, shown)
    context = screen.common(
        request,
        shown.title,
        shortened(f"{plain(shown.body)}", 160),
        item=shown,
        body=screen.html_of(shown.body),
        over=shown.over_at <= now(),
        list_url=list_url,
        list_name=list_name,
        calendar=f"{request.path.rstrip('/')}.ics",
        structured=structured.of_gathering(shown, request.path, town()),
    )
    return page(request, "public/news/gathering.html", context)


@screen.feed
def events_calendar(request: HttpRequest) -> HttpResponse:
    """Every event to come as an iCalendar file."""
    return _file(request, _("Events"), dates.upcoming_events())


@screen.feed
def sessions_calendar(request: HttpRequest) -> HttpResponse:
    """Every council session to come as an iCalendar file."""
    return _file(request, _("Council sessions"), dates.upcoming_sessions())


@screen.feed
def event_calendar(request: HttpRequest, event_id: int) -> HttpResponse:
    """One event as an iCalendar file."""
    return _file_of(request, dates.event_by_id(event_id))


@screen.feed
def session_calendar(request: HttpRequest, session_id: int) -> HttpResponse:
    """One council session as an iCalendar file."""
    return _file_of(request, dates.session_by_id(session_id))


def _file_of(request: HttpRequest, gathering: Gathering | None) -> HttpResponse:
    if gathering is None:
        raise Http404
    if not gathering.is_shown(now()):
        return HttpResponse(status=screen.GONE)
    return _file(request, gathering.title, [gathering])


def _file(request: HttpRequest, name: str, gatherings: Sequence[Gathering]) -> HttpResponse:
    ends = [each.expire_at for each in gatherings]
    return calendar_file(request, name, [_entry(each) for each in gatherings], ends)


def _entry(gathering: Gathering) -> ics.Entry:
    name = "event" if isinstance(gathering, Event) else "session"
    return ics.Entry(
        uid=str(gathering.permanent_id),
        start=gathering.starts_at,
        end=gathering.over_at,
        title=gathering.title,
        stamp=gathering.updated_at or EPOCH,
        place=gathering.place,
        details=plain(gathering.body),
        url=settings.PARVIS_URL + reverse(f"public:{name}", args=[gathering.pk]),
        cancelled=gathering.cancelled,
    )
