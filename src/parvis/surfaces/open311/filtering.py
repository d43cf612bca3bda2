"""Reads the filters and the page of a list of requests."""

from dataclasses import replace
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from parvis.apps.open311.queries.server.requests import MOST_ROWS, Circle, Filters
from parvis.apps.open311.rules.server.statuses import DetailedStatus, Status
from parvis.lib import clock
from parvis.lib.words import number
from parvis.surfaces.open311.errors import Failure
from parvis.surfaces.open311.gate import Asked
from parvis.surfaces.open311.moments import read_moment, span

MOST_IDS, MOST_CODES = 200, 200
FARTHEST = 50_000  # metres
DEEPEST = 100_000  # rows
SMALL_PAGE = 50
DAY, MOST_DAYS = timedelta(days=1), 31  # of steps


def several(asked: Asked, name: str, most: int) -> list[str]:
    """The values of a parameter joined by commas, each once. Raises Failure beyond `most`."""
    values = list(
        dict.fromkeys(part.strip() for part in ",".join(asked.values.getlist(name)).split(",") if part.strip())
    )
    if len(values) > most:
        text = _("%(name)s: at most %(most)s values.") % {"name": name, "most": most}
        raise Failure(text, reason=name)
    return values


def read_filters(asked: Asked) -> Filters:
    """The filters of a list. Raises Failure for a value that means nothing."""
    changed_from = read_moment("updated_after", asked.text("updated_after"))
    changed_until = read_moment("updated_before", asked.text("updated_before"), last=True)
    by_changes = bool(changed_from or changed_until) and not (asked.text("start_date") or asked.text("end_date"))
    start, end = (None, None) if by_changes else _opened(asked)
    if by_changes and changed_from is None and changed_until:
        changed_from = span(None, changed_until, clock.now())[0]
    filters = Filters(
        service_codes=several(asked, "service_code", MOST_CODES),
        statuses=[Status(text) for text in _among(asked, "status", list(Status))],
        detailed=[DetailedStatus(text) for text in _among(asked, "detailed_status", list(DetailedStatus))],
        opened_from=start,
        opened_until=end,
        changed_from=changed_from,
        changed_until=changed_until,
        by_changes=by_changes,
        sectors=asked.sectors,
    )
    return replace(filters, box=_box(asked), circle=_circle(asked))


def _opened(asked: Asked) -> tuple[datetime, datetime]:
    end = read_moment("end_date", asked.text("end_date"), last=True)
    return span(read_moment("start_date", asked.text("start_date")), end, clock.now())


def read_steps(asked: Asked) -> tuple[datetime, datetime]:
    """The range of steps asked for: the last day, or the day that follows the start, or precedes the end. Raises
    Failure for steps older than MOST_DAYS: the journal has no index by time.
    """
    start = read_moment("start_date", asked.text("start_date"))
    end = read_moment("end_date", asked.text("end_date"), last=True)
    try:
        start, end = start or (end or clock.now()) - DAY, end or (start + DAY if start else clock.now())
    except OverflowError as error:
        raise Failure(_("This date is too far away."), reason="dates") from error
    if start > end:
        raise Failure(_("start_date is after end_date."), reason="dates")
    if clock.now() - start > (MOST_DAYS + 1) * DAY:
        raise Failure(_("Steps are told for %(days)s days: start later.") % {"days": MOST_DAYS}, reason="dates")
    return start, end


def _among(asked: Asked, name: str, known: list[Status] | list[DetailedStatus]) -> list[str]:
    by_fold = {str(value).lower(): str(value) for value in known}
    values = several(asked, name, MOST_CODES)
    if wrong := [text for text in values if text.lower() not in by_fold]:
        text = _("%(name)s: %(value)s means nothing. Choose among: %(known)s.")
        raise Failure(text % {"name": name, "value": wrong[0][:40], "known": ", ".join(by_fold.values())}, reason=name)
    return [by_fold[text.lower()] for text in values]


def read_number(name: str, text: str, low: float, high: float) -> float:
    """A number between two others. Raises Failure."""
    try:
        value = float(text)
    except ValueError:
        value = high + 1
    if not low <= value <= high:
        text = _("%(name)s must be a number from %(low)s to %(high)s.") % {"name": name, "low": low, "high": high}
        raise Failure(text, reason=name)
    return value


def _box(asked: Asked) -> tuple[float, float, float, float] | None:
    text = asked.text("bbox")
    if not text:
        return None
    parts = text.split(",")
    if len(parts) != 4:  # noqa: PLR2004
        raise Failure(_("bbox is west,south,east,north: four numbers in degrees."), reason="bbox")
    west, east = (read_number("bbox", part, -180, 180) for part in parts[::2])
    south, north = (read_number("bbox", part, -90, 90) for part in parts[1::2])
    return west, south, east, north


def _circle(asked: Asked) -> Circle | None:
    if not asked.text("radius"):
        return None
    if not (asked.text("lat") and asked.text("long")):
        raise Failure(_("radius, in metres, needs lat and long."), reason="radius")
    centre = read_number("lat", asked.text("lat"), -90, 90), read_number("long", asked.text("long"), -180, 180)
    return Circle(centre, read_number("radius", asked.text("radius"), 0, FARTHEST))


def read_page(asked: Asked) -> tuple[int, int, int]:
    """The page asked for: its number, its first row and its size; by default one page of MOST_ROWS."""
    page = _whole(asked, "page", 1, 1)
    size = _whole(asked, "page_size", SMALL_PAGE if asked.text("page") else MOST_ROWS, MOST_ROWS)
    offset = (page - 1) * size
    if offset > DEEPEST:
        raise Failure(_("This page is too far: ask for fewer days at a time."), reason="page")
    return page, offset, size


def next_page(asked: Asked, page: int, size: int) -> str:
    """The header Link that leads to the page after that one; without the key."""
    values = asked.request.GET.copy()
    values.pop("api_key", None)
    values["page"], values["page_size"] = str(page + 1), str(size)
    return f'<{asked.request.build_absolute_uri("?" + values.urlencode())}>; rel="next"'


def _whole(asked: Asked, name: str, default: int, most: int) -> int:
    text = asked.text(name)
    value = number(text) if text else default
    most = most if name == "page_size" else 10**9
    if value is None or not 1 <= value <= most:
        text = _("%(name)s must be a whole number from 1 to %(most)s.") % {"name": name, "most": most}
        raise Failure(text, reason=name)
    return value
