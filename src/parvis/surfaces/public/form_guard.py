"""What every form that anyone sends to the town has: a key that makes it one sending, a limit, a trap, who sends it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from uuid import uuid4

from django import forms
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers, patch_cache_control, patch_vary_headers
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from parvis.lib.limits import client_address, within
from parvis.ui.forms import RefusableForm

WINDOW = 600  # seconds


@dataclass(frozen=True)
class Keys:
    """The keys of one kind of form: given with its page, good for so many seconds."""

    salt: str
    seconds: int

    def new(self) -> str:
        """A key that nobody else can make."""
        return signing.TimestampSigner(salt=self.salt).sign(uuid4().hex)

    def read(self, given: str) -> str:
        """What such a key holds. Raises signing.BadSignature for any other, and for one too old."""
        return signing.TimestampSigner(salt=self.salt).unsign(given, max_age=self.seconds)


def given_back(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Lets a browser that goes back show a blank form as it left it: the same key, and the photos kept since.

    Asked for otherwise, the page is read again. What answers a sending holds what was typed, and is kept nowhere.
    """

    @wraps(view)
    def kept(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if request.method == "POST":
            add_never_cache_headers(response)
        else:
            patch_cache_control(response, private=True, no_cache=True)
            patch_vary_headers(response, ["Cookie"])
        return response

    return kept


class SendingForm(RefusableForm):
    """A form that a robot may send too: it fills in what nobody sees."""

    website = forms.CharField(required=False, label=_("Leave this field empty"))

    def clean(self) -> dict[str, Any]:
        """The typed values; refused when the trap holds some."""
        typed = super().clean() or {}
        if typed.get("website"):
            self.add_error("website", gettext("This field is a trap for robots: empty it, then send again."))
        return typed


def too_many(request: HttpRequest, form: forms.Form, times: int) -> bool:
    """Whether more than `times` forms came from there in WINDOW; the form then says so."""
    if within("request", client_address(request), times=times, seconds=WINDOW):
        return False
    form.add_error(None, gettext("Too many sendings from here. Wait ten minutes, or call us: nothing typed is lost."))
    return True


def name_field(**more: Any) -> forms.CharField:
    """The name of who sends."""
    return forms.CharField(
        max_length=160, label=_("Name"), widget=forms.TextInput(attrs={"autocomplete": "name"}), **more
    )


def email_field() -> forms.CharField:
    """Their e-mail address, which the service reads."""
    attrs = {"autocomplete": "email", "type": "email"}
    return forms.CharField(required=False, max_length=254, label=_("E-mail"), widget=forms.TextInput(attrs=attrs))


def phone_field(label: Any) -> forms.CharField:
    """Their phone number, which the service reads."""
    attrs = {"autocomplete": "tel", "type": "tel"}
    return forms.CharField(required=False, max_length=40, label=label, widget=forms.TextInput(attrs=attrs))
