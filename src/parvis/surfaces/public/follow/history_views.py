"""The history of contacts with a citizen: behind the link of a request, or by a link sent by e-mail."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from parvis.apps.cases.queries import cases
from parvis.apps.intake.queries.contact_history import history_of_case, history_of_people
from parvis.apps.intake.queries.history_links import email_of
from parvis.apps.intake.services.history_link import ask_for_history
from parvis.apps.newsletter.queries import points
from parvis.apps.residents.models import Person
from parvis.apps.throttling.services import within_limit
from parvis.lib.errors import Invalid
from parvis.lib.limits import client_address
from parvis.surfaces.public.follow.views import WINDOW, private, speak_as, unknown
from parvis.surfaces.public.frame import nav
from parvis.surfaces.public.same_origin import same_origin

TIMES = 10


class MailboxForm(forms.Form):
    """The e-mail address that the town writes to."""

    use_required_attribute = False
    email = forms.CharField(
        label=_("Your e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=_("The one to which we write to you."),
        error_messages={"required": _("Write your e-mail address.")},
    )


@never_cache
@require_GET
def of_case(request: HttpRequest, secret: str) -> HttpResponse:
    """The history of one request, behind its private link."""
    case = cases.by_secret(secret)
    if case is None:
        return unknown(request)
    speak_as(request, case)
    page: dict[str, Any] = {"told": history_of_case(case), "to_citizen": True, "case": case, "public_nav": nav("file")}
    return private(render(request, "public/history.html", page))


@same_origin
@never_cache
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Sends the link to one's whole history. The response is the same whether or not the address is known."""
    form = MailboxForm(request.POST if request.method == "POST" else None)
    sent, status = False, 200
    if request.method == "POST":
        if not within_limit("ask-told", client_address(request), times=TIMES, seconds=WINDOW):
            form.add_error(None, _("Many links were asked for from here. Look at your mailbox, or call us."))
            status = 429
        else:
            sent = form.is_valid() and _send_link(form)
            status = 200 if sent else 422
    page: dict[str, Any] = {"form": form, "sent": sent, "public_nav": nav("file")}
    return render(request, "public/ask_history.html", page, status=status)


def _send_link(form: MailboxForm) -> bool:
    try:
        ask_for_history(email=form.cleaned_data["email"], language=get_language() or "fr")
    except Invalid as error:
        form.add_error("email", str(error))
        return False
    return True


def _subscribed(email: str) -> dict[str, Any] | None:
    """What is sent to that address and to the other ones of its subscriber, with the proof of consent."""
    point = points.by_target("email", email.lower())
    if point is None:
        return None
    return {
        "point": point,
        "chosen": points.choices_of(point),
        "others": points.siblings(point)[1:],
        "history": points.history(point),
    }


@never_cache
@require_GET
def everything(request: HttpRequest, token: str) -> HttpResponse:
    """The whole history of the people with that e-mail address; the link is valid for one hour."""
    email = email_of(token)
    if not email:
        page: dict[str, Any] = {"form": MailboxForm(), "late": True, "public_nav": nav("file")}
        return private(render(request, "public/ask_history.html", page, status=404))
    people = Person.objects.filter(email=email)
    history = history_of_people(people, url_of=lambda case: reverse("public:follow", args=[case.secret]))
    page = {"told": history, "to_citizen": True, "public_nav": nav("file"), "subscribed": _subscribed(email)}
    return private(render(request, "public/history.html", page))
