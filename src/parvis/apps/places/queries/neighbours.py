"""Which neighbouring town a place outside this one is in: by a point, or by the words that name it."""

import re

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.places.models import NeighbouringTown
from parvis.apps.places.queries.plan import perhaps_outside, plan
from parvis.apps.places.rules.shapes import Point, inside
from parvis.lib import quebec
from parvis.lib.i18n.languages import clean
from parvis.lib.ttl_cache import TtlCache
from parvis.lib.words import split

_BEYOND = frozenset({"qc", "quebec", "canada"})
_POSTAL_CODE = re.compile(r"\b[a-z]\d[a-z] ?\d[a-z]\d\b", re.IGNORECASE)
_neighbours = TtlCache(lambda: tuple(NeighbouringTown.objects.order_by("pk")))


def neighbour_at(point: Point) -> NeighbouringTown | None:
    """The neighbouring town whose area holds the point; None when it may be in this one (`perhaps_outside`), or when no
    area is known there. Two queries at most.
    """
    found = next((town for town in _neighbours() if town.area and inside(point, town.area)), None)
    return found if found and perhaps_outside(point, plan().box) else None


def neighbour_named(text: str, *, anywhere: bool = False) -> NeighbouringTown | None:
    """The neighbouring town that an address names after its street and a comma: "12, rue du Fort, Chambly (Québec)".

    Without a comma too when `anywhere`, for an address whose street is not of this town. One query at most.
    """
    parts = [split(part) for part in _POSTAL_CODE.sub(" ", text).split(",")]
    parts = [words for part in parts if (words := [word for word in part if word not in _BEYOND])]
    has_street = any(word.isalpha() and len(word) > 1 for words in parts[:-1] for word in words)
    if not parts or not (has_street or anywhere):
        return None
    last = parts[-1]
    for town in _neighbours():
        for name in (split(town.name_fr), split(town.name_en)):
            if last == name or (anywhere and last[-len(name) :] == name):
                return town
    return None


def how_to_tell(neighbour: NeighbouringTown) -> str:
    """Whom to tell of a place in a neighbouring town, and how, in one sentence."""
    phone = quebec.phone(neighbour.phone, clean(get_language())) if neighbour.phone else ""
    values = {"town": neighbour.name, "phone": phone, "url": neighbour.url}
    if phone:
        return _("It is in %(town)s, outside our town: tell them, at %(phone)s.") % values
    if neighbour.url:
        return _("It is in %(town)s, outside our town: tell them, on %(url)s.") % values
    return _("It is in %(town)s, outside our town: tell them.") % values
