"""Dates as W3C's profile of ISO 8601 writes them, always with an offset."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from parvis.surfaces.open311.errors import Failure

SPAN = timedelta(days=90)


def written(moment: datetime | None) -> str:
    """A moment in the town's zone, to the second; "" for none."""
    return "" if moment is None else moment.astimezone(ZoneInfo(settings.TIME_ZONE)).isoformat(timespec="seconds")


def read_moment(name: str, text: str, *, last: bool = False) -> datetime | None:
    """A moment; a date alone, or one without an offset, is of the town's zone. None for "". Raises Failure.

    `last`: a date alone means its end. The plus of an offset that was not escaped comes as a blank, and is understood.
    """
    if not text:
        return None
    try:
        moment = parse_datetime(text.replace(" ", "+")) if "T" in text else None
        if day := None if moment else parse_date(text):
            moment = datetime.combine(day, time(23, 59, 59) if last else time())
        if moment:
            zoned = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(settings.TIME_ZONE))
            zoned.astimezone(ZoneInfo("UTC"))
            return zoned
    except (ValueError, OverflowError):
        pass
    text = _("%(name)s is not a date: write it as 2026-11-24T08:00:00Z, or with an offset.") % {"name": name}
    raise Failure(text, reason="date")


def span(start: datetime | None, end: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    """The range to search: the last 90 days, or the 90 that follow the start, or precede the end. Failure if longer."""
    if start and end:
        if start > end:
            raise Failure(_("start_date is after end_date."), reason="dates")
        if end - start > SPAN + timedelta(days=1):
            raise Failure(
                _("From start_date to end_date there are more than 90 days: ask in several times."), reason="dates"
            )
        return start, end
    try:
        if start:
            return start, start + SPAN
        return (end or now) - SPAN, end or now
    except OverflowError as error:
        raise Failure(_("This date is too far away."), reason="dates") from error
