"""What every page of the citizen has around it: the way to the other pages."""

from typing import Any

from django.utils.translation import gettext as _

from parvis.apps.directory.models import Town
from parvis.apps.directory.queries import town
from parvis.lib.errors import NotFound


def nav(current: str = "") -> list[dict[str, Any]]:
    """The entries of the bar; `current` names the one the page belongs to ("answers", "track" or "reach")."""
    screens = (
        ("answers", _("Subjects"), "/reponses/"),
        ("track", _("Follow a request"), "/suivi/"),
        ("reach", _("Reach us"), "/#reach"),
    )
    return [{"label": label, "url": url, "current": name == current} for name, label, url in screens]


def english_by_exception() -> bool:
    """Whether the town may write in English only on one of the grounds of the law, which it records."""
    try:
        return town().english == Town.English.EXCEPTION
    except NotFound:
        return False


def english_offered() -> bool:
    """Whether this town offers its pages in English."""
    try:
        return town().english != Town.English.OFF
    except NotFound:
        return False
