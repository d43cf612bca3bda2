"""What a citizen sees and says behind the private link of a request, and how they get there."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.forms import Form
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from parvis.apps.cases import queries, services
from parvis.apps.cases.merged_cases import as_seen_by_citizen
from parvis.apps.cases.models import Case
from parvis.apps.directory.actors import Actor
from parvis.apps.files.serving import respond
from parvis.lib.errors import Conflict, Invalid, NotFound
from parvis.lib.ids import parse_reference
from parvis.lib.limits import client_address, within
from parvis.surfaces.public.follow.forms import OpinionForm, SaidForm, WithdrawForm
from parvis.surfaces.public.follow.screen import came_back, late_opinion, screen
from parvis.surfaces.public.forms import TrackForm
from parvis.surfaces.public.frame import nav
from parvis.surfaces.public.request.photos import Photos, gather
from parvis.surfaces.public.same_origin import same_origin
from parvis.ui.messages import done, refused

WINDOW = 600  # seconds
FORMS: dict[str, type[Form]] = {
    "reply": SaidForm,
    "not-fixed": SaidForm,
    "withdraw": WithdrawForm,
    "opinion": OpinionForm,
}


@same_origin
@never_cache
@require_http_methods(["GET", "POST"])
def track(request: HttpRequest) -> HttpResponse:
    """Leads from a reference and its code to the page of the request; limited in number."""
    form = TrackForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        reference, code = form.cleaned_data["reference"], form.cleaned_data["code"]
        if not (_within(request, "track", 20) and _within_codes(reference)):
            return unknown(request, form, too_many=True)
        case = queries.by_reference_and_code(reference, code)
        return redirect("public:follow", case.secret) if case else unknown(request, form)
    status = 422 if form.is_bound else 200
    return render(request, "public/track.html", {"form": form, "public_nav": nav("track")}, status=status)


def unknown(request: HttpRequest, form: TrackForm | None = None, *, too_many: bool = False) -> HttpResponse:
    """One calm page for a reference that does not exist, a wrong code, and a forged link alike."""
    page = {"form": form or TrackForm(), "too_many": too_many, "public_nav": nav("track")}
    return render(request, "public/unknown.html", page, status=429 if too_many else 404)


@never_cache
@require_safe
def follow(request: HttpRequest, secret: str) -> HttpResponse:
    """The page behind the private link: the promise, what happened, and what may be said."""
    case = queries.by_secret(secret)
    return _page(request, case) if case else unknown(request)


@dataclass(frozen=True)
class Submission:
    """What was sent from the page: the gesture, its form, the photos that came with it, those kept before included."""

    move: str
    form: Form
    photos: Photos

    @property
    def slot(self) -> str:
        """The name of the form in the page."""
        return f"{self.move.replace('-', '_')}_form"


@never_cache
@require_POST
def say(request: HttpRequest, secret: str, move: str) -> HttpResponse:
    """Takes what the citizen says: a reply, "not fixed", an opinion, or that the request is withdrawn."""
    case = queries.by_secret(secret)
    if case is None or move not in FORMS:
        return unknown(request)
    if not _within(request, "say", 30):
        return unknown(request, too_many=True)
    speak_as(request, case)
    said = Submission(
        move, FORMS[move](request.POST, auto_id=f"{move.replace('-', '_')}_%s"), _photos(request, case, move)
    )
    if not said.form.is_valid():
        return _again(request, case, said)
    try:
        _carry_out(case, said)
    except Invalid as wrong:
        _refuse(said, wrong)
        return _again(request, case, said)
    except Conflict as late:
        return _too_late(request, case, said, late)
    done(request, _thanks(case, said))
    for line in said.photos.refused:
        refused(request, _("Photo left out. %(why)s") % {"why": line})
    return redirect("public:follow", secret)


def _photos(request: HttpRequest, case: Case, move: str) -> Photos:
    if FORMS[move] is not SaidForm:
        return Photos()
    return gather(case.secret, request.POST.getlist("photo"), request.FILES.getlist("photos"))


def _refuse(said: Submission, wrong: Invalid) -> None:
    """Puts a refusal beside its field; photos that were all refused are named beside theirs."""
    if isinstance(said.form, OpinionForm):
        said.form.refuse(wrong.fields, wrong.message)
    elif said.photos.refused and not said.photos.shown:
        said.form.add_error("photos", said.photos.refused)
    else:
        said.form.add_error("words" if "words" in wrong.fields else None, str(wrong))


def _too_late(request: HttpRequest, case: Case, said: Submission, late: Conflict) -> HttpResponse:
    """Nothing typed is lost when the request changed meanwhile: words meant for one that closed may reopen it."""
    fresh = queries.by_secret(case.secret) or case
    if said.move == "withdraw":
        return redirect("public:follow", case.secret)
    move = "reply" if as_seen_by_citizen(fresh).is_open else "not-fixed"
    form = SaidForm(said.form.data, auto_id=f"{move.replace('-', '_')}_%s")
    form.is_valid()
    late_words = late_opinion(fresh, said.form.cleaned_data["closing"]) if said.move == "opinion" else str(late)
    form.add_error(None, late_words)
    return _again(request, fresh, Submission(move, form, said.photos))


def _carry_out(case: Case, said: Submission) -> None:
    values, photos = said.form.cleaned_data, said.photos.attachments
    if said.move in ("reply", "not-fixed"):
        say = services.reply if said.move == "reply" else services.not_fixed
        say(case_id=case.pk, by=Actor.citizen(), words=values["words"], since=values.get("since"), photos=photos)
    elif said.move == "opinion":
        language = translation.get_language() or case.language
        services.give_opinion(case_id=case.pk, language=language, **values)
    else:
        services.withdraw(case_id=case.pk, by=Actor.citizen())


def _thanks(case: Case, said: Submission) -> str:
    if said.move == "withdraw" and (case.merged_into_id or case.merged_count):
        return _("You hear no more of it. Others told us of the same thing: the work goes on.")
    if said.move == "opinion":
        bad = services.is_bad(said.form.cleaned_data["solved"], said.form.cleaned_data["mark"])
        if bad:
            return _("Thank you for saying so. The same request is open again, one level up.")
        return _("Thank you: your opinion is kept.")
    return {
        "reply": _("Your message was added to the request."),
        "not-fixed": _("The same request is open again, one level up."),
        "withdraw": _("Your request is withdrawn."),
    }[said.move]


@require_safe
def photo(request: HttpRequest, secret: str, key: UUID) -> FileResponse:
    """A photo of the request, for whoever holds its link; `?small` gives the reduced one."""
    case = queries.by_secret(secret)
    for entry in queries.journal(case, public=True) if case else []:
        for kept in entry.files.all():
            if kept.attachment.key == key:
                try:
                    return respond(kept.attachment, thumbnail="small" in request.GET)
                except NotFound as gone:
                    raise Http404 from gone
    raise Http404


def _again(request: HttpRequest, case: Case, said: Submission) -> HttpResponse:
    return _page(request, case, **{said.slot: said.form, "kept_photos": said.photos, "kept_in": said.slot})


def _page(request: HttpRequest, case: Case, **forms: Any) -> HttpResponse:
    speak_as(request, case)
    status = 422 if came_back(forms) else 200
    return private(render(request, "public/follow.html", screen(case, **forms), status=status))


def speak_as(request: HttpRequest, case: Case) -> None:
    """The page is in the language of the request, unless the reader chose another."""
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        translation.activate(case.language)


def private(response: HttpResponse) -> HttpResponse:
    """Keeps a page whose address is a secret out of search engines, and its address on this site."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    # Not "no-referrer": a browser would then send this page's own forms with "Origin: null", and they would be refused.
    response["Referrer-Policy"] = "same-origin"
    return response


def _within(request: HttpRequest, action: str, times: int) -> bool:
    return within(action, client_address(request), times=times, seconds=WINDOW)


def _within_codes(reference: str) -> bool:
    """Counts one code tried for that reference, however it is spelt; one that cannot exist has no code to guess."""
    known = parse_reference(reference)
    return known is None or within("code", str(known), times=10, seconds=WINDOW)
