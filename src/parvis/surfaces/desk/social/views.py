"""The accounts on social networks: connected, checked, disconnected; the latest posts, tried again."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parvis.apps.directory.rules.permissions import Action
from parvis.apps.social.models import Account
from parvis.apps.social.queries import accounts as account_queries
from parvis.apps.social.queries import posts, words
from parvis.apps.social.rules.limits import LIMITS
from parvis.apps.social.services import accounts as account_services
from parvis.apps.social.services.outgoing import retry_post
from parvis.lib.errors import Invalid
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.ui.forms import RefusableForm
from parvis.ui.messages import done, showing_refusal
from parvis.ui.views import or_404

PAGE = 50


class AccountForm(RefusableForm):
    """A page or an account to connect. The token is never shown again."""

    network = forms.ChoiceField(label=gettext_lazy("Network"), choices=Account.Network.choices)
    name = forms.CharField(label=gettext_lazy("Name, as staff will read it"), max_length=120)
    page_id = forms.CharField(
        label=gettext_lazy("Identifier of the page or of the account"),
        max_length=64,
        help_text=gettext_lazy("A number, which the network gives: see the guide."),
    )
    server = forms.CharField(
        label=gettext_lazy("Server, for Mastodon"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Such as https://mastodon.example. Nothing for Facebook."),
    )
    token = forms.CharField(
        label=gettext_lazy("Token"),
        max_length=account_services.LONGEST_TOKEN,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("It is kept here and shown to nobody."),
    )


@requires(Action.SEE_CHANNELS, "GET")
def page(request: HttpRequest) -> HttpResponse:
    """Each account and what is known of it, then the latest posts."""
    return _page(request)


def _page(request: HttpRequest, form: AccountForm | None = None, status: int = 200) -> HttpResponse:
    accounts = account_queries.accounts()
    context: dict[str, Any] = {
        "accounts": [(account, words.explain(account.error_code)) for account in accounts],
        "posts": [(post, words.explain(post.error_code)) for post in posts.latest(PAGE)],
        "version_end": account_queries.version_trouble(),
        "may_manage": agent_of(request).may(Action.MANAGE_KEYS),
        "may_answer": agent_of(request).may(Action.TAKE_CONTACT),
        "form": form or AccountForm(),
        "limits": [(label, LIMITS[network].post) for network, label in Account.Network.choices],
    }
    return render(request, "desk/social/accounts.html", context, status=status)


@requires(Action.MANAGE_KEYS, "POST")
def connect(request: HttpRequest) -> HttpResponseBase:
    """Connects an account; its token is checked at once."""
    form = AccountForm(request.POST)
    if form.is_valid():
        with form.catching():
            account = account_services.connect_account(**form.cleaned_data, by=agent_of(request))
            done(request, _("%(account)s is connected: its token is being checked.") % {"account": account})
            return redirect("desk:social")
    return _page(request, form, 422)


@requires(Action.MANAGE_KEYS, "POST")
def renew(request: HttpRequest, account_id: int) -> HttpResponseBase:
    """Gives an account another token."""
    with showing_refusal(request, Invalid):
        account = account_services.renew_token(account_id=account_id, token=request.POST.get("token", ""))
        done(request, _("%(account)s is connected: its token is being checked.") % {"account": account})
    return redirect("desk:social")


@requires(Action.SEE_CHANNELS, "POST")
def check(request: HttpRequest, account_id: int) -> HttpResponseBase:
    """Asks for the check of an account now."""
    account = account_services.ask_for_check(account_id=account_id)
    done(request, _("%(account)s is being checked: open this page again in a moment.") % {"account": account})
    return redirect("desk:social")


@requires(Action.MANAGE_KEYS, "POST")
def disconnect(request: HttpRequest, account_id: int) -> HttpResponseBase:
    """Forgets the token of an account."""
    account = account_services.disconnect(account_id=account_id)
    done(request, _("%(account)s is disconnected: its token is forgotten.") % {"account": account})
    return redirect("desk:social")


@requires(Action.SEE_CHANNELS, "POST")
def retry(request: HttpRequest, post_id: int) -> HttpResponseBase:
    """Tries one post again, alone."""
    post = or_404(posts.post_of(post_id))
    with showing_refusal(request):
        retry_post(key=post.key)
        done(request, _("It is tried again: look in a moment."))
    back = request.POST.get("back", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return redirect(back if back and safe else "desk:social")
