"""For systems that are closed: a picture and a feed, which never outlive what they show."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from xml.etree.ElementTree import Element, SubElement, tostring

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from parvis.apps.panels.models import Item, Screen
from parvis.apps.panels.queries import pictures, screens
from parvis.apps.panels.queries.items import coming, live_items
from parvis.apps.panels.rules.rotation import ALERT, SECONDS
from parvis.apps.panels.rules.text import parts
from parvis.apps.panels.services.reports import record_seen
from parvis.lib import clock
from parvis.ui.views import or_404

LONGEST = 60  # seconds that a feed may be kept


@require_safe
def image(request: HttpRequest, secret: str) -> HttpResponse:
    """What the screen shows now, as a PNG of its size; the messages take turns with time. Off, or none: a plain one."""
    screen = _screen(request, secret)
    moment = clock.now()
    health = screens.health_of(screen)
    turn = int(moment.timestamp()) // SECONDS
    slides = [(item, words) for item in health.rotation for words in item.texts] if health.is_on else []
    if slides:
        item, words = slides[turn % len(slides)]
        rounds = turn // len(slides)
        body = pictures.picture(screen, words, alert=item.priority >= ALERT, page=rounds)
    else:
        body = pictures.picture(screen, "", off=not health.is_on)
    left = SECONDS - int(moment.timestamp()) % SECONDS
    response = HttpResponse(body, content_type="image/png")
    return _bounded(response, screen, moment, left)


@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """What takes turns on the screen now, as RSS 2.0."""
    screen = _screen(request, secret)
    moment = clock.now()
    health = screens.health_of(screen)
    items = health.rotation if health.is_on else ()
    response = HttpResponse(_rss(screen, items), content_type="application/rss+xml; charset=utf-8")
    return _bounded(response, screen, moment, LONGEST)


def _screen(request: HttpRequest, secret: str) -> Screen:
    """The screen, seen now unless the desk previews it (`?apercu`)."""
    screen = or_404(screens.by_secret(secret))
    if "apercu" not in request.GET:
        record_seen(screen=screen)
    return screen


def _bounded(response: HttpResponse, screen: Screen, moment: datetime, most: int) -> HttpResponse:
    """Lets a cache keep the answer until the next message begins or ends, `most` seconds at most; alone, and not after
    (must-revalidate). Hours begin and end with a minute.
    """
    items = coming(screen, live_items())
    changes = [at for item in items for at in (item.starts_at, item.expires_at) if at > moment]
    local = timezone.localtime(moment)
    if any(item.from_hour or item.days for item in items):
        changes.append(local.replace(second=0, microsecond=0) + timedelta(minutes=1))
    left = min([most, *(int((at - moment).total_seconds()) for at in changes)])
    response.headers["Cache-Control"] = f"private, max-age={max(0, left)}, must-revalidate"
    response.headers["Expires"] = http_date((moment + timedelta(seconds=max(0, left))).timestamp())
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _rss(screen: Screen, items: Sequence[Item]) -> bytes:
    root = Element("rss", {"version": "2.0"})
    channel = SubElement(root, "channel")
    SubElement(channel, "title").text = screen.name
    SubElement(channel, "link").text = settings.PARVIS_URL
    SubElement(channel, "description").text = pictures.standing()["name"]
    SubElement(channel, "language").text = "fr-ca"
    SubElement(channel, "ttl").text = "1"
    for item in items:
        for rank, words in enumerate(item.texts):
            head, rest = parts(words)
            row = SubElement(channel, "item")
            SubElement(row, "title").text = head
            SubElement(row, "description").text = rest or head
            guid = f"{item.key}#{item.revision}.{rank}"
            SubElement(row, "guid", {"isPermaLink": "false"}).text = guid
            SubElement(row, "pubDate").text = http_date(item.starts_at.timestamp()).replace("GMT", "+0000")
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))
