"""What became of a message, channel by channel, and the gestures on it: try again, correct, lift, withdraw."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.outreach.rules.content import Words
from parvis.apps.outreach.services import delivering, ending, manual_removals, publishing
from parvis.lib.errors import Conflict, Invalid
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.surfaces.desk.outreach.compose_views import message_or_404
from parvis.surfaces.desk.outreach.forms import ExtendForm, RemovedForm, WithdrawForm
from parvis.surfaces.desk.outreach.screen import Row, audience_context, follow_context
from parvis.ui.messages import done, refused, showing_refusal

NAMED = ("letters", "texts", "voice")  # channels that name each person they did not reach


@requires(Action.READ_ANSWERS, "GET")
def follow(request: HttpRequest, message_id: int) -> HttpResponse:
    """The worst first. With `mark`, the table again when something changed, else 204."""
    return _page(request, message_id)


def _page(request: HttpRequest, message_id: int, status: int = 200, **forms: Any) -> HttpResponse:
    message, user = message_or_404(request, message_id), agent_of(request)
    context = follow_context(message, user)
    context["rows"] = _shown_to(user, context["rows"])
    content = context["content"]
    context["read"] = [
        (language, Words(content.title("", language), content.text("", language)))
        for language in ("fr", "en")
        if language == "fr" or content.has(language)
    ]
    if "mark" in request.GET:
        if request.GET["mark"] == context["mark"]:
            return HttpResponse(status=204)
        return render(request, "desk/outreach/table.html", context)
    context |= {
        "extend_form": ExtendForm(),
        "withdraw_form": WithdrawForm(),
        "removed_form": RemovedForm(),
        "section": "outreach",
        **audience_context(message),
    }
    return render(request, "desk/outreach/follow.html", context | forms, status=status)


def _shown_to(user: User, rows: list[Row]) -> list[Row]:
    """The rows, without the addresses and numbers of subscribers unless the role writes messages or enrols them."""
    if user.may(Action.WRITE_MESSAGE) or user.may(Action.ENROL_SUBSCRIBER):
        return rows
    return [_counted(row) if row.delivery.channel in NAMED and row.outcome.failures else row for row in rows]


def _counted(row: Row) -> Row:
    """A row whose failures are counted instead of named."""
    count = len(row.outcome.failures)
    words = ngettext("%(n)d person was not reached.", "%(n)d people were not reached.", count) % {"n": count}
    return replace(row, outcome=replace(row.outcome, failures=(), details=(words, *row.outcome.details)))


@requires(Action.WRITE_MESSAGE, "POST")
def retry(request: HttpRequest, message_id: int, delivery_id: int) -> HttpResponseBase:
    """Tries again what failed in one channel."""
    words = _("Asked again. What is not known is looked for first.")
    return _run(request, message_id, words, lambda by: delivering.retry(delivery_id=delivery_id, by=by))


@requires(Action.APPROVE_MESSAGE, "POST")
def release(request: HttpRequest, message_id: int) -> HttpResponseBase:
    """Sends now what is scheduled or held."""
    return _run(request, message_id, _("On its way."), lambda by: publishing.publish(message_id=message_id, by=by))


@requires(Action.WRITE_MESSAGE, "POST")
def unschedule(request: HttpRequest, message_id: int) -> HttpResponseBase:
    """Makes a draft again of what is scheduled or held."""
    words = _("A draft again: nothing leaves.")
    return _run(request, message_id, words, lambda by: publishing.unschedule(message_id=message_id, by=by))


@requires(Action.WRITE_MESSAGE, "POST")
def lift(request: HttpRequest, message_id: int) -> HttpResponseBase:
    """It is over: removed everywhere, and said so."""
    words = _("Lifted: each channel removes it, and those who were told hear of it.")
    return _run(request, message_id, words, lambda by: ending.lift(message_id=message_id, by=by))


@requires(Action.APPROVE_MESSAGE, "POST")
def withdraw(request: HttpRequest, message_id: int) -> HttpResponseBase:
    """It was an error: taken back everywhere."""
    form = WithdrawForm(request.POST)
    form.is_valid()
    why = form.cleaned_data.get("words", "")
    words = _("Withdrawn: pages answer that it is gone, panels clear, posts are deleted.")
    return _run(request, message_id, words, lambda by: ending.withdraw(message_id=message_id, words=why, by=by))


@requires(Action.WRITE_MESSAGE, "POST")
def extend(request: HttpRequest, message_id: int) -> HttpResponseBase:
    """Moves its end."""
    form = ExtendForm(request.POST)
    if not form.is_valid() or form.cleaned_data["expires"] is None:
        refused(request, _("Choose a moment to come."))
        return redirect("desk:follow_message", message_id)
    until = form.cleaned_data["expires"]
    words = _("Its end is moved, everywhere.")
    return _run(request, message_id, words, lambda by: ending.extend(message_id=message_id, until=until, by=by))


@requires(Action.WRITE_MESSAGE, "POST")
def removed(request: HttpRequest, message_id: int) -> HttpResponseBase:
    """What a channel did not remove was removed by hand."""
    form = RemovedForm(request.POST)
    form.is_valid()
    try:
        manual_removals.note_removed(
            message_id=message_id, words=form.cleaned_data.get("note", ""), by=agent_of(request)
        )
    except Invalid as refusal:
        form.refuse(refusal.fields, refusal.message)
        return _page(request, message_id, status=refusal.status, removed_form=form)
    except Conflict as refusal:
        refused(request, str(refusal))
        return redirect("desk:follow_message", message_id)
    undo = reverse("desk:undo_message_removed", args=[message_id])
    done(request, _("Noted: it leaves the list of what is to be removed."), undo_url=undo)
    return redirect("desk:outreach")


@requires(Action.WRITE_MESSAGE, "POST")
def undo_removed(request: HttpRequest, message_id: int) -> HttpResponseBase:
    """It was not removed by hand after all."""
    words = _("It is to be removed again.")
    return _run(request, message_id, words, lambda by: manual_removals.take_back_removed(message_id=message_id, by=by))


def _run(request: HttpRequest, message_id: int, words: str, gesture: Callable[[Any], object]) -> HttpResponseBase:
    with showing_refusal(request, Conflict, Invalid):
        gesture(agent_of(request))
        done(request, words)
    return redirect("desk:follow_message", message_id)
