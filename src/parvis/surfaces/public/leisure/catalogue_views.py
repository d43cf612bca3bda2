"""The catalogue of leisure: the groups of a season, filtered by a plain form, the same for everyone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_safe
from django.views.decorators.vary import vary_on_cookie

from parvis.apps.leisure.models import Season
from parvis.apps.leisure.queries.asking import groups_asked
from parvis.apps.leisure.queries.catalogue import GroupFilter, GroupView, listed_groups, sift
from parvis.lib import clock, quebec
from parvis.lib.ttl_cache import TtlCacheByKey
from parvis.lib.words import number
from parvis.surfaces.public import http_cache
from parvis.surfaces.public.frame import nav, seasons
from parvis.surfaces.public.leisure import words
from parvis.surfaces.public.leisure.opening_line import OpeningLine, opening_line

FRESH = 5.0  # seconds during which the places counted once are shown to everyone, with the time of the count
SEASONS_KEPT = 8
OLDEST, LONGEST = 120, 80
WEEK = range(7)

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True)
class Counted:
    """Groups with the places that were left at a moment."""

    groups: list[GroupView]
    at: datetime


def _count(season_id: int) -> Counted:
    season = Season.objects.get(pk=season_id)
    return Counted(listed_groups(season), clock.now())


counted = TtlCacheByKey(_count, FRESH, most=SEASONS_KEPT, keeps=lambda found: True)
"""The groups of a season, counted at most every five seconds by each process, whatever the filters looked through."""


@dataclass(frozen=True)
class Asked:
    """What the form asks for: a season, and a filter of its groups."""

    season: Season | None
    filter: GroupFilter

    @property
    def is_filtered(self) -> bool:
        """Whether anything is left out."""
        return self.filter != GroupFilter()


def asked(sent: QueryDict) -> Asked:
    """The season and the filter sent; what cannot be read is ignored."""
    known = seasons()
    season = next((one for one in known if one.slug == sent.get("saison")), known[0] if known else None)
    age, day = number(sent.get("age", "")[:3]), number(sent.get("jour", "")[:1])
    return Asked(
        season,
        GroupFilter(
            category=sent.get("genre", "")[:50],
            age=age if age is not None and age <= OLDEST else None,
            day=day if day in WEEK else None,
            words=" ".join(sent.get("mots", "")[:LONGEST].split()),
            free_only=sent.get("places") == "1",
        ),
    )


def _etag(request: HttpRequest) -> str:
    """That of the pages that are the same for everyone, and the moment of the count shown."""
    what = asked(request.GET)
    at = counted(what.season.pk).at if what.season else None
    return f'{http_cache.etag(request)[:-1]}-{at and int(at.timestamp())}"'


def counted_for_everyone(view: View) -> View:
    """As `same_for_everyone`, until the places are counted again."""
    fresh = cache_control(no_cache=True)(vary_on_cookie(condition(etag_func=_etag)(view)))
    return wraps(view)(require_safe(fresh))


@counted_for_everyone
def catalogue(request: HttpRequest) -> HttpResponseBase:
    """The groups of the season, by category; those of the filter."""
    what = asked(request.GET)
    title = _("Leisure, %(season)s") % {"season": _lowered(str(what.season))} if what.season else _("Leisure")
    context: dict[str, Any] = {
        "title": title,
        "og_title": title,
        "description": _("Courses and activities, with their hours, their prices and the places left."),
        "alternates": reverse("public:leisure"),
        "indexed": not what.is_filtered,
        "public_nav": nav("leisure"),
        "asked": what,
        "season": what.season,
        "others": [one for one in seasons() if one != what.season],
    }
    if what.season:
        context |= _listing(what.season, what.filter)
    return http_cache.page(request, "public/leisure/catalogue.html", context)


def _lowered(title: str) -> str:
    """A title within another: "hiver 2027" in French; as it is in English."""
    return title if words.lang() == "en" else title[:1].lower() + title[1:]


def _listing(season: Season, chosen: GroupFilter) -> dict[str, Any]:
    everything = counted(season.pk)
    sifted = sift(everything.groups, chosen)
    families = [
        (category, [line_of(view) for view in views])
        for category, views in groupby(sifted.groups, key=lambda view: view.activity.category)
    ]
    categories = {view.activity.category: view.activity.category.slug for view in everything.groups}
    days = sorted({view.weekday for view in everything.groups if view.weekday is not None})
    names = quebec.DAYS[words.lang()]
    return {
        "families": families,
        "count": len(sifted.groups),
        "counted_at": words.second_words(everything.at),
        "opening": opening_of(season),
        "line_ahead": (line_ahead := opening_line(season)),
        "may_note": may_note(season, line_ahead),
        "categories": [(category, sifted.by_category.get(slug, 0)) for category, slug in categories.items()],
        "days": [(day, names[day], sifted.by_day.get(day, 0)) for day in days],
        "sifted": sifted,
    }


def may_note(season: Season, line_ahead: OpeningLine | None) -> bool:
    """Whether noting a group is of use to someone: before an opening that they wait for, or while a line is on."""
    return line_ahead is not None or clock.now() < season.everyone_opens_at


def opening_of(season: Season) -> dict[str, Any]:
    """What is open now, and when it opens for whom, in words."""
    moment = clock.now()
    resident, everyone = season.residents_open_at, season.everyone_opens_at
    if moment >= season.closes_at:
        state = pgettext("registration", "Closed")
    elif moment >= resident:
        state = pgettext("registration", "Open")
    else:
        state = _("Not open yet")
    return {
        "state": state,
        "is_open": resident <= moment < season.closes_at,
        "closed": moment >= season.closes_at,
        "resident": words.opening_words(season, resident=True),
        "everyone": words.opening_words(season, resident=False),
        "same": resident == everyone,
        "closes": words.moment_words(season.closes_at),
    }


def line_of(view: GroupView) -> dict[str, Any]:
    """A group as a line of a list."""
    slot, rest = words.slot_words(view)
    return {
        "view": view,
        "slot": slot,
        "rest": rest,
        "ages": words.ages_words(view.activity),
        "price": words.price_words(view.price_cents),
        "left": words.left_words(view),
        "last": 0 < view.left <= words.LAST,
        "seats": words.seats(view),
        "waiting": words.waiting_words(view),
        "opens": "" if view.season.residents_open_at <= clock.now() else words.moment_words(view.opens_resident),
    }


def groups_about(question: str) -> list[dict[str, Any]]:
    """The groups of the published seasons that a question is about, as lines of a list."""
    views = [view for season in seasons() for view in counted(season.pk).groups]
    return [line_of(view) for view in groups_asked(question, views)]
