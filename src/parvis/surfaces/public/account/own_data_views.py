"""My data: all that the town keeps of an account, to read, and as a file to take away."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from parvis.apps.residents.models import Account, ProofCode
from parvis.apps.residents.queries.accounts import emails_of
from parvis.apps.residents.web.codes import ask_for_code
from parvis.apps.residents.web.sessions import entered_lately, forget_account
from parvis.apps.throttling.services import Limit, count_attempt
from parvis.lib import clock
from parvis.lib.errors import Invalid
from parvis.surfaces.public.account.account_views import signed_in
from parvis.surfaces.public.account.own_data import left_out, own_data, parts
from parvis.surfaces.public.error_views import again
from parvis.surfaces.public.follow.views import private
from parvis.surfaces.public.frame import nav
from parvis.surfaces.public.way_back import keep_way_back
from parvis.ui.messages import refused

TIMES, WINDOW = 20, 3600  # documents of one account, in WINDOW seconds


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def my_data(request: HttpRequest, account: Account) -> HttpResponse:
    """The page, or the file with `?format=json`. Who entered long ago enters again first, by a POST."""
    if request.method == "POST":
        return _enter_again(request, account)
    page = {"public_nav": nav("file"), "fresh": entered_lately(request), "emails": emails_of(account)}
    if not page["fresh"]:
        return private(render(request, "public/account/own_data.html", page))
    if wait := count_attempt(Limit("own-data", str(account.pk), TIMES, WINDOW)):
        return again(request, "public/errors/many.html", status=429, seconds=int(wait) + 1)
    document = own_data(account)
    if request.GET.get("format") == "json":
        name = _("my-data-%(day)s.json") % {"day": clock.today().isoformat()}
        response = JsonResponse(document, json_dumps_params={"ensure_ascii": False, "indent": 2})
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return private(response)
    found = parts(document)
    page |= {
        "parts": [part for part in found if not part.is_empty],
        "empty": [part for part in found if part.is_empty],
        "left_out": left_out(),
    }
    return private(render(request, "public/account/own_data.html", page))


def _enter_again(request: HttpRequest, account: Account) -> HttpResponse:
    """Sends a code to the first address of the account, which leaves this browser until it is typed."""
    email = emails_of(account)[0]
    try:
        ask_for_code(request, ProofCode.Use.SIGN_IN, email, work="")
    except Invalid as error:
        refused(request, str(error))
        return redirect("public:own_data")
    forget_account(request, keep_codes=True)
    keep_way_back(request, request.path)
    return redirect("public:account_code")
