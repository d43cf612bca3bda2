"""My household: opening it, who is of it, where it lives, what proves it."""

from collections.abc import Mapping
from typing import Any

from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from parvis.apps.directory.models import Actor
from parvis.apps.households.letters import kinds_of_proof
from parvis.apps.households.models import Household
from parvis.apps.households.queries import (
    Member,
    claim_by_secret,
    emergency_contacts_of,
    household_of,
    individual_of,
    may_speak_for,
    member_of,
    members_of,
    open_claims_of,
    proofs_of,
    residence_of,
)
from parvis.apps.households.services import changes, households
from parvis.apps.leisure.queries.bounds import came_before
from parvis.apps.leisure.queries.health import lacking_health_forms
from parvis.apps.residents.models import Account
from parvis.apps.residents.queries.accounts import emails_of
from parvis.lib import clock
from parvis.lib.errors import Conflict, Invalid, NotFound
from parvis.surfaces.public.account.account_views import signed_in
from parvis.surfaces.public.account.household_forms import (
    AdultForm,
    ChildForm,
    InviteForm,
    MemberForm,
    OpenForm,
    PlaceForm,
)
from parvis.surfaces.public.account.prefill import account_initial
from parvis.surfaces.public.app.views import kept_address
from parvis.surfaces.public.follow.views import private
from parvis.surfaces.public.frame import nav
from parvis.surfaces.public.way_back import kept_way_back
from parvis.ui.messages import done, showing_refusal

ME = Actor.citizen()
ADDED: dict[str, type[ChildForm | AdultForm]] = {"enfant": ChildForm, "adulte": AdultForm}


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def household(request: HttpRequest, account: Account) -> HttpResponse:
    """The household of the account; without one, the form that opens it."""
    mine = household_of(account)
    if mine is not None:
        return _show(request, account, mine)
    kept = kept_address(request)
    initial = {**account_initial(request), "place": kept.label if kept else "", "address": kept.pk if kept else ""}
    form = OpenForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with form.catching(), showing_refusal(request):
            data = form.cleaned_data
            households.open_household(
                account=account,
                name=data["name"],
                born=data["born"],
                address=data["found"],
                address_text=data["place"],
                phone=data["phone"],
            )
            done(request, _("Your household is open. Add the people of it."))
            return redirect("public:household")
    page = {"form": form, "claims": open_claims_of(account), "public_nav": nav("file")}
    status = 422 if form.errors else 200
    return private(render(request, "public/account/household_open.html", page, status=status))


def _show(
    request: HttpRequest, account: Account, mine: Household, refused: Mapping[str, Form] | None = None
) -> HttpResponse:
    today, me = clock.today(), individual_of(account)
    shown = {
        "child": ChildForm(prefix="enfant"),
        "adult": AdultForm(prefix="adulte", initial={"may_pick_up": True}),
        "place": PlaceForm(initial={"place": mine.place, "address": mine.address_id or ""}),
        **(refused or {}),
    }
    page = {
        "household": mine,
        "members": [
            (member, member.age_on(today), me is not None and may_speak_for(me, member)) for member in members_of(mine)
        ],
        "lacking": lacking_health_forms(mine),
        "calls": emergency_contacts_of([mine.pk])[mine.pk],
        "me": account.pk,
        "residence": residence_of(mine, today),
        "proofs": [proof for proof in proofs_of(mine) if proof.expires_on > today],
        "lapsed": next((proof for proof in proofs_of(mine) if proof.expires_on <= today), None),
        "kinds": kinds_of_proof(),
        "forms": shown,
        "refused": list(refused or ()),
        "onward": kept_way_back(request),
        "public_nav": nav("file"),
    }
    return private(render(request, "public/account/household.html", page, status=422 if refused else 200))


@require_POST
@signed_in
def add(request: HttpRequest, account: Account, kind: str) -> HttpResponse:
    """Adds a child or an adult; an adult who registers may be invited at once."""
    mine = _mine(account)
    if kind not in ADDED:
        raise Http404
    form = ADDED[kind](request.POST, prefix=kind)
    if form.is_valid():
        with form.catching(), showing_refusal(request):
            _add(mine, kind, form.cleaned_data)
            done(request, _("%(name)s is of your household.") % {"name": form.cleaned_data["name"]})
            return redirect("public:household")
    if not form.errors:  # a refusal of the whole, told above
        return redirect("public:household")
    return _show(request, account, mine, {"child" if kind == "enfant" else "adult": form})


def _add(mine: Household, kind: str, data: dict[str, Any]) -> None:
    if kind == "enfant":
        known = came_before(each.individual.pk for each in members_of(mine))
        households.add_child(household=mine, name=data["name"], born=data["born"], by=ME, known=known)
        return
    households.add_adult(household=mine, **data, by=ME)


@require_POST
@signed_in
def move(request: HttpRequest, account: Account) -> HttpResponse:
    """Changes where the household lives."""
    mine, form = _mine(account), PlaceForm(request.POST)
    if form.is_valid():
        with form.catching():
            data = form.cleaned_data
            changes.move_household(household=mine, address=data["found"], address_text=data["place"], by=ME)
            done(request, _("Your address is kept."))
            return redirect("public:household")
    return _show(request, account, mine, {"place": form})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def member(request: HttpRequest, account: Account, member_id: str) -> HttpResponse:
    """Corrects someone's name or birth date; invites an adult who registers, and who has no account."""
    mine, found = _member(account, member_id)
    initial = {"name": found.individual.name, "born": found.individual.born}
    form = MemberForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with form.catching():
            changes.update_member(household=mine, individual=found.individual, **form.cleaned_data, by=ME)
            done(request, _("It is kept."))
            return redirect("public:household")
    return _one(request, account, found, form, InviteForm())


def _one(
    request: HttpRequest, account: Account, found: Member, form: MemberForm, invitation: InviteForm
) -> HttpResponse:
    page = {
        "member": found,
        "mine": found.individual.account_id == account.pk,
        "invitable": found.link.may_register and found.individual.account_id is None,
        "form": form,
        "invitation": invitation,
        "public_nav": nav("file"),
    }
    status = 422 if form.errors or invitation.errors else 200
    return private(render(request, "public/account/household_member.html", page, status=status))


@require_POST
@signed_in
def invite(request: HttpRequest, account: Account, member_id: str) -> HttpResponse:
    """Sends an adult who registers the link by which they join the household."""
    _mine_too, found = _member(account, member_id)
    form = InviteForm(request.POST)
    if form.is_valid():
        with form.catching(), showing_refusal(request):
            households.invite_to_claim(individual=found.individual, email=form.cleaned_data["email"], by=ME)
            done(request, _("The link is on its way."))
            return redirect("public:household")
    initial = {"name": found.individual.name, "born": found.individual.born}
    return _one(request, account, found, MemberForm(initial=initial), form)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def remove(request: HttpRequest, account: Account, member_id: str) -> HttpResponse:
    """Asks before someone is taken out of the household; then does it, which may be undone for a day."""
    mine, found = _member(account, member_id)
    if found.individual.account_id == account.pk:
        raise Http404
    if request.method == "POST":
        with showing_refusal(request):
            changes.remove_member(household=mine, individual=found.individual, by=ME)
            back = reverse("public:household_restore", args=[member_id])
            done(request, _("%(name)s is no longer there.") % {"name": found.individual.name}, undo_url=back)
        return redirect("public:household")
    page = {"member": found, "public_nav": nav("file")}
    return private(render(request, "public/account/household_remove.html", page))


@require_POST
@signed_in
def restore(request: HttpRequest, account: Account, member_id: str) -> HttpResponse:
    """Undoes a removal, for a day."""
    with showing_refusal(request, Conflict, Invalid, NotFound):
        changes.restore_member(household=_mine(account), public_id=member_id, by=ME)
        done(request, _("It is as it was."))
    return redirect("public:household")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def join(request: HttpRequest, account: Account, secret: str) -> HttpResponse:
    """The page of an invitation, once its address has entered; a button joins the household."""
    if request.method == "POST":
        with showing_refusal(request, Conflict, NotFound):
            households.claim_household(secret=secret, account=account)
            done(request, _("You have joined your household."))
        return redirect("public:household")
    claim = claim_by_secret(secret)
    fits = claim is not None and claim.email in emails_of(account)
    page = {"claim": claim, "fits": fits, "public_nav": nav("file")}
    return private(render(request, "public/account/household_join.html", page, status=200 if claim else 404))


def _mine(account: Account) -> Household:
    found = household_of(account)
    if found is None:
        raise Http404
    return found


def _member(account: Account, member_id: str) -> tuple[Household, Member]:
    mine = _mine(account)
    found = member_of(mine, member_id)
    if found is None:
        raise Http404
    return mine, found
