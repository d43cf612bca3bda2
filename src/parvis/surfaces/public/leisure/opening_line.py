"""The line of an opening, as the catalogue and the pages of groups tell it: to come, or on."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from parvis.apps.leisure.models import Rush, Season
from parvis.apps.leisure.queries.lines import lines
from parvis.lib import clock, quebec
from parvis.surfaces.public.leisure import words


@dataclass(frozen=True)
class OpeningLine:
    """A line that is on, or the next one. `opens` and `registration` are moments in words, in the active language."""

    rush: Rush
    is_on: bool
    has_begun: bool
    residents_only: bool
    opens: str
    registration: str


def opening_line(season: Season) -> OpeningLine | None:
    """The line of a season that is on now, else its next one; None without any. Reads `queries.lines.lines`."""
    at = clock.now()
    known = [rush for rush in lines() if rush.season_id == season.pk]
    on = [rush for rush in known if rush.is_on(at)]
    coming = [rush for rush in known if at < rush.line_opens_at and rush.closed_at is None]
    rush = min(on or coming, key=lambda each: each.opens_at, default=None)
    if rush is None:
        return None
    return OpeningLine(
        rush=rush,
        is_on=bool(on),
        has_begun=at >= rush.opens_at,
        residents_only=rush.for_residents and season.residents_open_at != season.everyone_opens_at,
        opens=words.moment_words(rush.line_opens_at),
        registration=_hour_or_moment(rush.opens_at, rush.line_opens_at),
    )


def _hour_or_moment(moment: datetime, after: datetime) -> str:
    """A moment that follows another, by its hour on the same day."""
    if words.local(moment).date() != words.local(after).date():
        return words.moment_words(moment)
    return _("at %(hour)s") % {"hour": quebec.hour(words.local(moment), words.lang())}
