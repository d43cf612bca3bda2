"""Knowledge gaps: the list, one gap, the effect of a new example question, and each decision."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from parvis.apps.content.models import Answer
from parvis.apps.insight.models import Gap
from parvis.apps.insight.queries import gaps
from parvis.apps.insight.services import learning
from parvis.apps.matching.queries import suggesting
from parvis.apps.matching.services.example_training import RankingChange, Taught, checked_variant
from parvis.lib.errors import NotFound, Refused
from parvis.surfaces.editor.account import editor_of
from parvis.surfaces.editor.gaps.forms import Refusable, TeachForm, TheirsForm
from parvis.ui.views import or_404

LIST, ONE = "edition:gaps", "edition:gap"


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The open gaps by decreasing weight, and the decisions that can be undone."""
    after = request.GET.get("after", "")
    lines, following = gaps.page_of_open(after)
    context = {
        "lines": lines,
        "following": following,
        "first": not after,
        "decided": [] if after else gaps.recent_decisions(),
        "just": request.GET.get("decided", ""),
        "page_title": _("What the answers miss"),
        "header_icon": "help",
    }
    return render(request, "editor/gaps/index.html", context)


@require_safe
def one(request: HttpRequest, gap_id: int) -> HttpResponse:
    """One gap, what people asked, and the possible decisions."""
    return _page(request, _gap_or_404(gap_id))


def _gap_or_404(gap_id: int) -> Gap:
    return or_404(gaps.gap_of(gap_id))


def _page(request: HttpRequest, gap: Gap, *, status: int = 200, **more: Any) -> HttpResponse:
    line = gaps.line_of(gap)
    answer = Answer.objects.filter(subject=gap.near).first() if gap.near else None
    form_url = reverse("answers:edit", args=[answer.pk]) if answer else reverse("answers:add")
    context = {
        "gap": gap,
        "line": line,
        "signals": gaps.signals_of(gap),
        "is_open": gap.state == Gap.State.OPEN,
        "answer": answer,
        "answer_form": f"{form_url}?gap={gap.pk}",
        "teach": TeachForm.of(gap, line.words),
        "theirs": TheirsForm.of(gap, line.words),
        "page_title": _("A question badly answered"),
        "header_icon": "help",
    }
    return render(request, "editor/gaps/one.html", context | more, status=status)


@require_POST
def teach(request: HttpRequest, gap_id: int) -> HttpResponse:
    """Shows the effect of a new example question; with `confirm`, saves it."""
    gap, form = _gap_or_404(gap_id), TeachForm(request.POST)
    if not form.is_valid():
        return _page(request, gap, teach=form, status=422)
    subject = form.cleaned_data["subject"]
    return _preview_or_save(request, gap, subject, partial(learning.teach, subject=subject), "effect", teach=form)


def _preview_or_save(
    request: HttpRequest, gap: Gap, about: Taught, save: Callable[..., Any], name: str, **forms: Refusable
) -> HttpResponse:
    """Saves the example question of the only form with `confirm`; else shows its effect, as `name` in the context."""
    [form] = forms.values()
    language, text = form.cleaned_data["language"] or gap.language, form.cleaned_data["text"]
    try:
        if "confirm" in request.POST:
            save(gap_id=gap.pk, language=language, text=text, by=editor_of(request))
            return _decided(gap)
        text = checked_variant(language=language, text=text)
    except Refused as refused:
        return _refused(request, gap, refused, **forms)
    effect = gaps.effect(gap, about=about, language=language, text=text)
    context: dict[str, Any] = {name: effect, "mine": _titled(effect.mine), "changed": _titled(effect.changed), **forms}
    return _page(request, gap, **context)


def _titled(results: list[RankingChange]) -> list[tuple[RankingChange, str, str, str]]:
    """Each message with the titles of its own subject, and of the subjects matched before and after."""
    return [(each, _title(each.message.wanted), _title(each.before), _title(each.after)) for each in results]


def _title(slug: str) -> str:
    if not slug:
        return _("nothing")
    if slug.startswith("!"):
        return _("what tells a danger, or sounds like it")
    return suggesting.title_of(slug, get_language() or "fr") or slug


def _decide(request: HttpRequest, gap_id: int, decision: Callable[..., Gap], **values: Any) -> HttpResponse:
    gap = _gap_or_404(gap_id)
    try:
        decision(gap_id=gap.pk, by=editor_of(request), **values)
    except Refused as refused:
        return _refused(request, gap, refused)
    return _decided(gap)


def _refused(request: HttpRequest, gap: Gap, refused: Refused, **forms: Refusable) -> HttpResponse:
    if isinstance(refused, NotFound):
        raise Http404 from refused
    for form in forms.values():
        form.refuse(refused)
    return _page(request, gap, refusal=refused.message, status=refused.status, **forms)


def _decided(gap: Gap) -> HttpResponse:
    return redirect(f"{reverse(LIST)}?decided={gap.pk}#decided")


@require_POST
def not_ours(request: HttpRequest, gap_id: int) -> HttpResponse:
    """The matter is not the town's: shows the effect of teaching it; with `confirm`, saves it.

    An external body alone, without a topic, is saved at once.
    """
    gap, form = _gap_or_404(gap_id), TheirsForm(request.POST)
    if not form.is_valid():
        return _page(request, gap, theirs=form, status=422)
    topic = form.cleaned_data["theirs"]
    if topic is None:
        return _decide(request, gap_id, learning.not_ours, external_body=form.cleaned_data["door"])
    save = partial(learning.teach_not_ours, elsewhere=topic)
    return _preview_or_save(request, gap, topic, save, "effect_theirs", theirs=form)


@require_POST
def dismiss(request: HttpRequest, gap_id: int) -> HttpResponse:
    """Closes the gap without any change."""
    return _decide(request, gap_id, learning.dismiss)


@require_POST
def undo(request: HttpRequest, gap_id: int) -> HttpResponse:
    """Reopens the gap."""
    try:
        learning.undo(gap_id=gap_id, by=editor_of(request))
    except NotFound as refused:
        raise Http404 from refused
    return redirect(ONE, gap_id)
