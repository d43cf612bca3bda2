"""The lists of groups, for those who lead them, on a phone: names, ages, who may come for a child; and their health."""

from datetime import timedelta
from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services.staff import record_reading, record_readings
from parvis.apps.leisure.models import Group
from parvis.apps.leisure.queries import management
from parvis.apps.leisure.queries.access import Deed, lists_of, may
from parvis.apps.leisure.queries.rosters import health_of, roster_of
from parvis.lib import clock
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.ui.views import or_404

AGAIN = timedelta(minutes=30)  # a list looked at again so soon is one reading


@requires(Action.READ_GROUP, "GET")
def lists(request: HttpRequest) -> HttpResponse:
    """The groups whose list the user reads, in the seasons that are not over."""
    mine = lists_of(agent_of(request)).filter(cancelled_at=None, season__ends_on__gte=clock.today())
    lines = management.lines_of(mine.order_by("season__starts_on", "season_id", "activity__slug", "slug"))
    seasons = [(season, list(own)) for season, own in groupby(lines, key=lambda line: line.group.season)]
    return render(request, "desk/leisure/lists.html", {"seasons": seasons})


@requires(Action.READ_GROUP, "GET")
def group_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The list of a group; the reading is logged. 404 for a group that the user does not lead.

    Consents, and who must not come for a child, are for whoever leads it; each child shown so is logged.
    """
    user, group = agent_of(request), _group(request, slug, Deed.READ_LIST)
    leads, since = may(user, Deed.READ_HEALTH, group), clock.now() - AGAIN
    people = roster_of(group, leads=leads)
    record_reading(user=user, subject="group", subject_id=group.pk, once_since=since)
    barred = [one.individual_id for one in people if one.must_not_come]
    record_readings(user=user, subject="custody", subject_ids=barred, once_since=since)
    context = {
        "group": group,
        "line": management.lines_of([group])[0],
        "next": group.meetings.filter(ends_at__gte=clock.now()).first(),
        "people": people,
        "leads": leads,
        "may_manage": may(user, Deed.MANAGE),
    }
    return render(request, "desk/leisure/list.html", context)


@requires(Action.READ_GROUP, "GET")
def group_health(request: HttpRequest, slug: str) -> HttpResponse:
    """What their households say of the health of those who come, for whoever leads the group; each one is logged."""
    user, group = agent_of(request), _group(request, slug, Deed.READ_HEALTH)
    people = health_of(group)
    told = [one.individual_id for one in people if one.said]
    record_readings(user=user, subject="health", subject_ids=told, once_since=clock.now() - AGAIN)
    return render(request, "desk/leisure/health.html", {"group": group, "people": people})


def _group(request: HttpRequest, slug: str, deed: Deed) -> Group:
    group = management.group_of(slug)
    return or_404(group if group and may(agent_of(request), deed, group) else None)
