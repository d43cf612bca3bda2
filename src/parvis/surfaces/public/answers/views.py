"""The list of subjects, the page of one, and whether it was useful."""

from hashlib import sha256
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from parvis.apps.content.queries import answers as answer_queries
from parvis.apps.content.services.content import say_useful
from parvis.apps.places.models import Address
from parvis.apps.places.queries.addresses import by_id
from parvis.apps.throttling.services import within_limit
from parvis.lib.limits import client_address
from parvis.lib.words import number
from parvis.surfaces.public.answers.forms import UsefulForm
from parvis.surfaces.public.answers.screen import Reading, language, read
from parvis.surfaces.public.frame import nav
from parvis.surfaces.public.http_cache import of_the_moment, page, same_for_everyone
from parvis.surfaces.public.same_origin import same_origin
from parvis.ui.views import or_404

MOST_OPINIONS, WINDOW = 20, 600  # from one client address, in seconds


@same_for_everyone
def answers(request: HttpRequest) -> HttpResponse:
    """Every subject, by family."""
    context = {"families": answer_queries.families(language()), "public_nav": nav("answers")}
    return page(request, "public/answer/list.html", context | {"alternates": request.path})


def answer(request: HttpRequest, slug: str) -> HttpResponseBase:
    """One subject: its answer, and what to do next. `?pour=` is the audience, `?merci=` the feedback just given.

    `?adresse=` is the id of an address, for an answer that depends on the area of the town.
    """
    address_id = number(request.GET.get("adresse", ""))
    if address_id is not None and answer_queries.differs_by_area(slug) and (address := by_id(address_id)):
        return of_the_moment(_answer)(request, slug, address)
    return same_for_everyone(_answer)(request, slug)


def _answer(request: HttpRequest, slug: str, address: Address | None = None) -> HttpResponse:
    reading = or_404(read(slug, audience=request.GET.get("pour", ""), address=address))
    feedback = request.GET.get("merci", "")
    thanked = feedback if feedback in ("oui", "non", "mots") else ""
    return _show(request, reading, form=UsefulForm(), thanked=thanked, alternates=request.path)


def _show(request: HttpRequest, reading: Reading, *, status: int = 200, **context: Any) -> HttpResponse:
    families = answer_queries.families(language())
    family = next((family for family in families if family.slug == reading.card.group), None)
    context |= {"reading": reading, "family": family, "public_nav": nav("answers")}
    return page(request, "public/answer/page.html", context, status=status)


@same_origin
@never_cache
@require_POST
def useful(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Records whether the answer was useful, then a comment; the same reader counts once an hour."""
    form = UsefulForm(request.POST)
    reading = read(slug, audience=request.POST.get("pour", ""))
    if reading is None or reading.answer is None:
        raise Http404
    if not form.is_valid():
        return _show(request, reading, form=form, thanked=request.POST.get("merci", ""), status=422)
    if not within_limit("useful", client_address(request), times=MOST_OPINIONS, seconds=WINDOW):
        context = {"reading": reading, "public_nav": nav("answers")}
        return render(request, "public/answer/enough.html", context, status=429)
    values = form.cleaned_data
    say_useful(
        slug=slug,
        useful=values["useful"] == "oui",
        words=values["words"],
        reader=_reader(request),
        language=language(),
        revision_id=values["revision"],
    )
    thanks = "mots" if values["words"] else values["useful"]
    audience = f"pour={reading.audience}&" if request.POST.get("pour") else ""
    return redirect(f"{reverse('public:answer', args=[slug])}?{audience}merci={thanks}#utile")


def _reader(request: HttpRequest) -> str:
    """A digest of the client's address and browser."""
    client = f"{client_address(request)} {request.headers.get('User-Agent', '')}"
    return sha256(client.encode()).hexdigest()
