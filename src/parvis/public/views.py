"""What a citizen sees and says behind the private link of a request, and how they get there."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.forms import Form
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from parvis.cases import queries, services
from parvis.cases.models import Case, ClosingReason, Entry
from parvis.directory.models import Department
from parvis.files.serving import respond
from parvis.lib.errors import Conflict, Invalid
from parvis.lib.ids import parse_reference
from parvis.lib.limits import client_address, within
from parvis.public.forms import TrackForm, WithdrawForm, WordsForm
from parvis.public.frame import nav
from parvis.public.same_origin import same_origin
from parvis.public.timeline import state_words, timeline
from parvis.ui.messages import done

WINDOW = 600  # seconds
FORMS: dict[str, type[Form]] = {"reply": WordsForm, "not-fixed": WordsForm, "withdraw": WithdrawForm}


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
@require_GET
def follow(request: HttpRequest, secret: str) -> HttpResponse:
    """The page behind the private link: the promise, what happened, and what may be said."""
    case = queries.by_secret(secret)
    return _page(request, case) if case else unknown(request)


@never_cache
@require_POST
def say(request: HttpRequest, secret: str, move: str) -> HttpResponse:
    """Takes what the citizen says: a reply, "not fixed", or that the request is withdrawn."""
    case = queries.by_secret(secret)
    if case is None or move not in FORMS:
        return unknown(request)
    if not _within(request, "say", 30):
        return unknown(request, too_many=True)
    form = FORMS[move](request.POST)
    if not form.is_valid():
        return _page(request, case, **{_slot(move): form})
    try:
        _carry_out(case, move, form.cleaned_data)
    except Invalid as wrong:
        form.add_error(None, str(wrong))
        return _page(request, case, **{_slot(move): form})
    except Conflict as late:
        return _too_late(request, case, move, form, late)
    done(request, _thanks(move))
    return redirect("public:follow", secret)


def _too_late(request: HttpRequest, case: Case, move: str, form: Form, late: Conflict) -> HttpResponse:
    """Nothing typed is lost when the request changed meanwhile: words meant for one that closed may reopen it."""
    fresh = queries.by_secret(case.secret) or case
    if move == "withdraw" or (move == "not-fixed" and services.said_already(fresh, form.cleaned_data["words"])):
        return redirect("public:follow", case.secret)
    slot = "reply_form" if fresh.is_open else "not_fixed_form"
    kept = WordsForm(form.data, auto_id=f"{slot.removesuffix('_form')}_%s")
    kept.is_valid()
    kept.add_error(None, str(late))
    return _page(request, fresh, **{slot: kept})


def _carry_out(case: Case, move: str, said: dict[str, Any]) -> None:
    if move == "reply":
        services.reply(case_id=case.pk, words=said["words"], since=said.get("since"))
    elif move == "not-fixed":
        services.not_fixed(case_id=case.pk, words=said["words"])
    else:
        services.withdraw(case_id=case.pk)


def _thanks(move: str) -> str:
    return {
        "reply": _("Your message was added to the request."),
        "not-fixed": _("The same request is open again, one level up."),
        "withdraw": _("Your request is withdrawn."),
    }[move]


@require_GET
def photo(request: HttpRequest, secret: str, key: UUID) -> FileResponse:
    """A photo of the request, for whoever holds its link."""
    case = queries.by_secret(secret)
    for entry in queries.journal(case, public=True) if case else []:
        for kept in entry.files.all():
            if kept.attachment.key == key:
                return respond(kept.attachment)
    raise Http404


def _page(request: HttpRequest, case: Case, **forms: Form) -> HttpResponse:
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        translation.activate(case.language)
    entries = queries.journal(case, public=True)
    latest = entries[0] if entries else None
    empty = {"since": case.seq}
    page = {
        "case": case,
        "state": state_words(case),
        "row": queries.row(case),
        "due_words": queries.due_words(case),
        "moments": timeline(case, entries, Department.objects.in_bulk(field_name="slug")),
        "asked": latest if latest and latest.kind == Entry.Kind.ASKED else None,
        "closing": ClosingReason(case.closing_reason).label if case.closing_reason else "",
        "may_reopen": not case.is_open and not case.is_comment,
        "reply_form": WordsForm(initial=empty, prefix=None, auto_id="reply_%s"),
        "not_fixed_form": WordsForm(initial=empty, auto_id="not_fixed_%s"),
        "withdraw_form": WithdrawForm(initial=empty, auto_id="withdraw_%s"),
        "public_nav": nav("track"),
        **forms,
    }
    wrong = any(form.errors for form in forms.values())
    response = render(request, "public/follow.html", page, status=422 if wrong else 200)
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


def _slot(move: str) -> str:
    return f"{move.replace('-', '_')}_form"
