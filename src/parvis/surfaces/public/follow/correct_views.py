"""The page where a citizen corrects their request, as long as nobody has begun."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries import cases
from parvis.apps.cases.queries.citizens.citizen_cases import may_correct
from parvis.apps.cases.services.citizen import corrections
from parvis.apps.directory.models import Actor
from parvis.apps.throttling.services import within_limit
from parvis.lib.errors import Conflict, Invalid
from parvis.lib.limits import client_address
from parvis.surfaces.public.follow.correct_forms import CorrectForm
from parvis.surfaces.public.follow.views import WINDOW, as_message, private, speak_as, unknown
from parvis.surfaces.public.frame import nav
from parvis.surfaces.public.request.photos import Photos, gather
from parvis.ui.messages import done, refused

TIMES = 30


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, secret: str) -> HttpResponse:
    """The request in a form. When someone has begun meanwhile, what was typed is offered as a message to them."""
    case = cases.by_secret(secret)
    if case is None:
        return unknown(request)
    speak_as(request, case)
    if request.method != "POST":
        if not may_correct(case):
            refused(request, _("Someone has begun to handle this request: write to them instead."))
            return redirect("public:follow", secret)
        return _page(request, case, CorrectForm(case=case), Photos())
    if not within_limit("say", client_address(request), times=TIMES, seconds=WINDOW):
        return unknown(request, too_many=True)
    form = CorrectForm(request.POST, case=case)
    kept, uploads = request.POST.getlist("photo"), request.FILES.getlist("photos")
    photos = gather(case.secret, kept, uploads, client=client_address(request))
    for reason in photos.refused:
        form.add_error("photos", reason)
    if not form.is_valid():
        return _page(request, case, form, photos)
    correction = corrections.Correction(
        words=form.cleaned_data["words"],
        place=form.chosen_place,
        details=form.details,
        on_behalf_of=form.cleaned_data["on_behalf_of"],
        photos=photos.attachments,
    )
    try:
        corrected = corrections.correct(case_id=case.pk, correction=correction, by=Actor.citizen())
    except Invalid as error:
        form.refuse(error.fields, error.message)
        return _page(request, case, form, photos)
    except Conflict as conflict:
        return as_message(request, case, form.as_message, photos, conflict)
    done(request, _done(case, corrected))
    return redirect("public:follow", secret)


def _done(before: Case, after: Case) -> str:
    if before.department_id != after.department_id:
        words = _("Your request is corrected. With what it says now, it goes to %(department)s; the date stays.")
        return words % {"department": after.department.name}
    return _("Your request is corrected.")


def _page(request: HttpRequest, case: Case, form: CorrectForm, photos: Photos) -> HttpResponse:
    page = {"case": case, "form": form, "kept_photos": photos, "kept_in": "form", "public_nav": nav("file")}
    return private(render(request, "public/follow/correct.html", page, status=422 if form.errors else 200))
