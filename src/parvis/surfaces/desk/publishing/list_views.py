"""The requests that wait for someone to decide what the public sees of them; and published words taken back."""

from datetime import datetime

from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case, Publication
from parvis.apps.cases.queries.access import may_publish
from parvis.apps.cases.queries.lists.to_publish import PAGE, beside, how_many, page_to_publish
from parvis.apps.cases.services.publishing import publish_words, review_public
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.lib.errors import Conflict, Invalid
from parvis.lib.words import number
from parvis.surfaces.desk.case.screen import readable
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.ui.messages import done, refused, showing_refusal

SALT, SECONDS = "parvis.publishing.words", 86_400
WORDS = ("words_fr", "words_en", "landmark", "exact_place")


@requires(Action.PUBLISH_CASE, "GET")
def waiting(request: HttpRequest) -> HttpResponse:
    """The list, newest first, with how many there are."""
    user = agent_of(request)
    rows = page_to_publish(user, after=number(request.GET.get("after", "")) or 0)
    more = f"?{urlencode({'after': rows[PAGE - 1].pk})}" if len(rows) > PAGE else ""
    context = {"rows": rows[:PAGE], "more_url": more, "count": how_many(user)}
    return render(request, "desk/publishing/list.html", context)


@requires(Action.PUBLISH_CASE, "POST")
def looked_at(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Takes a request off the list, as it is, and goes to the next one."""
    case = case_to_publish(request, reference)
    next_one = beside(agent_of(request), case)[1]
    with showing_refusal(request):
        review_public(case_id=case.pk, by=agent_of(request))
        done(request, _("%(ref)s: looked at; nothing more is published.") % {"ref": case.reference})
    return redirect("desk:public_side", next_one) if next_one else redirect("desk:to_publish")


@requires(Action.PUBLISH_CASE, "POST")
def undo_words(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Puts back the public words and place that were there before the change named, if nobody made another since."""
    case = case_to_publish(request, reference)
    try:
        values, made_at = signing.loads(request.GET.get("was", ""), salt=f"{SALT}{case.pk}", max_age=SECONDS)
    except signing.BadSignature:
        refused(request, _("This can no longer be undone."))
        return redirect("desk:public_side", case.reference)
    with showing_refusal(request, Invalid, Conflict):
        before = dict(zip(WORDS, values, strict=True))
        made = datetime.fromisoformat(made_at)
        publish_words(case_id=case.pk, by=agent_of(request), made_at=made, **before)
        done(request, _("%(ref)s: the words from before are back.") % {"ref": case.reference})
    return redirect("desk:public_side", case.reference)


def public_values(publication: Publication | None) -> list[str | bool]:
    """The public words and place, in the order of WORDS."""
    return [getattr(publication, name) for name in WORDS] if publication else ["", "", "", False]


def undo_address(case: Case, before: list[str | bool], made: Publication | None, by: User) -> str:
    """The address that puts back `public_values` of before, for a day and while the publication stays as `made`.

    "" when someone else changed it in the meantime.
    """
    if made is None or made.changed_by_id != by.pk:
        return ""
    was = signing.dumps([before, made.changed_at.isoformat()], salt=f"{SALT}{case.pk}", compress=True)
    return f"{reverse('desk:undo_words', args=[case.reference])}?{urlencode({'was': was})}"


def case_to_publish(request: HttpRequest, reference: str) -> Case:
    """A readable case of a public subject; Http404 for any other, PermissionDenied outside the user's departments."""
    case = readable(request, reference)
    if not case.subject.public:
        raise Http404
    if not may_publish(agent_of(request), case):
        raise PermissionDenied
    return case
