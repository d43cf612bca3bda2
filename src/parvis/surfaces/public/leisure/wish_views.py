"""The groups noted before one may take places: the list of a household, or that of the device of who has no account."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from parvis.apps.households.models import Household
from parvis.apps.leisure.queries.catalogue import GroupView, group_by_slug
from parvis.apps.leisure.queries.wishes import wishes_of
from parvis.apps.leisure.services.wishes import MOST, move_wish, note_group, remove_wish
from parvis.lib.errors import Refused
from parvis.surfaces.public.follow.views import private
from parvis.surfaces.public.frame import nav
from parvis.surfaces.public.leisure import words
from parvis.surfaces.public.leisure.noting import Noted, Outcome, Stage, ask_for, noted_groups
from parvis.surfaces.public.leisure.people import Registrant, registrant_of, with_household
from parvis.surfaces.public.same_origin import same_origin
from parvis.surfaces.public.way_back import keep_way_back
from parvis.ui.messages import done, refused
from parvis.ui.views import or_404

ADDED = "ajouter"  # in the address: a group that who has no account just noted, for their device to keep


@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def noted(request: HttpRequest) -> HttpResponse:
    """What the household noted, or the device. POST notes groups: one of the catalogue, or those of the device."""
    registrant = registrant_of(request)
    household = registrant.household if registrant else None
    if request.method != "POST":
        return _show(request, household) if household else _device(request, signed_in=registrant is not None)
    slugs = request.POST.getlist("group")[:MOST]
    views = [view for slug in slugs if (view := group_by_slug(slug[:50]))]
    if household is None:
        return redirect(_address(views[0] if views else None))
    _note(request, household, views)
    return redirect("public:noted")


def _note(request: HttpRequest, household: Household, views: Sequence[GroupView]) -> None:
    """Notes these groups, and says which were, or why one was not."""
    titles = []
    for view in views:
        try:
            note_group(household=household, group=view.group)
            titles.append(str(view.activity))
        except Refused as refusal:
            refused(request, f"{view.activity} : {refusal.first_error}")
    if len(titles) == 1:
        done(request, _("Noted: %(activity)s. It takes no place yet.") % {"activity": titles[0]})
    elif titles:
        values = {"count": len(titles)}
        done(request, ngettext("%(count)d group noted.", "%(count)d groups noted.", len(titles)) % values)


def _show(
    request: HttpRequest, household: Household, outcomes: dict[str, Outcome] | None = None, *, status: int = 200
) -> HttpResponse:
    rows = noted_groups(household, outcomes)
    added = _added(request)
    page = {
        "title": _("My noted groups"),
        "public_nav": nav("leisure"),
        "household": household,
        "noted": rows,
        "most": MOST,
        "ready": [row for row in rows if row.stage == Stage.READY],
        "in_line": any(row.stage == Stage.IN_LINE for row in rows),
        "said": _said_elsewhere(rows, outcomes or {}),
        "any_held": any(outcome.held for outcome in (outcomes or {}).values()),
        "added": added if added and added.slug not in {row.view.slug for row in rows} else None,
    }
    return private(render(request, "public/leisure/noted.html", page, status=status))


def _said_elsewhere(rows: Sequence[Noted], outcomes: dict[str, Outcome]) -> list[tuple[str, Outcome]]:
    """What came of groups that are noted no more, by their titles."""
    here = {row.view.slug for row in rows}
    gone = [(group_by_slug(slug), outcome) for slug, outcome in outcomes.items() if slug not in here]
    return [(f"{view.activity} · {words.hours_words(view)}", outcome) for view, outcome in gone if view]


def _device(request: HttpRequest, *, signed_in: bool) -> HttpResponse:
    page: dict[str, Any] = {
        "title": _("My noted groups"),
        "public_nav": nav("leisure"),
        "signed_in": signed_in,
        "most": MOST,
        "added": (added := _added(request)),
        "added_hours": words.hours_words(added) if added else "",
    }
    return private(render(request, "public/leisure/noted_device.html", page))


@never_cache
def enter_noted(request: HttpRequest) -> HttpResponse:
    """Leads to the way in, and from there back to the list."""
    keep_way_back(request, _address(_added(request)))
    return redirect("public:household" if registrant_of(request) else "public:file")


def _address(added: GroupView | None) -> str:
    """That of the list, with the group to add there."""
    return reverse("public:noted") + (f"?{urlencode({ADDED: added.slug})}" if added else "")


def _added(request: HttpRequest) -> GroupView | None:
    slug = request.GET.get(ADDED, "")[:50]
    return group_by_slug(slug) if slug else None


@with_household
@require_POST
def hold_noted(request: HttpRequest, registrant: Registrant, household: Household) -> HttpResponse:
    """Asks for the places of one noted group, or of all those that may be asked for, in order; tells of each one."""
    slug, ready = request.POST.get("group", ""), {Stage.READY, Stage.FULL}
    rows = [row for row in noted_groups(household) if (row.view.slug == slug if slug else row.stage in ready)]
    if slug and any(row.stage == Stage.IN_LINE for row in rows):
        return _to_the_line(household, rows[0])
    chosen = [row.wish for row in rows if row.wish.people]
    outcomes = ask_for(registrant, household, chosen, wait="wait" in request.POST)
    everything_done = bool(outcomes) and all(outcome.done for outcome in outcomes.values())
    if everything_done and not wishes_of(household):
        for outcome in outcomes.values():
            done(request, outcome.words)
        held = any(outcome.held for outcome in outcomes.values())
        return redirect("public:cart" if held else "public:registrations")
    return _show(request, household, outcomes, status=200 if everything_done or len(outcomes) != 1 else 409)


def _to_the_line(household: Household, row: Noted) -> HttpResponse:
    """Asked for while others go first: what was asked for is where their turn leads."""
    wish = row.wish
    note_group(household=household, group=wish.view.group, individuals=wish.people, together=wish.together, asked=True)
    return redirect("public:line")


@with_household
@require_POST
def change_noted(request: HttpRequest, _registrant: Registrant, household: Household, slug: str) -> HttpResponse:
    """Moves a noted group one place up or down, or removes it."""
    view = or_404(group_by_slug(slug))
    if "remove" in request.POST:
        remove_wish(household=household, group=view.group)
        done(request, _("Removed from your list: %(activity)s.") % {"activity": view.activity})
    else:
        move_wish(household=household, group=view.group, up="up" in request.POST)
    return redirect("public:noted")
