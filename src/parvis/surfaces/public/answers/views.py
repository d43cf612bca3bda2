"""The pages of the subjects: all of them, one of them, and whether it was useful."""

from hashlib import sha256

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from parvis.apps.knowledge import queries, services
from parvis.apps.places.models import Address
from parvis.apps.places.queries import by_id
from parvis.lib.languages import clean
from parvis.lib.limits import client_address, within
from parvis.lib.words import number
from parvis.surfaces.public.answers.forms import UsefulForm
from parvis.surfaces.public.answers.screen import read
from parvis.surfaces.public.frame import nav
from parvis.surfaces.public.http_cache import of_the_moment, page, same_for_everyone
from parvis.surfaces.public.same_origin import same_origin

MOST_OPINIONS, WINDOW = 20, 600  # of one address, seconds


@same_for_everyone
def answers(request: HttpRequest) -> HttpResponse:
    """Every subject, by family."""
    context = {"families": queries.families(get_language() or "fr"), "public_nav": nav("answers")}
    return page(request, "public/answer/list.html", context | {"alternates": request.path})


def answer(request: HttpRequest, slug: str) -> HttpResponseBase:
    """One subject: its answer, and what may be done next. `?pour=` is who reads, `?merci=` what they just said.

    `?adresse=` is the number of an address, where the answer is not the same in every area of the town.
    """
    here = number(request.GET.get("adresse", ""))
    if here is not None and queries.differs_by_area(slug) and (address := by_id(here)):
        return _answer_there(request, slug, address)
    return _answer(request, slug)


@same_for_everyone
def _answer(request: HttpRequest, slug: str) -> HttpResponse:
    return _answer_page(request, slug, None)


@of_the_moment
def _answer_there(request: HttpRequest, slug: str, address: Address) -> HttpResponse:
    return _answer_page(request, slug, address)


def _answer_page(request: HttpRequest, slug: str, address: Address | None) -> HttpResponse:
    reading = read(slug, audience=request.GET.get("pour", ""), address=address)
    if reading is None:
        raise Http404
    thanked = request.GET.get("merci", "")
    context = {
        "reading": reading,
        "thanked": thanked if thanked in ("oui", "non", "mots") else "",
        "form": UsefulForm(),
        "public_nav": nav("answers"),
        "family": _family(reading.card.group),
        "alternates": request.path,
    }
    return page(request, "public/answer/page.html", context)


def _family(slug: str) -> queries.Family | None:
    return next((family for family in queries.families(get_language() or "fr") if family.slug == slug), None)


@same_origin
@never_cache
@require_POST
def useful(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Keeps whether the answer was useful, then a few words; the same reader counts once within the hour."""
    form = UsefulForm(request.POST)
    reading = read(slug, audience=request.POST.get("pour", ""))
    if reading is None or reading.answer is None:
        raise Http404
    if not form.is_valid():
        context = {
            "reading": reading,
            "form": form,
            "thanked": request.POST.get("merci", ""),
            "public_nav": nav("answers"),
        }
        return page(request, "public/answer/page.html", context | {"family": _family(reading.card.group)}, status=422)
    if not within("useful", client_address(request), times=MOST_OPINIONS, seconds=WINDOW):
        return render(
            request, "public/answer/enough.html", {"reading": reading, "public_nav": nav("answers")}, status=429
        )
    said = form.cleaned_data
    services.say_useful(
        slug=slug,
        useful=said["useful"] == "oui",
        words=said["words"],
        reader=_reader(request),
        language=clean(get_language()),
        revision_id=said["revision"],
    )
    thanks = "mots" if said["words"] else said["useful"]
    who = f"pour={reading.audience}&" if request.POST.get("pour") else ""
    return redirect(f"{reverse('public:answer', args=[slug])}?{who}merci={thanks}#utile")


def _reader(request: HttpRequest) -> str:
    seen = f"{client_address(request)} {request.headers.get('User-Agent', '')}"
    return sha256(seen.encode()).hexdigest()
