"""One person of a household at the desk: health and consents as an adult says them, who must not come for a child."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from parvis.apps.directory.models import Actor, User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services.staff import record_readings
from parvis.apps.households.models import Household, Individual, PickUpRestriction, RestrictionEnding
from parvis.apps.households.queries import (
    Member,
    adults_around,
    consents_asked,
    emergency_contacts_of,
    health_state,
    member_of,
    members_of,
    restrictions_of,
)
from parvis.apps.households.services.custody import ask_to_end_restriction, restrict_pick_up
from parvis.apps.households.services.health import HealthAnswers, answer_consents, sign_health_form
from parvis.lib import clock
from parvis.surfaces.desk.gate import agent_of, requires, submit
from parvis.surfaces.desk.leisure.child_forms import ConsentsSaidForm, CustodyForm, EndCustodyForm, HealthSaidForm
from parvis.surfaces.desk.leisure.household_views import AGAIN, log_reading, of_household
from parvis.ui.messages import done
from parvis.ui.views import or_404

CONSENT_IDS = "consents_%s"  # the page has two forms with the same field


@requires(Action.REGISTER_OTHERS, "GET", "POST")
@of_household
def health(request: HttpRequest, one: Household, individual: str) -> HttpResponseBase:
    """The state of someone's health form, never its words; a POST keeps what an adult of the household says, of health
    or, with `do`, of consents. The reading of the household is logged.
    """
    member, adults = or_404(member_of(one, individual)), _adults(one)
    asked, has_contact = consents_asked(one, member), bool(emergency_contacts_of([one.pk])[one.pk])
    form, status = HealthSaidForm(adults=adults, has_contact=has_contact), 200
    consents = ConsentsSaidForm(adults=adults, asked=asked, auto_id=CONSENT_IDS)
    log_reading(agent_of(request), one)
    if request.POST.get("do") == "consents":
        consents = ConsentsSaidForm(request.POST, adults=adults, asked=asked, auto_id=CONSENT_IDS)
        made, status = submit(consents, lambda: _answer(request, one, member, consents))
        if made is not None:
            done(request, _("Their answers are kept, and count from now on."))
            return redirect("desk:health_for", one.public_id, individual)
    elif request.method == "POST":
        form = HealthSaidForm(request.POST, adults=adults, has_contact=has_contact)
        made, status = submit(form, lambda: _sign(request, one, member, form))
        if made is not None:
            done(request, _("The health form is kept, for a year."))
            return redirect("desk:leisure_household", one.public_id)
    context = {
        "household": one,
        "member": member,
        "state": health_state(member.individual, one),
        "has_contact": has_contact,
        "form": form,
        "consents": consents,
    }
    return render(request, "desk/leisure/health_for.html", context, status=status)


def _sign(request: HttpRequest, one: Household, member: Member, form: HealthSaidForm) -> object:
    said = dict(form.cleaned_data)
    speaker = _speaker(one, said.pop("said_by"))
    by = Actor.staff(agent_of(request))
    answers = HealthAnswers(**said)
    return sign_health_form(household=one, individual=member.individual, answers=answers, said_by=speaker, by=by)


def _answer(request: HttpRequest, one: Household, member: Member, form: ConsentsSaidForm) -> object:
    speaker, by = _speaker(one, form.cleaned_data["said_by"]), Actor.staff(agent_of(request))
    return answer_consents(household=one, individual=member.individual, answers=form.answers, said_by=speaker, by=by)


def _adults(one: Household) -> list[Individual]:
    """Those who may speak for the household, who registers first."""
    adults = [member for member in members_of(one) if not member.is_child]
    return [member.individual for member in sorted(adults, key=lambda member: not member.link.may_register)]


def _speaker(one: Household, public_id: str) -> Individual:
    return or_404(next((each for each in _adults(one) if each.public_id == public_id), None))


@requires(Action.MANAGE_LEISURE, "GET", "POST")
@of_household
def custody(request: HttpRequest, one: Household, individual: str) -> HttpResponseBase:
    """Who must not come for a child, for who manages leisure; each showing is logged.

    A POST records someone, or asks that it end (`end`), which a second person decides.
    """
    member = or_404(member_of(one, individual))
    if not member.is_child:
        raise Http404
    child, user, adults = member.individual, agent_of(request), adults_around(member.individual)
    form, status = CustodyForm(adults=adults), 200
    rows = {row: EndCustodyForm(auto_id=f"end_{row.pk}_%s") for row in restrictions_of(child)}
    ended = next((row for row in rows if str(row.pk) == request.POST.get("end")), None)
    if ended is not None:
        ending = rows[ended] = EndCustodyForm(request.POST, auto_id=f"end_{ended.pk}_%s")
        asked, status = submit(ending, lambda: _ask_to_end(ended, ending.cleaned_data, user))
        if asked is not None:
            done(request, _("It goes on until a second person has seen the document too. They are written to."))
            return redirect("desk:custody", one.public_id, individual)
    elif request.method == "POST":
        form = CustodyForm(request.POST, adults=adults)
        made, status = submit(form, lambda: _restrict(request, child, adults, form.cleaned_data))
        if made is not None:
            done(request, _("It is recorded, and counts from now on."))
            return redirect("desk:custody", one.public_id, individual)
    record_readings(user=user, subject="custody", subject_ids=[child.pk], once_since=clock.now() - AGAIN)
    context = {"household": one, "member": member, "rows": rows.items(), "form": form}
    return render(request, "desk/leisure/custody.html", context, status=status)


def _ask_to_end(row: PickUpRestriction, said: dict[str, Any], by: User) -> RestrictionEnding:
    return ask_to_end_restriction(
        restriction=row, document=said["document"], document_on=said["document_on"], why=said["why"], by=by
    )


def _restrict(
    request: HttpRequest, child: Individual, adults: list[Individual], said: dict[str, Any]
) -> PickUpRestriction:
    adult = next((each for each in adults if each.public_id == said["adult"]), None)
    return restrict_pick_up(
        child=child,
        adult=adult,
        name=said["name"],
        document=said["document"],
        document_on=said["document_on"],
        by=agent_of(request),
    )
