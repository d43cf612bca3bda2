"""An open request nearby or on the map: its public facts, and a form to follow it under a number of one's own."""

from django import forms
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries.access import anyone_may_place
from parvis.apps.cases.queries.due_status import due_words, state_words
from parvis.apps.cases.queries.merged_cases import head_of, shared
from parvis.apps.cases.queries.request_place import Place
from parvis.apps.cases.services.citizen import citizen
from parvis.apps.directory.models import Actor
from parvis.apps.directory.queries import language_without_ground
from parvis.apps.intake.services.following import follow_along
from parvis.apps.intake.services.requests import NewRequest
from parvis.apps.residents.services.people import Newcomer
from parvis.lib.errors import Refused
from parvis.surfaces.public.follow.views import unknown
from parvis.surfaces.public.form_guard import (
    HoneypotForm,
    Keys,
    email_field,
    name_field,
    phone_field,
    restorable,
    too_many,
)
from parvis.surfaces.public.frame import nav
from parvis.surfaces.public.map.views import public_case
from parvis.surfaces.public.request import screen
from parvis.surfaces.public.same_origin import same_origin

KEYS = Keys("parvis.follow", seconds=86_400)
SENDINGS = 10


class FollowingForm(HoneypotForm):
    """The follower's contact details, and an optional comment."""

    key = forms.CharField(max_length=200, widget=forms.HiddenInput)
    email = email_field()
    phone = phone_field(gettext_lazy("Phone, if you have no e-mail"))
    name = name_field(required=False)
    words = forms.CharField(
        required=False,
        max_length=2000,
        label=gettext_lazy("A word more, if you wish"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, str]:
        """The cleaned values; an error without an e-mail address or a phone number."""
        values = super().clean()
        if not values.get("email") and not values.get("phone"):
            self.add_error("email", _("Write an e-mail address or a phone number: it is how you are told."))
        return values


@same_origin
@restorable
@require_http_methods(["GET", "HEAD", "POST"])
def nearby_request(request: HttpRequest, token: str) -> HttpResponseBase:
    """The public facts of an open request nearby, without anyone's words. POST follows it."""
    rows = Case.objects.select_related("subject", "address__street", "department")
    case = rows.filter(anyone_may_place(), carried_over_at=None, pk=screen.case_id_of(token)).first()
    return _answer(request, case, reverse("public:request_known", args=[token])) if case else unknown(request)


@same_origin
@restorable
@require_http_methods(["GET", "HEAD", "POST"])
def me_too(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The same for a request of the public map, found by its reference."""
    try:
        case = public_case(reference)
    except Http404:
        return unknown(request)
    return _answer(request, case, reverse("public:map_me_too", args=[case.reference]))


@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def followed(request: HttpRequest, receipt: str) -> HttpResponseBase:
    """What is said to who just followed by e-mail, the same whether they already did; POST stops it."""
    try:
        case_id, head_id = screen.read_receipt(receipt)
    except signing.BadSignature:
        return unknown(request)
    head = Case.objects.select_related("subject", "address__street", "department").filter(pk=head_id).first()
    if head is None:
        return unknown(request)
    if request.method == "POST":
        if case_id:
            citizen.withdraw(case_id=case_id, by=Actor.citizen())
        return redirect(f"{reverse('public:request_followed', args=[receipt])}?arret")
    return _page(request, head, {"stopped": "arret" in request.GET}, template="public/request_followed.html")


def _answer(request: HttpRequest, case: Case, address: str) -> HttpResponseBase:
    if request.method != "POST":
        return _show(request, case, FollowingForm(initial={"key": KEYS.new()}))
    form = FollowingForm(request.POST)
    if too_many(request, form, SENDINGS, "follow"):
        return _show(request, case, form, 429)
    if not form.is_valid():
        return _show(request, case, form, 422)
    try:
        key = KEYS.read(form.cleaned_data["key"])
        opened = _follow(form, case, f"follow-{case.pk}-{key}")
    except signing.BadSignature:
        return redirect(address)
    except Refused as refused:
        form.refuse(refused.fields, refused.message)
        return _show(request, case, form, 422)
    if opened and not form.cleaned_data["email"]:  # nothing is sent to them: the number and the code are said here
        return redirect("public:request_received", opened.secret)
    return redirect("public:request_followed", screen.follow_receipt(opened.pk if opened else 0, case.pk))


def _follow(form: FollowingForm, case: Case, key: str) -> Case | None:
    values, head = form.cleaned_data, head_of(case)
    language = language_without_ground(get_language())
    name = values["name"] or values["email"] or values["phone"]
    request = NewRequest(
        key=key[:64],
        subject=case.subject,
        nature=case.nature,
        language=language,
        words=values["words"],
        place=Place(words=case.address.street.name if case.address else ""),
        newcomer=Newcomer(name=name, phone=values["phone"], email=values["email"], language=language),
    )
    return follow_along(request, into=head.pk)


def _show(request: HttpRequest, case: Case, form: FollowingForm, status: int = 200) -> HttpResponse:
    return _page(request, case, {"form": form}, status)


def _page(
    request: HttpRequest,
    case: Case,
    more: dict[str, object],
    status: int = 200,
    template: str = "public/request_nearby.html",
) -> HttpResponse:
    shared_case = shared(case)
    context = {
        "case": shared_case,
        "street": case.address.street.name if case.address else "",
        "state": state_words(shared_case),
        "due_words": due_words(shared_case),
        "public_nav": nav("report"),
        **more,
    }
    response = render(request, template, context, status=status)
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
