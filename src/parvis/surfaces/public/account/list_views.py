"""The list of my requests, and keeping one from its private link."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from parvis.apps.cases.queries import cases
from parvis.apps.cases.queries.citizens.citizen_cases import MyFilter, my_cases
from parvis.apps.cases.services.citizen.accounts import keep_case, release_case
from parvis.apps.residents.models import Account
from parvis.apps.residents.queries.accounts import emails_of
from parvis.apps.residents.web.sessions import account_of
from parvis.surfaces.public.account.entering import enter
from parvis.surfaces.public.account.forms import FilterForm
from parvis.surfaces.public.follow.views import private, unknown
from parvis.surfaces.public.forms import TrackForm
from parvis.surfaces.public.frame import nav
from parvis.ui.messages import done


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def my_requests(request: HttpRequest) -> HttpResponse:
    """The list of the account signed in; else the ways in. POST sends a code to the address typed."""
    account = account_of(request)
    if account is not None:
        return _list(request, account)
    return enter(request, "public/account/enter.html", to=request.path, track_form=TrackForm())


def _list(request: HttpRequest, account: Account) -> HttpResponse:
    values = {name: request.GET.get(name, "")[:200] for name in ("state", "place", "behalf")}
    requests = my_cases(account, MyFilter(**values))
    form = FilterForm(initial=values, places=requests.places, behalves=requests.behalves)
    page = {
        "account": account,
        "emails": emails_of(account),
        "requests": requests,
        "filter": form,
        "filtered": MyFilter(**values).active,
        "public_nav": nav("file"),
    }
    return private(render(request, "public/account/list.html", page))


@never_cache
@require_POST
def keep(request: HttpRequest, secret: str) -> HttpResponse:
    """Keeps the request behind this link in the list of the account signed in, or takes it out (`out`)."""
    case, account = cases.by_secret(secret), account_of(request)
    if case is None:
        return unknown(request)
    if account is None:
        return redirect("public:mine")
    if "out" in request.POST:
        release_case(account=account, case=case)
        done(request, _("The request is no longer kept in your list."))
        return redirect("public:mine")
    keep_case(account=account, case=case)
    done(request, _("The request is in your list."))
    return redirect("public:follow", secret)
