"""Subscribers: found, enrolled, left, proved, imported, erased by an agent."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import override

from parvis.apps.directory.queries import town
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.newsletter.letters.subscriptions import consent_words
from parvis.apps.newsletter.models import Consent, ContactPoint
from parvis.apps.newsletter.queries import points
from parvis.apps.newsletter.services import subscribing
from parvis.apps.newsletter.services.erasing import erase_reader
from parvis.apps.newsletter.services.importing import COLUMNS, import_subscribers
from parvis.apps.newsletter.services.subscribing import Origin
from parvis.lib.errors import Invalid
from parvis.surfaces.desk.gate import agent_of, requires, submit
from parvis.surfaces.desk.newsletter.forms import EnrolForm, EraseForm, ImportForm, LeaveForm
from parvis.ui.messages import done, showing_refusal
from parvis.ui.views import or_404

LARGEST_FILE = 5_000_000  # bytes


@requires(Action.ENROL_SUBSCRIBER, "GET", "POST")
def subscribers(request: HttpRequest) -> HttpResponseBase:
    """Subscribers, found by the words of `q`; and the form that enrols one."""
    # No box is ticked beforehand: the agent ticks what the person says (CRTC 2012-549).
    initial = {"channel": "email", "language": "fr", "via": "phone", "target": request.GET.get("q", "")}
    form = EnrolForm(request.POST or None, initial=initial)
    if request.method == "POST":
        made = submit(form, lambda: _enrol(request, form))[0]
        if made is not None:
            done(request, _("It is written. They will hear of it from now on."))
            return redirect("desk:subscriber", made.pk)
    asked = request.GET.get("q", "")[:254]
    context = {
        "asked": asked,
        "found": points.search(asked),
        "totals": points.totals(),
        "form": form,
        "consent": consent_words(),
        "imports": ImportForm(),
    }
    return render(request, "desk/newsletter/subscribers.html", context, status=422 if form.errors else 200)


def _enrol(request: HttpRequest, form: EnrolForm) -> ContactPoint:
    values = form.cleaned_data
    with override(values["language"]):
        words = consent_words()
    origin = Origin(Consent.Via(values["via"]), words=words, evidence=values["evidence"], clerk=agent_of(request))
    return subscribing.enrol(
        channel=values["channel"],
        target=values["target"],
        language=values["language"],
        wanted=form.wanted,
        origin=origin,
    )


def _point(point_id: int) -> ContactPoint:
    return or_404(ContactPoint.objects.select_related("subscriber").filter(pk=point_id).first())


@requires(Action.ENROL_SUBSCRIBER, "GET")
def subscriber(request: HttpRequest, point_id: int) -> HttpResponse:
    """One subscriber: what is sent, where, and the proof of consent."""
    return render(request, "desk/newsletter/subscriber.html", _about(request, _point(point_id)))


def _about(request: HttpRequest, point: ContactPoint) -> dict[str, Any]:
    return {
        "point": point,
        "chosen": points.choices_of(point),
        "others": points.siblings(point)[1:],
        "history": points.history(point),
        "leave_form": LeaveForm(),
        "erase_form": EraseForm(),
        "may_erase": agent_of(request).may(Action.ERASE_WORDS),
    }


@requires(Action.ENROL_SUBSCRIBER, "POST")
def leave(request: HttpRequest, point_id: int) -> HttpResponseBase:
    """Leaves everything for someone who asks for it; journaled in their proof of consent."""
    point, form = _point(point_id), LeaveForm(request.POST)
    if form.is_valid():
        subscribing.leave_all(secret=point.secret, origin=form.origin(agent_of(request)))
        done(request, _("It is done: nothing more of it leaves. The letters about requests go on."))
    return redirect("desk:subscriber", point_id)


@requires(Action.ENROL_SUBSCRIBER, "GET")
def proof(request: HttpRequest, point_id: int) -> HttpResponse:
    """The proof of consent, to print."""
    return render(request, "desk/newsletter/proof.html", _about(request, _point(point_id)) | {"place": town()})


@requires(Action.ENROL_SUBSCRIBER, "POST")
def import_list(request: HttpRequest) -> HttpResponseBase:
    """Imports a list; the page tells each line that was refused, and why."""
    form, report = ImportForm(request.POST, request.FILES), None
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            if file.size > LARGEST_FILE:
                raise Invalid(_("This file is too large: 5 MB at most."))
            text = file.read().decode("utf-8-sig")
            report = import_subscribers(text=text, name=file.name, by=agent_of(request))
        except UnicodeDecodeError:
            form.add_error("file", _("This file is not in UTF-8: save it again as “CSV UTF-8”."))
        except Invalid as error:
            form.add_error("file", error.first_error)
    context = {"imports": form, "report": report, "columns": COLUMNS}
    return render(request, "desk/newsletter/import.html", context, status=422 if form.errors else 200)


@requires(Action.ERASE_WORDS, "POST")
def erase(request: HttpRequest, point_id: int) -> HttpResponseBase:
    """Erases a subscriber by law."""
    form = EraseForm(request.POST)
    ground = form.cleaned_data["ground"] if form.is_valid() else ""
    with showing_refusal(request, Invalid):
        erase_reader(point_id=point_id, ground=ground, by=agent_of(request))
        done(request, _("It is erased. The proof of what was is kept without the address."))
    return redirect("desk:subscribers")
