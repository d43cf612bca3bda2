"""Who may send a request at once: rate limits, then a proof of work, else a code sent by e-mail.

A sending is never refused for want of a proof alone: it counts against lower limits, beyond which the sender proves
that they read an e-mail address. Everything typed is kept meanwhile. Beyond what the whole town sends in the worst
storm, requests without a proof are kept whole for someone to look at, rather than refused or opened.
"""

from enum import Enum

from django.http import HttpRequest
from django.utils.translation import gettext as _

from parvis.apps.intake.services.form_code import ask_for_code, try_code
from parvis.apps.throttling.services import Limit, count_attempt, proves, within_limit
from parvis.lib.errors import Refused
from parvis.lib.limits import client_address, client_network
from parvis.surfaces.public import form_guard
from parvis.surfaces.public.form_guard import WINDOW
from parvis.surfaces.public.request.forms import RequestForm

SENDINGS = 30  # forms of one client in WINDOW, even refused ones
SENDINGS_PROVEN = 300  # the same, with a proof of work: a whole school may be behind one address
BARE, BARE_NETWORK = 8, 24  # requests without a proof, of one client and of one network, in WINDOW
BARE_TOWN = 60  # requests without a proof, of everyone, in WINDOW; beyond, they are kept to be looked at


def too_many(request: HttpRequest, form: RequestForm, key: str) -> bool:
    """Whether the client or its network sent too many forms; adds the error."""
    if has_worked(form, key):
        return form_guard.too_many(request, form, SENDINGS_PROVEN, "request-proven")
    return form_guard.too_many(request, form, SENDINGS)


def has_worked(form: RequestForm, key: str) -> bool:
    """Whether the browser did the work asked of it, for this form."""
    return bool(key) and proves(str(form["altcha"].value() or ""), use=key)


def is_proven(form: RequestForm, key: str) -> bool:
    """Whether the browser did the work asked of it, or its user wrote the code that they were sent."""
    if has_worked(form, key):
        return True
    email, code = str(form.cleaned_data.get("email") or ""), str(form.cleaned_data.get("code") or "")
    return bool(code) and try_code(code, email=email, key=key)


class Gate(Enum):
    """What becomes of a valid request: opened at once, kept to be looked at, or asked for a code first."""

    OPEN = "open"
    KEEP = "keep"
    ASK = "ask"


def gate(request: HttpRequest, form: RequestForm, key: str) -> Gate:
    """Decides, once for a sending, since each call counts. A code asked for is sent, and the form says so."""
    if is_proven(form, key):
        return Gate.OPEN
    if _must_prove(request, form, key):
        return Gate.ASK
    return Gate.OPEN if _town_is_calm() else Gate.KEEP


def passes_unattended(request: HttpRequest, form: RequestForm, key: str) -> bool:
    """Whether a request that a device sends by itself, with nobody there to write a code, is opened at once; else it is
    kept to be looked at. Without a proof, each call counts against the same limits as in `gate`.
    """
    return is_proven(form, key) or (_is_within_bare(request) and _town_is_calm())


def _is_within_bare(request: HttpRequest) -> bool:
    own = Limit("request-bare", client_address(request), BARE, WINDOW)
    return not count_attempt(own, Limit("request-bare-network", client_network(request), BARE_NETWORK, WINDOW))


def _town_is_calm() -> bool:
    return within_limit("request-bare-town", "", times=BARE_TOWN, seconds=WINDOW)


def _must_prove(request: HttpRequest, form: RequestForm, key: str) -> bool:
    code = str(form.cleaned_data.get("code") or "")
    if not code and _is_within_bare(request):
        return False
    if code:
        form.add_error("code", _("This is not the code of our last e-mail. Look at it again."))
    email = str(form.cleaned_data.get("email") or "")
    if not email:
        form.add_error("email", _("Many requests come from where you are. Write an e-mail address, or call us."))
        return True
    try:
        ask_for_code(email=email, language=form.cleaned_data["language"], key=key, client=client_address(request))
    except Refused as refused:
        form.refuse(refused.fields, refused.message)
        return True
    if not code:
        form.add_error("code", _("Many requests come from where you are. We sent you a code by e-mail: write it here."))
    return True
