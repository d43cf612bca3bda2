"""The facts of the answers that follow the seasons: the day and the hour of an opening are typed in one place."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from parvis.apps.content.models import Fact
from parvis.apps.content.services.content import set_fact
from parvis.apps.directory.models import Actor
from parvis.apps.leisure.models import Season, SeasonFact
from parvis.lib import clock

Follows = SeasonFact.Follows
KINDS = {
    Follows.TITLE: Fact.Kind.TEXT,
    Follows.RESIDENTS_DAY: Fact.Kind.DATE,
    Follows.EVERYONE_DAY: Fact.Kind.DATE,
    Follows.RESIDENTS_HOUR: Fact.Kind.TIME,
}


def why_not_typed(key: str) -> str:
    """Why nobody types the value of a fact that follows the seasons, in words; "" for another fact."""
    if not SeasonFact.objects.filter(key=key).exists():
        return ""
    return _("This value follows the openings of the season: move them in Leisure, and it is said everywhere.")


@transaction.atomic
def tell_openings() -> None:
    """Gives their present values to the facts that follow the seasons; repeated, it changes nothing.

    They are those of the first published season that is not closed yet, up to the day it closes. Without one, what was
    said of the last one is over: the answers say that it is to be checked.
    """
    followers = list(SeasonFact.objects.select_related("owner"))
    rows = Fact.objects.filter(key__in=[one.key for one in followers], area=None, replaced_at=None)
    current = {row.key: row for row in rows.select_related("owner")}
    season = _season()
    for follower in followers:
        known = current.get(follower.key)
        if season is not None:
            _say(known, _content(follower, season))
        elif known is not None and (known.valid_to is None or known.valid_to >= clock.today()):
            _say(known, known.content | {"valid_to": clock.today() - timedelta(days=1)})


def _season() -> Season | None:
    seen = Season.objects.filter(published_at__lte=clock.now(), closes_at__gt=clock.now())
    return seen.order_by("residents_open_at", "pk").first()


def _content(follower: SeasonFact, season: Season) -> dict[str, Any]:
    residents, everyone = (timezone.localtime(season.opens_at(resident=one)) for one in (True, False))
    values: dict[str, Any] = {
        Follows.TITLE: {"fr": season.title_fr, "en": season.title_en or season.title_fr},
        Follows.RESIDENTS_DAY: residents.date().isoformat(),
        Follows.EVERYONE_DAY: everyone.date().isoformat(),
        Follows.RESIDENTS_HOUR: f"{residents:%H:%M}",
    }
    return {
        "key": follower.key,
        "kind": KINDS[Follows(follower.follows)],
        "value": values[follower.follows],
        "label_fr": follower.label_fr,
        "label_en": follower.label_en,
        "owner": follower.owner,
        "source_title": f"Loisirs, {season.title_fr}",
        "source_url": f"{settings.PARVIS_URL}/loisirs/",
        "valid_to": timezone.localtime(season.closes_at).date(),
        "example": season.example,
    }


def _say(known: Fact | None, content: dict[str, Any]) -> None:
    """A new version, unless the one in force says the same: the day it was last looked at makes none."""
    if known is None or any(getattr(known, name) != value for name, value in content.items()):
        set_fact(**content | {"verified_on": clock.today()}, follows=True, by=Actor.system())
