"""The page of a group, and taking places in it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from parvis.apps.households.models import Household
from parvis.apps.households.queries import members_of, residence_of
from parvis.apps.leisure.models import Group, Registration, Season
from parvis.apps.leisure.models.registrations import Channel
from parvis.apps.leisure.queries.catalogue import GroupView, group_by_slug, nearest_with_places
from parvis.apps.leisure.queries.lines import admission
from parvis.apps.leisure.queries.registrations import RegistrationView, registrations_of
from parvis.apps.leisure.queries.wishes import wish_in
from parvis.apps.leisure.services.checking import Fit, fits_of, quota_words
from parvis.apps.leisure.services.refusals import Full, NotAdmitted, NotOpen
from parvis.apps.leisure.services.registering import hold_places
from parvis.apps.leisure.services.wishes import note_group
from parvis.lib import clock, quebec
from parvis.lib.errors import Conflict, NotFound
from parvis.surfaces.public.form_guard import restorable
from parvis.surfaces.public.frame import english_offered, nav
from parvis.surfaces.public.leisure import words
from parvis.surfaces.public.leisure.catalogue_views import line_of, may_note, opening_of
from parvis.surfaces.public.leisure.forms import ParticipantsForm
from parvis.surfaces.public.leisure.noting import names_of
from parvis.surfaces.public.leisure.opening_line import opening_line
from parvis.surfaces.public.leisure.people import Registrant, registrant_of
from parvis.ui.messages import done
from parvis.ui.views import or_404

State = Registration.State
WEEK = timedelta(weeks=1)


@restorable
@require_http_methods(["GET", "HEAD", "POST"])
def group(request: HttpRequest, slug: str) -> HttpResponse:
    """One group, and for who is signed in the choice of those who join. POST takes their places, or has them wait."""
    view, registrant = or_404(group_by_slug(slug)), registrant_of(request)
    household = registrant.household if registrant else None
    if request.method != "POST":
        return _page(request, view, registrant, None)
    if registrant is None or household is None:
        return redirect("public:leisure_enter_for", slug)
    form = ParticipantsForm(request.POST, members=members_of(household))
    problem: dict[str, Any] = {"status": 422}
    if "note" in request.POST or form.is_valid():
        try:
            with form.catching():
                return _take_or_note(request, view, registrant, household, form)
        except NotOpen as refusal:
            problem = {"status": 403, "said": refusal.message}
        except Full as refusal:
            problem = {"status": 409, "said": refusal.message, "is_full": True, "suggestion": refusal.suggestion}
        except (Conflict, NotFound) as refusal:
            problem = {"status": refusal.status, "said": refusal.first_error}
    return _page(request, or_404(group_by_slug(slug)), registrant, form, **problem)


def _take_or_note(
    request: HttpRequest, view: GroupView, registrant: Registrant, household: Household, form: ParticipantsForm
) -> HttpResponse:
    """Takes their places; or notes them where that is asked, and where others go first: their turn then leads back."""
    if "note" in request.POST:
        return _note(request, view, household)
    try:
        return _take(request, view, registrant, household, form)
    except NotAdmitted:
        return _note(request, view, household, asked=True)


def _note(request: HttpRequest, view: GroupView, household: Household, *, asked: bool = False) -> HttpResponse:
    chosen = set(request.POST.getlist("participants"))
    people = [each.individual for each in members_of(household) if each.individual.public_id in chosen]
    together = "together" in request.POST
    note_group(household=household, group=view.group, individuals=people, together=together, asked=asked)
    values = {"activity": view.activity, "names": names_of(people)}
    if asked:
        done(request, _("Kept for your turn: %(activity)s, for %(names)s. Your turn leads back to it.") % values)
    else:
        done(request, _("Noted: %(activity)s. It takes no place yet.") % values)
    return redirect("public:line" if asked else "public:noted")


def _take(
    request: HttpRequest, view: GroupView, registrant: Registrant, household: Household, form: ParticipantsForm
) -> HttpResponse:
    chosen = set(form.cleaned_data["participants"])
    people = [each.individual for each in members_of(household) if each.individual.public_id in chosen]
    taken = hold_places(
        household=household,
        group=view.group,
        individuals=people,
        together=form.cleaned_data["together"],
        wait=form.cleaned_data["wait"],
        channel=Channel.WEB,
        assurance=registrant.assurance,
        account=registrant.account,
    )
    missed = [one.name for one in people if one.pk not in {row.individual_id for row in taken}]
    waiting = [row.individual.name for row in taken if row.state == State.WAITING]
    if waiting:
        values = {"names": quebec.join(waiting, words.lang())}
        done(request, _("On the waiting list: %(names)s. We write to you as soon as a place is free.") % values)
    if missed:
        values = {"names": quebec.join(missed, words.lang())}
        done(request, _("No place was left for %(names)s.") % values)
    held = any(row.state == State.HELD for row in taken)
    return redirect("public:cart" if held else "public:registrations")


def _page(
    request: HttpRequest,
    view: GroupView,
    registrant: Registrant | None,
    form: ParticipantsForm | None,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    activity, season = view.activity, view.season
    household = registrant.household if registrant else None
    context: dict[str, Any] = {
        "title": str(activity),
        "og_title": str(activity),
        "description": words.hours_words(view),
        "alternates": reverse("public:leisure_group", args=[view.slug]),
        "indexed": view.group.cancelled_at is None,
        "english": english_offered(),
        "public_nav": nav("leisure"),
        "view": view,
        "season": season,
        "line": line_of(view),
        "hours": words.hours_words(view),
        "meetings": meetings_of(view),
        "ages": words.ages_words(activity),
        "counted_at": words.when_words(clock.now()),
        "opening": opening_of(season),
        "line_ahead": (line_ahead := opening_line(season)),
        "may_note": may_note(season, line_ahead),
        "registrant": registrant,
        "household": household,
        "rule_day": season.rule_date,
        "prices": prices_words(view.group, season),
        "suggestion": nearest_with_places(view) if view.is_full else None,
    }
    if household:
        context |= _choice(view, household, form)
    return render(request, "public/leisure/group.html", context | more, status=status)


def prices_words(row: Group, season: Season) -> str:
    """Reads "92 $; 159 $ dès le lundi 4 janvier 2027; 124 $ pour les non-résidents"."""
    said = [words.price_words(row.price_cents)]
    if row.late_price_cents is not None and season.late_from:
        day = quebec.day(words.local(season.late_from).date(), words.lang())
        said.append(_("%(price)s from %(day)s") % {"price": words.price_words(row.late_price_cents), "day": day})
    if row.non_resident_price_cents is not None:
        price = words.price_words(row.non_resident_price_cents)
        said.append(_("%(price)s for non-residents") % {"price": price})
    return "; ".join(said)


def _choice(view: GroupView, household: Household, form: ParticipantsForm | None) -> dict[str, Any]:
    """What a household may do here: its opening in true words, and each of its people."""
    members = members_of(household)
    wish = wish_in(household, view.group.pk)
    form = form or ParticipantsForm(members=members, initial={"together": any(row.together for row in wish)})
    resident = residence_of(household, clock.today()).resident
    opens = view.season.opens_at(resident=resident)
    here = {
        row.registration.individual_id: row
        for row in registrations_of(household)
        if row.registration.group_id == view.group.pk and row.state in Registration.LIVE
    }
    left = view.left_for(resident=resident)
    price = view.group.price_cents
    if not resident and view.group.non_resident_price_cents is not None:
        price = view.group.non_resident_price_cents
    noted = {row.individual_id for row in wish}
    chosen = (
        set(form.data.getlist("participants"))  # type: ignore[attr-defined]
        if form.is_bound
        else {member.individual.public_id for member in members if member.individual.pk in noted}
    )
    people = [_person(view, fit, here, form, chosen) for fit in fits_of([view.group], members)[view.group.pk]]
    return {
        "form": form,
        "people": [person for person in people if person["may"]],
        "beside": [person for person in people if person["url"]],
        "unfit": [person for person in people if not (person["may"] or person["url"])],
        "anyone": any(person["may"] for person in people),
        "their_ages": sorted({person["age"] for person in people if person["age"] is not None}),
        "resident": resident,
        "must_wait": not left,
        "in_line": opens <= clock.now() and not admission(household, view.season, clock.now()).admitted,
        "wish": wish,
        "why_wait": quota_words(view) if view.left and not left else "",
        "own_price": words.price_words(price),
        "opens_for_you": words.moment_words(opens) if opens > clock.now() else "",
    }


def _person(
    view: GroupView,
    fit: Fit,
    here: dict[int, RegistrationView],
    form: ParticipantsForm,
    chosen: Sequence[str] | set[str],
) -> dict[str, Any]:
    """Someone of the household in the choice: `may` they be chosen; else `why` not, and the page (`url`) where
    something is done about it, if any.
    """
    individual = fit.member.individual
    why, url, todo = fit.why, "", ""
    if row := here.get(individual.pk):
        why, todo = _already(row), _("See")
        url = reverse("public:cart" if row.state == State.HELD else "public:registrations")
    elif fit.lacks_birth:
        url, todo = reverse("public:household_member", args=[individual.public_id]), _("Add the birth date")
    return {
        "id": individual.public_id,
        "name": individual.name,
        "age": fit.member.age_on(view.season.rule_date),
        "may": not why,
        "why": why,
        "url": url,
        "todo": todo,
        "error": form.by_participant.get(individual.public_id, ""),
        "checked": individual.public_id in chosen,
    }


def _already(row: RegistrationView) -> str:
    if row.state == State.HELD:
        return _("Already in your basket.")
    if row.state == State.WAITING:
        return _("Already on the waiting list, rank %(rank)s.") % {"rank": row.rank}
    if row.state == State.OFFERED:
        return _("A place is offered: accept it in your registrations.")
    return _("Already registered.")


def meetings_of(view: GroupView) -> list[dict[str, Any]]:
    """Its meetings, and the weeks between them when it does not meet."""
    rows = [timezone.localtime(row.starts_at) for row in view.group.meetings.order_by("starts_at")]
    shown: list[dict[str, Any]] = []
    for number, moment in enumerate(rows):
        last = rows[number - 1].date() if number else moment.date()
        while not words.is_one_run(view) and last + WEEK < moment.date():
            last += WEEK
            shown.append(_meeting(last, None))
        shown.append(_meeting(moment.date(), moment))
    return shown


def _meeting(day: Any, moment: Any) -> dict[str, Any]:
    code = words.lang()
    return {
        "month": quebec.MONTHS_SHORT[code][day.month - 1],
        "day": day.day,
        "hour": moment and quebec.hour(moment, code),
    }
