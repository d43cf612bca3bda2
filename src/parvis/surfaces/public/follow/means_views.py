"""How to be told of a request: the choice, and the code that proves a phone number."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from parvis.apps.cases.models import Case, CaseNotification
from parvis.apps.cases.queries import cases
from parvis.apps.cases.queries.citizens.means import chosen
from parvis.apps.cases.services.citizen import notifications
from parvis.apps.cases.services.citizen.notifications import address_to_choose
from parvis.apps.cases.services.transitions import channel_to
from parvis.apps.push.models import Device
from parvis.apps.residents.models import Account, ProofCode
from parvis.apps.residents.queries.accounts import emails_of
from parvis.apps.residents.services import accounts
from parvis.apps.residents.web.codes import ask_for_code
from parvis.apps.residents.web.sessions import (
    account_of,
    forget_code,
    remembered_code,
)
from parvis.apps.telephony.queries import texts as carrier
from parvis.lib.errors import Invalid
from parvis.lib.limits import client_address
from parvis.surfaces.public.account.forms import CodeForm
from parvis.surfaces.public.app.device_views import live_device
from parvis.surfaces.public.follow.notice_forms import NoticeForm
from parvis.surfaces.public.follow.views import private, speak_as, unknown
from parvis.surfaces.public.frame import nav
from parvis.surfaces.public.same_origin import same_origin
from parvis.ui.messages import done, showing_refusal

NO_CONTENT, CONFLICT = 204, 409
WAITING = "means-waiting"  # session: {reference: the choice that waits for its number to be proved}
Use, Via = ProofCode.Use, CaseNotification.Via


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest, secret: str) -> HttpResponse:
    """The choice. When it holds a new number, the whole waits in the session until a code proves that number."""
    case = cases.by_secret(secret)
    if case is None:
        return unknown(request)
    speak_as(request, case)
    account, device = account_of(request), live_device(request)
    if request.method != "POST":
        return _page(request, case, NoticeForm(initial=_initial(case, device)), account, device)
    form = NoticeForm(request.POST)
    if form.is_valid():
        with form.catching():
            return _choose(request, case, form.cleaned_data, account, device)
    return _page(request, case, form, account, device)


def _choose(
    request: HttpRequest, case: Case, values: dict[str, Any], account: Account | None, device: Device | None
) -> HttpResponse:
    typed = values["phone"].strip()
    push = values["push"] if values["push"] or values["push_shown"] else None
    if values["text"] and typed and not values["quiet"]:
        if values["email"] and not any(row.via == Via.EMAIL for row in chosen(case)):
            address_to_choose(case, account)  # refused before the code leaves
        ask_for_code(request, Use.PHONE, typed, work=values["altcha"], about=case.reference)
        request.session[WAITING] = {
            **request.session.get(WAITING, {}),
            case.reference: {"email": values["email"], "push": push},
        }
        return redirect("public:means_code", case.secret)
    notifications.choose_notifications(
        case_id=case.pk,
        email=values["email"],
        text=values["text"],
        device=device,
        push=push,
        quiet=values["quiet"],
        account=account,
    )
    done(request, _("This is how we tell you from now on."))
    return redirect("public:follow", case.secret)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def phone_code(request: HttpRequest, secret: str) -> HttpResponse:
    """The page where the code sent to a phone is typed: its number is then among the means."""
    case = cases.by_secret(secret)
    if case is None:
        return unknown(request)
    speak_as(request, case)
    proof = remembered_code(request, Use.PHONE, case.reference)
    if proof is None:
        return redirect("public:means", secret)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with form.catching():
            proved = accounts.prove(
                uid=proof.uid, use=Use.PHONE, code=form.cleaned_data["code"], client=client_address(request)
            )
            forget_code(request, Use.PHONE, case.reference)
            with showing_refusal(request, Invalid):  # the address of an account left meanwhile
                _choose_proved(request, case, proved)
                done(request, _("We write to this number from now on. Your replies come back to the request."))
                return redirect("public:follow", secret)
            return redirect("public:means", secret)
    page = {"case": case, "form": form, "phone": proof.target, "public_nav": nav("file")}
    return private(render(request, "public/follow/notice_code.html", page, status=422 if form.errors else 200))


def _choose_proved(request: HttpRequest, case: Case, proof: ProofCode) -> None:
    """Applies the choice that waited for this number."""
    waiting = dict(request.session.get(WAITING, {}))
    choice = waiting.pop(case.reference, None)
    request.session[WAITING] = waiting
    if choice is None:
        notifications.add_phone(case_id=case.pk, proof=proof)
        return
    notifications.choose_notifications(
        case_id=case.pk,
        email=bool(choice["email"]),
        text=True,
        device=live_device(request),
        push=choice["push"],
        quiet=False,
        account=account_of(request),
        proof=proof,
    )


@same_origin
@never_cache
@require_POST
def add_device(request: HttpRequest, secret: str) -> HttpResponse:
    """Tells this browser of the request too, once it accepted notices; 204, or 409 when it did not."""
    case, device = cases.by_secret(secret), live_device(request)
    if case is None:
        return unknown(request)
    if device is None:
        return HttpResponse(status=CONFLICT)
    notifications.add_device(case_id=case.pk, device=device)
    return HttpResponse(status=NO_CONTENT)


def _initial(case: Case, device: Device | None) -> dict[str, Any]:
    rows = chosen(case)
    via = {row.via for row in rows if row.via != Via.PUSH}
    if not rows and not case.quiet_at:
        via = {channel_to(case)}
    return {
        "email": Via.EMAIL in via,
        "text": Via.TEXT in via,
        "push": any(row.device_id == device.pk for row in rows) if device else False,
        "quiet": bool(case.quiet_at),
    }


def _page(
    request: HttpRequest, case: Case, form: NoticeForm, account: Account | None, device: Device | None
) -> HttpResponse:
    number = next((row.phone for row in chosen(case) if row.via == Via.TEXT), "")
    emails = emails_of(account) if account else []
    page = {
        "case": case,
        "form": form,
        "email": (case.person.canonical.email if case.person else "") or next(iter(emails), ""),
        "number": number,
        "texts": carrier.enabled(),
        "device": device,
        "public_nav": nav("file"),
    }
    return private(render(request, "public/follow/notices.html", page, status=422 if form.errors else 200))
