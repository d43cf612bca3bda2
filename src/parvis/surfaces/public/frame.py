"""What every public page needs: the navigation bar, and the town's policy on English."""

from typing import Any

from django.utils.translation import gettext as _

from parvis.apps.directory.models import Town
from parvis.apps.directory.queries import town
from parvis.apps.leisure.queries.catalogue import published_seasons
from parvis.lib.errors import NotFound
from parvis.lib.ttl_cache import TtlCache

SEASONS_FRESH = 30.0  # seconds

seasons = TtlCache(published_seasons, SEASONS_FRESH)
"""The published seasons that are not over, the next one first."""


def nav(current: str = "") -> list[dict[str, Any]]:
    """The entries of the navigation bar; `current`: the key of the active one (report, answers, file, map, leisure,
    reach). Leisure is there while a season is published.
    """
    leisure = (("leisure", _("Leisure"), "/loisirs/"),) if seasons() else ()
    screens = (
        ("report", _("Report"), "/signaler/"),
        ("answers", _("Subjects"), "/reponses/"),
        ("file", _("My file"), "/mon-dossier/"),
        ("map", _("Map"), "/carte/"),
        *leisure,
        ("reach", _("Reach us"), "/#reach"),
    )
    return [{"key": key, "label": label, "url": url, "current": key == current} for key, label, url in screens]


def english_by_exception() -> bool:
    """Whether the town may write in English only on one of the legal grounds, which it records."""
    return _english_policy() == Town.English.EXCEPTION


def english_offered() -> bool:
    """Whether this town offers its pages in English."""
    return _english_policy() not in (None, Town.English.OFF)


def _english_policy() -> str | None:
    try:
        return town().english
    except NotFound:
        return None
