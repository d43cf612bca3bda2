"""The place of someone who waits, in words."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.leisure.models import Rush
from parvis.apps.leisure.queries.lines import Admission
from parvis.apps.leisure.rules.lines import served_at
from parvis.lib.quebec import hour

STONES = 20


def waiting_words(place: Admission, rush: Rush, arrived_at: datetime, at: datetime) -> dict[str, Any]:
    """What the page of a line shows, and its script puts in it: all texts, but for `past` of the STONES."""
    position, course = place.ahead + 1, rush.course
    began = course[0].since if arrived_at < rush.opens_at else arrived_at
    start = max(position, round((place.rank or 0) - served_at(course, began)))
    return {
        "position": str(position),
        "ending": ordinal_ending(position),
        "start": f"{start}{ordinal_ending(start)}",
        "began": hour(timezone.localtime(began), get_language() or "fr"),
        "past": (STONES - 1) * (start - position) // start,
        "about": _about(place),
        "between": _between(place),
        "updated": _("Updated at %(time)s, by itself.") % {"time": _to_the_second(at)},
    }


def stones(past: int) -> SafeString:
    """The way from where one began to one's turn, as stones of which so many are behind."""
    kinds = ["past"] * past + ["now"] + [""] * (STONES - past - 1)
    return mark_safe("".join(f'<i class="{kind}"></i>' if kind else "<i></i>" for kind in kinds))


def ordinal_ending(number: int) -> str:
    """What follows a number to make a rank: "er" or "e" in French, "st", "nd", "rd" or "th" in English."""
    if (get_language() or "fr").startswith("fr"):
        return "er" if number == 1 else "e"
    if number % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def _about(place: Admission) -> str:
    if place.estimate is None:
        return _("The line stands still for a moment.")
    least, most = place.estimate
    if most <= 1:
        return _("About a minute, or less.")
    return _("About %(minutes)s minutes.") % {"minutes": max(2, round((least / 0.8 + most / 1.5) / 2))}


def _between(place: Admission) -> str:
    if place.estimate is None:
        return _("Your place is kept.")
    least, most = place.estimate
    if most <= 1:
        return ""
    return _("Between %(least)s and %(most)s, at the pace of this moment.") % {"least": max(1, least), "most": most}


def _to_the_second(at: datetime) -> str:
    local = timezone.localtime(at)
    if (get_language() or "fr").startswith("fr"):
        return f"{local.hour}\xa0h\xa0{local:%M}\xa0min\xa0{local:%S}\xa0s"
    return f"{local.hour % 12 or 12}:{local:%M:%S}\xa0{'a.m.' if local.hour < 12 else 'p.m.'}"
