"""Health and consents of someone of my household: a form to sign once a year, and each consent apart; whom to call for
all of them in an emergency.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from parvis.apps.directory.models import Actor
from parvis.apps.households.models import HealthForm, Household, Individual
from parvis.apps.households.queries import (
    Member,
    calls_for,
    consents_asked,
    emergency_contacts_of,
    health_form_of,
    health_state,
    household_of,
    individual_of,
    may_speak_for,
    member_of,
)
from parvis.apps.households.services.emergency import set_emergency_contacts
from parvis.apps.households.services.health import HealthAnswers, answer_consents, sign_health_form
from parvis.apps.residents.models import Account
from parvis.lib import quebec
from parvis.surfaces.public.account.account_views import signed_in
from parvis.surfaces.public.account.health_forms import ConsentsForm, EmergencyForm, HealthPageForm
from parvis.surfaces.public.follow.views import private
from parvis.surfaces.public.frame import nav
from parvis.ui.messages import done, showing_refusal

ME = Actor.citizen()


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def health(request: HttpRequest, account: Account, member_id: str) -> HttpResponse:
    """The health form of someone, with what this household said last; a POST signs it anew."""
    mine, me, found = _theirs(account, member_id)
    if request.method != "POST":
        return _show(request, mine, found)
    form = HealthPageForm(request.POST)
    if form.is_valid():
        with form.catching(), showing_refusal(request):
            answers = HealthAnswers(**form.cleaned_data)
            sign_health_form(household=mine, individual=found.individual, answers=answers, said_by=me, by=ME)
            done(request, _("The health form of %(name)s is signed, for a year.") % {"name": found.individual.name})
            return redirect("public:household")
    return _show(request, mine, found, form=form)


@require_POST
@signed_in
def consents(request: HttpRequest, account: Account, member_id: str) -> HttpResponse:
    """Keeps the answers to what is asked by purpose: a withdrawal counts at once."""
    mine, me, found = _theirs(account, member_id)
    form = ConsentsForm(request.POST, asked=consents_asked(mine, found))
    if form.is_valid():
        with showing_refusal(request):
            answer_consents(household=mine, individual=found.individual, answers=form.answers, said_by=me, by=ME)
            done(request, _("Your answers are kept, and count from now on."))
        return redirect("public:household_health", member_id)
    return _show(request, mine, found, consents=form)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def emergency(request: HttpRequest, account: Account) -> HttpResponse:
    """Whom to call for the people of the household; a POST replaces them, from now on."""
    mine, me = household_of(account), individual_of(account)
    if mine is None or me is None:
        raise Http404
    form = EmergencyForm(request.POST or None, contacts=emergency_contacts_of([mine.pk])[mine.pk])
    if request.method == "POST" and form.is_valid():
        with form.catching():
            set_emergency_contacts(household=mine, contacts=form.said, said_by=me, by=ME)
            done(request, _("It is kept: these are called from now on, for everyone of your household."))
            return redirect("public:household")
    page = {"form": form, "public_nav": nav("file")}
    status = 422 if form.errors else 200
    return private(render(request, "public/account/household_emergency.html", page, status=status))


def _show(
    request: HttpRequest,
    mine: Household,
    found: Member,
    *,
    form: HealthPageForm | None = None,
    consents: ConsentsForm | None = None,
) -> HttpResponse:
    last, family = health_form_of(found.individual, mine), emergency_contacts_of([mine.pk])[mine.pk]
    initial = {name: getattr(last, name) for name in ("nothing_to_report", *HealthForm.WORDS)} if last else {}
    if calls := calls_for(found.individual, last, family):
        initial |= {"contact_name": calls[0].name, "contact_phone": quebec.phone(calls[0].phone)}
    page = {
        "family": family,
        "for_oneself": found.individual.account_id is not None,
        "member": found,
        "last": last,
        "state": health_state(found.individual, mine),
        "form": form or HealthPageForm(initial=initial),
        "consents": consents or ConsentsForm(asked=consents_asked(mine, found)),
        "public_nav": nav("file"),
    }
    status = 422 if form or consents else 200
    return private(render(request, "public/account/household_health.html", page, status=status))


def _theirs(account: Account, member_id: str) -> tuple[Household, Individual, Member]:
    """The household, who is signed in, and someone for whom they speak; else Http404."""
    mine, me = household_of(account), individual_of(account)
    found = member_of(mine, member_id) if mine else None
    if mine is None or me is None or found is None or not may_speak_for(me, found):
        raise Http404
    return mine, me, found
