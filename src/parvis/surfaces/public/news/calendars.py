"""The iCalendar files of the site."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.text import slugify

from parvis.apps.directory.queries import town
from parvis.lib import ics
from parvis.surfaces.public.answers.screen import language
from parvis.surfaces.public.news import screen

LONGEST_NAME = 60
REFRESH = timedelta(hours=6)


def calendar_file(
    request: HttpRequest, name: str, entries: Sequence[ics.Entry], ends: Sequence[datetime | None]
) -> HttpResponse:
    """The response that holds these entries; caches keep it until the first of the `ends` at most."""
    url = settings.PARVIS_URL + request.path
    content = ics.calendar(
        uid=str(uuid5(NAMESPACE_URL, url)),
        product="News",
        name=f"{name}, {town().name}",
        lang=language(),
        entries=entries,
        refresh=REFRESH,
    )
    file_name = slugify(name)[:LONGEST_NAME] or "calendrier"
    headers = {"Content-Disposition": f'inline; filename="{file_name}.ics"', "X-Robots-Tag": "noindex"}
    return screen.bounded(HttpResponse(content, content_type=ics.CONTENT_TYPE, headers=headers), list(ends))
