"""Entering by a code, leaving, and the account: its addresses, its end."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from parvis.apps.billing.queries.receipts import invoices_of
from parvis.apps.cases.services.citizen.notifications import close_account as delete_with_choices
from parvis.apps.cases.services.citizen.notifications import remove_account_email
from parvis.apps.households.queries import household_of, members_of
from parvis.apps.leisure.models import Registration
from parvis.apps.leisure.queries.registrations import RegistrationView, registrations_of
from parvis.apps.residents.models import Account, ProofCode
from parvis.apps.residents.services import accounts
from parvis.apps.residents.web.codes import ask_for_code
from parvis.apps.residents.web.sessions import (
    account_of,
    forget_account,
    forget_code,
    remember_account,
    remembered_code,
)
from parvis.lib.limits import client_address
from parvis.surfaces.public.account.forms import CodeForm, EmailForm
from parvis.surfaces.public.follow.views import private
from parvis.surfaces.public.frame import nav
from parvis.surfaces.public.way_back import keep_way_back, way_back
from parvis.ui.messages import done, refused, showing_refusal

Use = ProofCode.Use
View = Callable[..., HttpResponseBase]


def signed_in(view: View) -> View:
    """Gives the view the account of the session; without one, leads to the way in, then back to what was read."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        account = account_of(request)
        if account is None:
            if request.method in ("GET", "HEAD"):
                keep_way_back(request, request.get_full_path())
            return redirect("public:file")
        return view(request, account, *args, **kwargs)

    return never_cache(guarded)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The page where the code is typed: it enters, or adds an address to the account signed in."""
    account = account_of(request)
    use = Use.ADD_EMAIL if account else Use.SIGN_IN
    proof = remembered_code(request, use)
    if proof is None:
        if request.method == "POST":
            refused(request, _("This code is no longer good: ask for another."))
        return redirect("public:account" if account else "public:file")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with form.catching():
            return _enter(request, form, proof, account)
    page = {"form": form, "email": proof.target, "adds": account is not None, "public_nav": nav("file")}
    return private(render(request, "public/account/code.html", page, status=422 if form.errors else 200))


def _enter(request: HttpRequest, form: CodeForm, proof: ProofCode, account: Account | None) -> HttpResponse:
    typed, client = form.cleaned_data["code"], client_address(request)
    if account is None:
        language = get_language() or "fr"
        remember_account(request, accounts.sign_in(uid=proof.uid, code=typed, language=language, client=client))
        return redirect(way_back(request))
    with showing_refusal(request):
        accounts.add_email(account=account, uid=proof.uid, code=typed, client=client)
        done(request, _("%(email)s is added to your account.") % {"email": proof.target})
    forget_code(request, Use.ADD_EMAIL)
    return redirect("public:account")


@never_cache
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Signs out of this browser, or of all (`everywhere`)."""
    account = account_of(request)
    if account is not None:
        if "everywhere" in request.POST:
            accounts.sign_out_everywhere(account=account)
        forget_account(request)
        done(request, _("You are out. Your requests go on."))
    return redirect("public:file")


@dataclass(frozen=True)
class Leaving:
    """What of a household goes on once the account is closed: live registrations, what is owed in cents, the names of
    the others who register.
    """

    registrations: list[RegistrationView]
    owed_cents: int
    others: list[str]


def _leaving(account: Account) -> Leaving | None:
    """None for an account without a household."""
    household = household_of(account)
    if household is None:
        return None
    members = members_of(household)
    return Leaving(
        [row for row in registrations_of(household) if row.state in Registration.LIVE],
        sum(row.balance_cents for row in invoices_of(household) if not row.is_settled),
        [row.individual.name for row in members if row.link.may_register and row.individual.account_id != account.pk],
    )


@signed_in
def account(request: HttpRequest, account: Account) -> HttpResponse:
    """The account: its addresses, its other browsers, its end."""
    return _account(request, account, EmailForm())


def _account(request: HttpRequest, account: Account, form: EmailForm) -> HttpResponse:
    page = {
        "account": account,
        "emails": list(account.emails.all()),
        "form": form,
        "leaving": _leaving(account),
        "public_nav": nav("file"),
    }
    return private(render(request, "public/account/account.html", page, status=422 if form.errors else 200))


@require_POST
@signed_in
def add_address(request: HttpRequest, account: Account) -> HttpResponse:
    """Sends a code to an address to add."""
    form = EmailForm(request.POST)
    if form.is_valid():
        with form.catching():
            email, work = form.cleaned_data["email"], form.cleaned_data["altcha"]
            ask_for_code(request, Use.ADD_EMAIL, email, work=work, account=account)
            return redirect("public:account_code")
    return _account(request, account, form)


@require_POST
@signed_in
def remove_address(request: HttpRequest, account: Account, email_id: int) -> HttpResponse:
    """Removes an address from the account."""
    with showing_refusal(request):
        told_there = remove_account_email(account=account, email_id=email_id)
        if told_there:
            done(request, _("The address is removed. The requests told there are told again by the way of your file."))
        else:
            done(request, _("The address is removed from your account."))
    return redirect("public:account")


@require_POST
@signed_in
def close_account(request: HttpRequest, account: Account) -> HttpResponse:
    """Deletes the account; the requests stay."""
    delete_with_choices(account=account)
    forget_account(request)
    done(request, _("Your account is deleted. Your requests go on, behind their links."))
    return redirect("public:file")
