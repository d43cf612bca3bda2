"""Sign-in views on top of allauth's."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.utils import get_next_redirect_url
from allauth.account.views import BaseReauthenticateView, LoginView
from allauth.mfa.base.views import AuthenticateView, ReauthenticateView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from django import forms
from django.conf import settings
from django.contrib.auth import login as open_session
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from parvis.apps.directory.models import User
from parvis.apps.directory.queries import managers_of
from parvis.apps.identity.web.navigation import home_of
from parvis.apps.identity.web.samples import sample_cards
from parvis.apps.identity.web.second_factor import confirm_as_sample, forget_factor, prove_factor

LATER = {"busy": (503, "5"), "too_many_login_attempts": (429, "300")}  # status, seconds


class SignIn(LoginView):
    """The sign-in page; in the demonstration, with a choice of sample accounts."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Adds `samples`, the sample account cards; none outside the demonstration."""
        cards = sample_cards() if settings.PARVIS_DEMO else []
        return {**super().get_context_data(**kwargs), "samples": cards}

    def form_invalid(self, form: Any) -> HttpResponse:
        """The page again, with what was typed and, when it is worth trying again later, how much later."""
        response: HttpResponse = super().form_invalid(form)
        for error in form.non_field_errors().as_data():
            if error.code in LATER:
                response.status_code, response["Retry-After"] = LATER[error.code]
        return response


@never_cache
@require_POST
def enter_as_sample(request: HttpRequest, username: str) -> HttpResponse:
    """Signs in as a sample account; 404 for a real account, or outside the demonstration."""
    if not settings.PARVIS_DEMO:
        raise Http404
    user = get_object_or_404(User, username=username, sample=True, is_active=True)
    open_session(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return HttpResponseRedirect(get_next_redirect_url(request) or home_of(user))


class ConfirmAsSample(BaseReauthenticateView):
    """In the demonstration, where a password is asked again: sample accounts have none, and are told so."""

    form_class = forms.Form
    template_name = "account/sample_again.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """404 for a real account, or outside the demonstration."""
        if not (settings.PARVIS_DEMO and isinstance(request.user, User) and request.user.sample):
            raise Http404
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response

    def form_valid(self, form: Any) -> HttpResponse:
        """Goes on with what was asked for."""
        confirm_as_sample(self.request, self.request.user)
        response: HttpResponse = super().form_valid(form)
        return response


class GiveCode(AuthenticateView):
    """The code asked at sign-in, once the password was right."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Adds `helpers`, the managers to ask when the telephone is lost."""
        return {**super().get_context_data(**kwargs), "helpers": managers_of(self.stage.login.user)}


class GiveCodeAgain(ReauthenticateView):
    """The code, asked again before a sensitive change."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Adds `helpers`, the managers to ask when the telephone is lost."""
        user = self.request.user
        return {**super().get_context_data(**kwargs), "helpers": managers_of(user) if isinstance(user, User) else []}


class SetUpFactor(ActivateTOTPView):
    """Sets up an authenticator; the code typed verifies the session."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Activates, marks the session verified, and shows the recovery codes."""
        response: HttpResponse = super().form_valid(form)
        prove_factor(self.request, self.request.user)
        return response


class ReplaceFactor(DeactivateTOTPView):
    """Removes the authenticator (lost or new phone), then sets up another."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Deactivates; the session has no access to staff screens until another one is set up."""
        response: HttpResponse = super().form_valid(form)
        forget_factor(self.request, self.request.user)
        return response

    def get_success_url(self) -> str:
        """The page to set up an authenticator."""
        return reverse("mfa_activate_totp")


def first_screen(request: HttpRequest) -> HttpResponse:
    """Redirects /staff/ to the user's first screen, or to the sign-in page."""
    return HttpResponseRedirect(get_adapter(request).get_login_redirect_url(request))
