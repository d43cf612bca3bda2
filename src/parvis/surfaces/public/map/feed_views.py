"""The public requests as Atom, RSS and GeoJSON, under the same filters as the list."""

import json
from datetime import UTC

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed
from django.utils.translation import gettext as _

from parvis.apps.cases.queries.lists import public_list
from parvis.apps.directory.queries import town
from parvis.lib.i18n.localized import localized
from parvis.surfaces.public.http_cache import of_the_moment
from parvis.surfaces.public.map import screen
from parvis.surfaces.public.map.incidents import STATE, IncidentLine, incident_lines
from parvis.surfaces.public.map.screen import Asked, RequestLine


@of_the_moment
def atom(request: HttpRequest) -> HttpResponse:
    """The last changed requests as an Atom feed; every state unless `etat` says otherwise."""
    return _feed(request, Atom1Feed)


@of_the_moment
def rss(request: HttpRequest) -> HttpResponse:
    """The same as RSS 2.0."""
    return _feed(request, Rss201rev2Feed)


@of_the_moment
def geojson(request: HttpRequest) -> HttpResponse:
    """The incidents, then the requests, as a GeoJSON FeatureCollection (RFC 7946), in the order of the list; at most
    MOST_PINS requests.

    The points are coarse (`public_cases.public_point`); what has none has a null geometry.
    """
    asked = screen.asked(request.GET)
    lines = [] if asked.unknown_street else screen.lines(public_list.pins(asked.filters))
    features = [_incident_feature(line) for line in incident_lines(asked, placed=True)]
    collection = {"type": "FeatureCollection", "features": features + [_feature(line) for line in lines]}
    text = json.dumps(collection, ensure_ascii=False, separators=(",", ":"))
    return HttpResponse(text, content_type="application/geo+json")


def _feed(request: HttpRequest, kind: type[Atom1Feed] | type[Rss201rev2Feed]) -> HttpResponse:
    asked = screen.asked(request.GET, default="")
    lines = [] if asked.unknown_street else screen.lines(public_list.latest(asked.filters))
    feed = kind(
        title=_("What was reported to us, %(town)s") % {"town": localized(town(), "name")},
        link=f"{settings.PARVIS_URL}/carte/{_without_state(asked)}",
        description=_("The requests about public places, where they stand and what was promised. No name."),
        language=f"{screen.lang()}-CA",
        feed_url=settings.PARVIS_URL + request.get_full_path(),
    )
    for incident in incident_lines(asked):
        _add_incident(feed, incident)
    for line in lines:
        address = settings.PARVIS_URL + line.url
        feed.add_item(
            title=line.heading,
            link=address,
            description=" ".join(filter(None, (line.state_words + ".", line.promise_words, line.words))),
            unique_id=address,
            unique_id_is_permalink=True,
            pubdate=line.case.opened_at.astimezone(UTC),
            updateddate=line.case.changed_at.astimezone(UTC),
            categories=(line.title, line.state_words),
        )
    return HttpResponse(feed.writeString("utf-8"), content_type=kind.content_type)


def _add_incident(feed: Atom1Feed | Rss201rev2Feed, line: IncidentLine) -> None:
    notice, address = line.shown.notice, settings.PARVIS_URL + line.url
    feed.add_item(
        title=line.heading,
        link=address,
        description=" ".join(filter(None, (notice.say, notice.news, notice.until))),
        unique_id=address,
        unique_id_is_permalink=True,
        pubdate=line.shown.incident.opened_at.astimezone(UTC),
        updateddate=line.shown.incident.notice.changed_at.astimezone(UTC),
        categories=(line.state_words,),
    )


def _without_state(asked: Asked) -> str:
    return asked.query(etat="")


def _incident_feature(line: IncidentLine) -> dict[str, object]:
    notice = line.shown.notice
    return {
        "type": "Feature",
        "id": line.id,
        "geometry": _geometry(line.point),
        "properties": {
            "title": line.title,
            "place": line.where,
            "state": STATE,
            "state_name": line.state_words,
            "received": screen.day_of(line.shown.incident.opened_at).isoformat(),
            "seen_by": line.shown.count,
            "words": " ".join(filter(None, (notice.say, notice.news, notice.until))),
            "url": settings.PARVIS_URL + line.url,
        },
    }


def _geometry(point: tuple[float, float] | None) -> dict[str, object] | None:
    return {"type": "Point", "coordinates": [point[1], point[0]]} if point else None


def _feature(line: RequestLine) -> dict[str, object]:
    return {
        "type": "Feature",
        "id": line.reference,
        "geometry": _geometry(line.point),
        "properties": {
            "reference": line.reference,
            "subject": line.case.subject.slug,
            "title": line.title,
            "place": line.where,
            "state": str(line.state),
            "state_name": line.state_words,
            "received": screen.day_of(line.case.opened_at).isoformat(),
            "promised": line.due.isoformat() if line.due and line.case.is_open else None,
            "settled": line.due.isoformat() if line.due and not line.case.is_open else None,
            "seen_by": line.case.merged_count + 1,
            "words": line.words,
            "url": settings.PARVIS_URL + line.url,
        },
    }
