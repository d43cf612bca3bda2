"""The page of a request behind its private link, what a citizen may send from it, and the form that leads to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.forms import Form
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries import cases
from parvis.apps.cases.queries.merged_cases import as_seen_by_citizen
from parvis.apps.cases.services.citizen import accounts, citizen, opinions
from parvis.apps.directory.models import Actor
from parvis.apps.files.web import respond
from parvis.apps.residents.web.sessions import account_of
from parvis.apps.throttling.services import Limit, count_attempt, within_limit
from parvis.lib.errors import Conflict, Invalid, NotFound
from parvis.lib.ids import parse_reference
from parvis.lib.limits import client_address, client_network
from parvis.surfaces.public.ask.references import REFERENCE
from parvis.surfaces.public.follow.forms import MessageForm, OpinionForm, WithdrawForm
from parvis.surfaces.public.follow.screen import came_back, kept_by, late_opinion, screen
from parvis.surfaces.public.form_guard import CROWD
from parvis.surfaces.public.forms import TrackForm
from parvis.surfaces.public.frame import nav
from parvis.surfaces.public.request.photos import Photos, gather
from parvis.surfaces.public.same_origin import same_origin
from parvis.ui.messages import done, refused

F = TypeVar("F", bound=Form)
WINDOW = 600  # seconds
LONGEST_REFERENCE = 60
WRONG_CODES, WRONG_CODES_OF_ONE = 20, 10  # in WINDOW: of one client, and for one reference
FORMS: dict[str, type[Form]] = {
    "reply": MessageForm,
    "not-fixed": MessageForm,
    "withdraw": WithdrawForm,
    "opinion": OpinionForm,
}


@same_origin
@never_cache
@require_http_methods(["GET", "POST"])
def track(request: HttpRequest) -> HttpResponse:
    """Redirects from a reference and its code to the page of the request. `?reference=` fills the former in, without
    looking for it. Beyond the limits of wrong codes, the page offers the link by e-mail.
    """
    reference = request.GET.get(REFERENCE, "").strip()[:LONGEST_REFERENCE]
    form = TrackForm(request.POST if request.method == "POST" else None, initial={"reference": reference})
    if request.method == "POST" and form.is_valid():
        reference, code = form.cleaned_data["reference"], form.cleaned_data["code"]
        # A right code opens whatever others tried: it has ten characters, that nobody finds by trying.
        if case := cases.by_reference_and_code(reference, code):
            return redirect("public:follow", case.secret)
        return unknown(request, form, too_many=bool(count_attempt(*_wrong_codes(request, reference))))
    status = 422 if form.is_bound else 200
    page = {"form": form, "filled": bool(reference), "public_nav": nav("file")}
    return render(request, "public/track.html", page, status=status)


def unknown(request: HttpRequest, form: TrackForm | None = None, *, too_many: bool = False) -> HttpResponse:
    """The same page for an unknown reference, a wrong code and a forged link."""
    page = {"form": form or TrackForm(), "too_many": too_many, "public_nav": nav("file")}
    return render(request, "public/unknown.html", page, status=429 if too_many else 404)


@never_cache
@require_safe
def follow(request: HttpRequest, secret: str) -> HttpResponse:
    """The page behind the private link: the promise, the timeline, and the forms."""
    case = cases.by_secret(secret)
    if case is None:
        return unknown(request)
    if account := account_of(request):
        accounts.record_read(account=account, case=case)
    return _page(request, case)


@dataclass(frozen=True)
class SentForm:
    """A form sent from the page: the move, its form, its photos, including those stored earlier."""

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
    """Receives a reply, "not fixed", an opinion, or a withdrawal."""
    case = cases.by_secret(secret)
    if case is None or move not in FORMS:
        return unknown(request)
    if not _within(request, "say", 30):
        return unknown(request, too_many=True)
    speak_as(request, case)
    sent = SentForm(move, _bound(FORMS[move], move, request.POST), _photos(request, case, move))
    if not sent.form.is_valid():
        return _again(request, case, sent)
    try:
        _carry_out(case, sent)
    except Invalid as error:
        _refuse(sent, error)
        return _again(request, case, sent)
    except Conflict as conflict:
        return _too_late(request, case, sent, conflict)
    done(request, _thanks(case, sent))
    for reason in sent.photos.refused:
        refused(request, _("Photo left out. %(why)s") % {"why": reason})
    return redirect("public:follow", secret)


def _bound(form: type[F], move: str, data: Mapping[str, Any]) -> F:
    return form(data, auto_id=f"{move.replace('-', '_')}_%s")


def _photos(request: HttpRequest, case: Case, move: str) -> Photos:
    if FORMS[move] is not MessageForm:
        return Photos()
    kept, uploads = request.POST.getlist("photo"), request.FILES.getlist("photos")
    return gather(case.secret, kept, uploads, client=client_address(request))


def _refuse(sent: SentForm, error: Invalid) -> None:
    """Adds the error to its field; when every photo was refused, the reasons to the field of photos."""
    if isinstance(sent.form, OpinionForm):
        sent.form.refuse(error.fields, error.message)
    elif sent.photos.refused and not sent.photos.shown:
        sent.form.add_error("photos", sent.photos.refused)
    else:
        sent.form.add_error("words" if "words" in error.fields else None, str(error))


def _too_late(request: HttpRequest, case: Case, sent: SentForm, conflict: Conflict) -> HttpResponse:
    """Keeps what was typed when the request changed meanwhile: a message to a request since closed may reopen it."""
    fresh = cases.by_secret(case.secret) or case
    if sent.move == "withdraw":
        return redirect("public:follow", case.secret)
    move = "reply" if as_seen_by_citizen(fresh).is_open else "not-fixed"
    form = _bound(MessageForm, move, sent.form.data)
    form.is_valid()
    is_opinion = sent.move == "opinion"
    error = late_opinion(fresh, sent.form.cleaned_data["closing"]) if is_opinion else str(conflict)
    form.add_error(None, error)
    return _again(request, fresh, SentForm(move, form, sent.photos))


def as_message(request: HttpRequest, case: Case, words: str, photos: Photos, conflict: Conflict) -> HttpResponse:
    """The page of a request that changed meanwhile, with what was typed elsewhere as a message to send."""
    return _too_late(
        request, case, SentForm("correct", _bound(MessageForm, "reply", {"words": words}), photos), conflict
    )


def _carry_out(case: Case, sent: SentForm) -> None:
    values, photos = sent.form.cleaned_data, sent.photos.attachments
    if sent.move in ("reply", "not-fixed"):
        say = citizen.reply if sent.move == "reply" else citizen.not_fixed
        say(case_id=case.pk, by=Actor.citizen(), words=values["words"], since=values.get("since"), photos=photos)
    elif sent.move == "opinion":
        language = translation.get_language() or case.language
        opinions.give_opinion(case_id=case.pk, language=language, **values)
    else:
        citizen.withdraw(case_id=case.pk, by=Actor.citizen())


def _thanks(case: Case, sent: SentForm) -> str:
    if sent.move == "withdraw" and (case.merged_into_id or case.merged_count):
        return _("You hear no more of it. Others told us of the same thing: the work goes on.")
    if sent.move == "opinion":
        values = sent.form.cleaned_data
        if opinions.is_bad(values["solved"], values["mark"]):
            return _("Thank you for saying so. The same request is open again, one level up.")
        return _("Thank you: your opinion is kept.")
    return {
        "reply": _("Your message was added to the request."),
        "not-fixed": _("The same request is open again, one level up."),
        "withdraw": _("Your request is withdrawn."),
    }[sent.move]


@require_safe
def photo(request: HttpRequest, secret: str, key: UUID) -> FileResponse:
    """A photo of the request, behind its private link; `?small` gives the thumbnail."""
    case = cases.by_secret(secret)
    for entry in cases.journal(case, public=True) if case else []:
        for file in entry.files.all():
            if file.attachment.key == key:
                try:
                    small, whole = "small" in request.GET, file.attachment.is_picture
                    return respond(file.attachment, thumbnail=small, download=not whole)
                except NotFound as missing:
                    raise Http404 from missing
    raise Http404


def _again(request: HttpRequest, case: Case, sent: SentForm) -> HttpResponse:
    slot = sent.slot
    return _page(request, case, **{slot: sent.form, "kept_photos": sent.photos, "kept_in": slot})


def _page(request: HttpRequest, case: Case, **forms: Any) -> HttpResponse:
    speak_as(request, case)
    status = 422 if came_back(forms) else 200
    context = screen(case, **forms) | kept_by(account_of(request), case)
    return private(render(request, "public/follow.html", context, status=status))


def speak_as(request: HttpRequest, case: Case) -> None:
    """Activates the language of the request, unless the reader chose one."""
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        translation.activate(case.language)


def private(response: HttpResponse) -> HttpResponse:
    """Keeps a page with a secret URL out of search engines, and its URL from other sites."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    # Not "no-referrer", with which a browser sends this page's own forms with "Origin: null", which is refused.
    response["Referrer-Policy"] = "same-origin"
    return response


def _within(request: HttpRequest, action: str, times: int) -> bool:
    return within_limit(action, client_address(request), times=times, seconds=WINDOW)


def _wrong_codes(request: HttpRequest, reference: str) -> list[Limit]:
    """The limits of wrong codes: of the client, of its network, and of that reference, however it is written."""
    parsed = parse_reference(reference)
    limits = [
        Limit("track", client_address(request), WRONG_CODES, WINDOW),
        Limit("track-network", client_network(request), WRONG_CODES * CROWD, WINDOW),
    ]
    return [*limits, Limit("code", str(parsed), WRONG_CODES_OF_ONE, WINDOW)] if parsed else limits
