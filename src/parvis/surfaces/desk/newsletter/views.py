"""Writing an issue, seeing it as it leaves, sending it, following it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from parvis.apps.directory.queries import town
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services.second_person import is_decider
from parvis.apps.news.models import NewsItem
from parvis.apps.news.queries.items import published_items
from parvis.apps.newsletter.letters import issues as letters
from parvis.apps.newsletter.models import Issue, IssueDelivery
from parvis.apps.newsletter.queries import issues as issue_queries
from parvis.apps.newsletter.queries.deliverability import check_deliverability
from parvis.apps.newsletter.queries.recipients import recipient_count
from parvis.apps.newsletter.rules.blocks import MOST_BLOCKS, Block, blocks_of, digest
from parvis.apps.newsletter.services import approvals
from parvis.apps.newsletter.services import issues as issue_services
from parvis.lib.clock import now, today
from parvis.lib.errors import Conflict, Invalid, NotAllowed
from parvis.surfaces.desk.gate import agent_of, requires, submit
from parvis.surfaces.desk.newsletter.forms import (
    AskForm,
    IssueApproveForm,
    IssueForm,
    ScheduleForm,
    blocks_initial,
    initial_of,
    local_input,
)
from parvis.ui.messages import done, refused, showing_refusal
from parvis.ui.views import or_404

LETTER_POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups"
)
FIRST_DIGEST = timedelta(days=31)


@requires(Action.WRITE_NEWSLETTER, "GET")
def issues(request: HttpRequest) -> HttpResponse:
    """The issues and the letters of alerts, newest first, with their figures."""
    rows = issue_queries.issues()
    figures = issue_queries.figures([row.pk for row in rows])
    context = {
        "rows": [(row, figures[row.pk]) for row in rows],
        "may_enrol": agent_of(request).may(Action.ENROL_SUBSCRIBER),
    }
    return render(request, "desk/newsletter/list.html", context)


@requires(Action.WRITE_NEWSLETTER, "GET", "POST")
def new_issue(request: HttpRequest) -> HttpResponseBase:
    """Writes a new issue."""
    place = town()
    initial = {
        "key": uuid4().hex,
        "sender": place.name,
        "postal_address": ", ".join(place.address.splitlines()),
    }
    news = digest_of(since_last_issue()) if request.GET.get("from") == "news" else []
    initial |= blocks_initial(news)
    form = IssueForm(request.POST or None, initial=initial, blocks=len(news))

    def run() -> Issue:
        key = f"desk:{form.cleaned_data['key']}"[:120]
        return issue_services.save_issue(words=form.words, key=key, by=agent_of(request))

    made = submit(form, run)[0] if request.method == "POST" else None
    if made is None:
        context = {"form": form, "issue": None, "begun": len(news), "asked": "from" in request.GET}
        return render(request, "desk/newsletter/write.html", context, status=422 if form.errors else 200)
    done(request, _("The issue is kept. See it below as it will leave."))
    return redirect("desk:issue", made.pk)


def since_last_issue() -> list[NewsItem]:
    """The news published since the last issue left (at most a month ago), newest first."""
    last, month_ago = issue_queries.last_issue_at(), now() - FIRST_DIGEST
    return published_items(since=last if last and last > month_ago else month_ago, limit=MOST_BLOCKS)


def digest_of(items: list[NewsItem]) -> list[Block]:
    """The blocks of these news, each with the address of its page."""
    return digest((item, f"{settings.PARVIS_URL}{reverse('public:news_item', args=[item.pk])}") for item in items)


@requires(Action.WRITE_NEWSLETTER, "GET", "POST")
def issue(request: HttpRequest, issue_id: int) -> HttpResponseBase:
    """One issue: its words while it may change, its letter, its figures and its journal."""
    found = _found(issue_id)
    count = len(blocks_of(found.blocks))
    if request.method == "POST":
        form = IssueForm(request.POST, blocks=count)

        def run() -> Issue:
            seen = form.cleaned_data["seen"]
            return issue_services.save_issue(
                words=form.words,
                issue_id=issue_id,
                by=agent_of(request),
                seen=datetime.fromisoformat(seen) if seen else None,
            )

        saved, status = submit(form, run)
        if saved is None:
            return _page(request, found, form, status)
        done(request, _("The issue is kept. See it below as it will leave."))
        return redirect("desk:issue", issue_id)
    return _page(request, found, IssueForm(initial=initial_of(found), blocks=count))


def _found(issue_id: int) -> Issue:
    return or_404(issue_queries.by_id(issue_id))


def _page(
    request: HttpRequest, found: Issue, form: IssueForm, status: int = 200, schedule_form: ScheduleForm | None = None
) -> HttpResponse:
    figures, user = issue_queries.figures([found.pk])[found.pk], agent_of(request)
    wrote = user.pk in issue_queries.writers_of(found)
    context = {
        "issue": found,
        "form": form,
        "figures": figures,
        "troubled": issue_queries.troubled(found) if found.started_at else [],
        "wait": issue_queries.server_wait() if found.state == Issue.State.SENDING else None,
        "journal": issue_queries.journal(found),
        "readers": None if found.started_at else _readers(found),
        "schedule_form": schedule_form or _moment_form(found),
        "approve_form": IssueApproveForm(initial={"seen": found.changed_at.isoformat()}),
        "wrote": wrote,
        "may_approve": user.may_everywhere(Action.APPROVE_MESSAGE) and not wrote,
        "may_decide_alone": is_decider(user),
        "languages": ("fr", "en") if found.title_en else ("fr",),
    }
    return render(request, "desk/newsletter/issue.html", context, status=status)


def _moment_form(found: Issue) -> ScheduleForm:
    """The form that says when it leaves: to ask for an approval, or to choose another moment once approved."""
    form = ScheduleForm if found.is_approved else AskForm
    return form(initial={"send_at": local_input(found.starts_at)})


def _readers(found: Issue) -> int:
    groups = list(found.groups.values_list("pk", flat=True))
    return recipient_count(kind=found.kind, groups=groups, sectors=found.sectors, streets=found.streets)


@requires(Action.WRITE_NEWSLETTER, "GET")
def letter(request: HttpRequest, issue_id: int) -> HttpResponse:
    """The letter as it leaves, alone: `l` is its language, `f` is html, dark or text."""
    found, language = _found(issue_id), "en" if request.GET.get("l") == "en" else "fr"
    url = settings.PARVIS_URL + reverse("desk:issue", args=[issue_id])
    week = letters.sample_week(language) if found.kind == "news" else None
    shown = letters.completed(letters.prepared(found, language), letters.Personal(url, url, today(), week))
    if request.GET.get("f") == "text":
        response = HttpResponse(shown.text, content_type="text/plain; charset=utf-8")
    else:
        html = letters.local_pictures(shown.html)
        response = HttpResponse(letters.darkened(html) if request.GET.get("f") == "dark" else html)
    response["Content-Security-Policy"] = LETTER_POLICY
    response["Cache-Control"] = "private, no-store"
    return response


@requires(Action.WRITE_NEWSLETTER, "POST")
def schedule(request: HttpRequest, issue_id: int) -> HttpResponseBase:
    """Chooses when an approved issue leaves; a decider chooses alone."""
    form = ScheduleForm(request.POST)
    return _at_moment(
        request,
        issue_id,
        form,
        lambda: issue_services.schedule(issue_id=issue_id, at=form.cleaned_data["send_at"], by=agent_of(request)),
        _("It will leave then."),
    )


@requires(Action.WRITE_NEWSLETTER, "POST")
def ask(request: HttpRequest, issue_id: int) -> HttpResponseBase:
    """Asks a second person to approve the issue, which then leaves at a moment, or at once."""
    form = AskForm(request.POST)
    return _at_moment(
        request,
        issue_id,
        form,
        lambda: approvals.ask_for_approval(issue_id=issue_id, at=form.cleaned_data["send_at"], by=agent_of(request)),
        _("Approval is asked: those who may give it are told by e-mail."),
    )


def _at_moment(
    request: HttpRequest, issue_id: int, form: ScheduleForm, run: Callable[[], Issue], words: str
) -> HttpResponseBase:
    found = _found(issue_id)
    try:
        made, status = submit(form, run)
    except NotAllowed as refusal:
        refused(request, str(refusal))
        return redirect("desk:issue", issue_id)
    if made is None:
        blocks = len(blocks_of(found.blocks))
        return _page(request, found, IssueForm(initial=initial_of(found), blocks=blocks), status, form)
    done(request, words, undo_url=reverse("desk:issue_unschedule", args=[issue_id]))
    return redirect("desk:issue", issue_id)


@requires(Action.APPROVE_MESSAGE, "POST")
def approve(request: HttpRequest, issue_id: int) -> HttpResponseBase:
    """The second person approves the issue, or sends it back to its author."""
    form, by = IssueApproveForm(request.POST), agent_of(request)
    if not form.is_valid():
        refused(request, str(next(iter(form.errors.values()))[0]))
        return redirect("desk:issue", issue_id)
    with showing_refusal(request, Invalid, Conflict, NotAllowed):
        if request.POST.get("do") == "refuse":
            note = form.cleaned_data["note"]
            approvals.send_back(issue_id=issue_id, seen=form.seen_at, note=note, by=by)
            words = _("Sent back to its author.")
        else:
            made = approvals.approve(issue_id=issue_id, seen=form.seen_at, by=by)
            words = _("Approved: it will leave then.") if made.starts_at else _("Approved: it leaves now.")
        done(request, words)
    return redirect("desk:issue", issue_id)


def _action(act: Callable[[HttpRequest, int], str]) -> Callable[..., HttpResponseBase]:
    """A view that posts to an issue, then shows it: with the words that `act` returns, or those of its refusal."""

    @requires(Action.WRITE_NEWSLETTER, "POST")
    @wraps(act)
    def view(request: HttpRequest, issue_id: int) -> HttpResponseBase:
        with showing_refusal(request, Invalid, Conflict, NotAllowed):
            done(request, act(request, issue_id))
        return redirect("desk:issue", issue_id)

    return view


@_action
def test(request: HttpRequest, issue_id: int) -> str:
    """Sends the issue to who writes it."""
    language, by = "en" if request.POST.get("language") == "en" else "fr", agent_of(request)
    issue_services.send_test(issue_id=issue_id, language=language, by=by)
    return _("A test has left for %(email)s.") % {"email": by.email}


@_action
def unschedule(request: HttpRequest, issue_id: int) -> str:
    """Makes it a draft again."""
    issue_services.unschedule(issue_id=issue_id, by=agent_of(request))
    return _("It is a draft again: nothing leaves.")


@_action
def send(request: HttpRequest, issue_id: int) -> str:
    """Sends it now."""
    issue_services.send_now(issue_id=issue_id, by=agent_of(request))
    return _("It leaves now. It may be paused at any time.")


@_action
def pause(request: HttpRequest, issue_id: int) -> str:
    """Stops the sending."""
    issue_services.pause(issue_id=issue_id, by=agent_of(request))
    return _("It is paused: the rest waits.")


@_action
def resume(request: HttpRequest, issue_id: int) -> str:
    """Sends the rest."""
    issue_services.resume(issue_id=issue_id, by=agent_of(request))
    return _("The rest leaves, and nothing twice.")


@_action
def retry(request: HttpRequest, issue_id: int) -> str:
    """Sends again those that failed, or that perhaps left."""
    state = IssueDelivery.State.UNCERTAIN if request.POST.get("state") == "unknown" else IssueDelivery.State.FAILED
    count = issue_services.retry(issue_id=issue_id, state=state, by=agent_of(request))
    return ngettext("%(n)d letter leaves again.", "%(n)d letters leave again.", count) % {"n": count}


@requires(Action.WRITE_NEWSLETTER, "GET")
def deliverability(request: HttpRequest) -> HttpResponse:
    """Whether the letters are believed: what the name server says, asked with `now`, and the headers of a letter."""
    check = check_deliverability() if "now" in request.GET else None
    return render(request, "desk/newsletter/deliverability.html", {"check": check})
