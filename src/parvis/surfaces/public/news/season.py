"""The picture of the season on the home page: which one, and its words."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from parvis.apps.news.rules.season import season_of
from parvis.lib import clock


@dataclass(frozen=True)
class Season:
    """A season: its drawing, what the drawing shows, and its caption."""

    name: str
    title: Any
    caption: Any


SEASONS = {
    season.name: season
    for season in (
        Season("winter", _("Drawing: the village by the river, in winter"), _("Drawing of the season: winter")),
        Season("spring", _("Drawing: the village by the river, in spring"), _("Drawing of the season: spring")),
        Season("summer", _("Drawing: the village by the river, in summer"), _("Drawing of the season: summer")),
        Season("autumn", _("Drawing: the village by the river, in autumn"), _("Drawing of the season: autumn")),
    )
}


def season_now() -> Season:
    """The season of today."""
    return SEASONS[season_of(clock.today())]
