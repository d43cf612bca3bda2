"""Protection of the forms open to everyone: an idempotency key, a rate limit, a honeypot; and the contact fields."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from uuid import uuid4

from django import forms
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import add_never_cache_headers, patch_cache_control, patch_vary_headers
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from parvis.apps.throttling.services import Limit, count_attempt
from parvis.lib.limits import client_address, client_network
from parvis.ui.forms import RefusableForm

WINDOW = 600  # seconds
CROWD = 6  # clients of one network that may send as much as one does


@dataclass(frozen=True)
class Keys:
    """The idempotency keys of one kind of form: signed, issued with its page, valid for `seconds`."""

    salt: str
    seconds: int

    def new(self) -> str:
        """A new signed key."""
        return signing.TimestampSigner(salt=self.salt).sign(uuid4().hex)

    def read(self, signed: str) -> str:
        """The key itself. Raises signing.BadSignature when it is forged or expired."""
        return signing.TimestampSigner(salt=self.salt).unsign(signed, max_age=self.seconds)


def restorable(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Lets the browser's "back" restore an unsent form: the same key, and the photos uploaded since.

    Other requests revalidate the page. A response to POST holds what was typed, and is never cached.
    """

    @wraps(view)
    def with_cache_headers(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if request.method == "POST":
            add_never_cache_headers(response)
        else:
            patch_cache_control(response, private=True, no_cache=True)
            patch_vary_headers(response, ["Cookie"])
        return response

    return with_cache_headers


class HoneypotForm(RefusableForm):
    """A form with a hidden field that only robots fill in."""

    website = forms.CharField(required=False, label=_("Leave this field empty"))

    def clean(self) -> dict[str, Any]:
        """The cleaned values; an error when the hidden field is filled in."""
        values = super().clean() or {}
        if values.get("website"):
            self.add_error("website", gettext("This field is a trap for robots: empty it, then send again."))
        return values


def too_many(request: HttpRequest, form: forms.Form, times: int, action: str = "request") -> bool:
    """Whether the client's address sent more than `times` forms of that `action` in WINDOW, or its network CROWD times
    as many; adds the error to the form.
    """
    own = Limit(action, client_address(request), times, WINDOW)
    if not count_attempt(own, Limit(f"{action}-network", client_network(request), times * CROWD, WINDOW)):
        return False
    form.add_error(None, gettext("Too many sendings from here. Wait ten minutes, or call us: nothing typed is lost."))
    return True


def name_field(**more: Any) -> forms.CharField:
    """The sender's name."""
    return forms.CharField(
        max_length=160, label=_("Name"), widget=forms.TextInput(attrs={"autocomplete": "name"}), **more
    )


def email_field() -> forms.CharField:
    """The sender's e-mail address; the service validates it."""
    attrs = {"autocomplete": "email", "type": "email"}
    return forms.CharField(required=False, max_length=254, label=_("E-mail"), widget=forms.TextInput(attrs=attrs))


def phone_field(label: Any) -> forms.CharField:
    """The sender's phone number; the service validates it."""
    attrs = {"autocomplete": "tel", "type": "tel"}
    return forms.CharField(required=False, max_length=40, label=label, widget=forms.TextInput(attrs=attrs))
