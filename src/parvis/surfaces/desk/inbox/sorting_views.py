"""What the team does with its messages: given, put off, spam, closed, merged, several at once; printed; who reads."""

from collections.abc import Callable
from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from parvis.apps.directory.queries import people_who_may, working_calendar
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services.staff import record_reading
from parvis.apps.intake.models import Contact
from parvis.apps.intake.queries import conversations, inbox, restricted
from parvis.apps.intake.rules.later import choices, morning
from parvis.apps.intake.services.assigning import assign_contact
from parvis.apps.intake.services.mail import inbox as inbox_services
from parvis.apps.intake.services.mail import replies
from parvis.apps.residents.queries.access import Field
from parvis.apps.workspace.services.workspace import leave_message, record_message_viewing
from parvis.lib.clock import now
from parvis.lib.errors import Invalid, NotFound, Refused
from parvis.surfaces.desk.gate import agent_of, requires, visible_people
from parvis.surfaces.desk.inbox import screen
from parvis.surfaces.desk.inbox.forms import DayForm
from parvis.surfaces.desk.inbox.screen import contact_or_404, message_url, readable, view_of
from parvis.surfaces.desk.inbox.views import show
from parvis.ui.messages import done, refused, showing_refusal

DAY = "day"


# --- One message ----------------------------------------------------------------------------------------------------


@requires(Action.TAKE_CONTACT, "POST")
def assign(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Gives a waiting message to the agent named in the form, or to nobody."""
    name = request.POST.get("agent", "")
    to = next((user for user in people_who_may(Action.TAKE_CONTACT) if user.username == name), None)

    def run() -> str:
        if name and to is None:
            raise Invalid(_("Choose someone who answers contacts."))
        assign_contact(contact_id=contact_id, to=to, by=agent_of(request))
        return pgettext("contact", "Given to %(name)s.") % {"name": to} if to else _("Given back to everyone.")

    return _sort(request, contact_id, run, undo=False)


@requires(Action.TAKE_CONTACT, "POST")
def put_off(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Takes a message out of the list until a moment (`when`, see `rules.later`) or a day."""
    contact, form = readable(request, contact_id), None
    until = _moment(request.POST.get("when", ""))
    if until is None:
        form = DayForm(request.POST, auto_id="later-%s")
        if not form.is_valid():
            return show(request, contact, status=422, day=form)
        until = morning(working_calendar(), form.cleaned_data["day"])

    def run() -> str:
        inbox_services.put_off(contact_id=contact_id, until=until, by=agent_of(request))
        return _("It comes back: %(when)s.") % {"when": screen.when(until)}

    try:
        return _sort(request, contact_id, run)
    except Invalid as error:
        form = form or DayForm(request.POST, auto_id="later-%s")
        form.refuse(error.fields, error.message)
        return show(request, contact, status=422, day=form)


def _moment(name: str) -> datetime | None:
    return next((one.at for one in choices(working_calendar(), now()) if one.name == name), None)


@requires(Action.TAKE_CONTACT, "POST")
def spam(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Puts a message among the spam."""

    def run() -> str:
        inbox_services.mark_spam(contact_id=contact_id, by=agent_of(request))
        return _("Put among the spam: nothing is deleted, nothing is sent.")

    return _sort(request, contact_id, run)


@requires(Action.TAKE_CONTACT, "POST")
def close(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Ends a message without an answer, with a reason."""

    def run() -> str:
        inbox_services.close_message(contact_id=contact_id, why=request.POST.get("why", ""), by=agent_of(request))
        return _("Closed without an answer.")

    return _sort(request, contact_id, run)


def _sort(request: HttpRequest, contact_id: int, run: Callable[[], str], *, undo: bool = True) -> HttpResponseBase:
    """Does something that takes a message out of the list, then shows the next one. Raises Invalid with fields only."""
    readable(request, contact_id)
    view = view_of(request)
    following = _after(request, view, contact_id)
    try:
        text = run()
    except NotFound:
        raise
    except Refused as refusal:
        if refusal.fields.keys() & {DAY}:
            raise
        refused(request, str(refusal))
        return HttpResponseRedirect(message_url(contact_id, view))
    done(request, text, undo_url=_undo_url([contact_id], view) if undo else "", place="message")
    return HttpResponseRedirect(message_url(following, view) if following else f"{reverse('desk:inbox')}?view={view}")


def _after(request: HttpRequest, view: str, contact_id: int) -> int | None:
    """The message below this one in the list, else the one above."""
    ids = [contact.pk for contact in inbox.inbox(view, agent_of(request), screen.PAGE)]
    if contact_id not in ids:
        return None
    at = ids.index(contact_id)
    return next(iter([*ids[at + 1 :], *reversed(ids[:at])]), None)


def _undo_url(ids: list[int], view: str) -> str:
    query = urlencode({"ids": ".".join(str(contact_id) for contact_id in ids), "view": view})
    return f"{reverse('desk:restore_mail')}?{query}"


@requires(Action.TAKE_CONTACT, "POST")
def restore(request: HttpRequest) -> HttpResponseBase:
    """Puts back messages that were put off, closed, or among the spam; `ids` are separated by full stops."""
    ids, agent = _readable_ids(request, request.GET.get("ids", "").split(".")), agent_of(request)
    for contact_id in ids:
        try:
            inbox_services.restore_message(contact_id=contact_id, by=agent)
        except NotFound:
            raise
        except Refused as refusal:
            refused(request, str(refusal))
            break
    else:
        done(request, _("Back among the messages to answer."))
    if len(ids) == 1:
        return HttpResponseRedirect(message_url(ids[0], inbox.NEW))
    return HttpResponseRedirect(f"{reverse('desk:inbox')}?view={view_of(request)}")


@requires(Action.TAKE_CONTACT, "POST")
def await_reply(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Says whether an answered message waits for its sender."""
    readable(request, contact_id)
    awaits = request.POST.get("awaits") == "1"
    with showing_refusal(request, Refused):
        inbox_services.await_reply(contact_id=contact_id, awaits=awaits, by=agent_of(request))
        done(request, _("It waits for the citizen.") if awaits else _("It waits for nobody."))
    return HttpResponseRedirect(message_url(contact_id, view_of(request)))


# --- Two messages made one ------------------------------------------------------------------------------------------


@requires(Action.TAKE_CONTACT, "POST")
def merge(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Merges the message named by `other` into this one."""
    readable(request, contact_id)
    other = readable(request, int(request.POST["other"])) if request.POST.get("other", "").isdecimal() else None
    if other is not None:
        try:
            inbox_services.merge_messages(contact_id=other.pk, into_id=contact_id, by=agent_of(request))
        except Refused as refusal:
            refused(request, str(refusal))
        else:
            url = f"{reverse('desk:separate_mail', args=[other.pk])}?view={view_of(request)}"
            done(request, _("The two messages are one."), undo_url=url, place="message")
    return HttpResponseRedirect(message_url(contact_id, view_of(request)))


@requires(Action.TAKE_CONTACT, "POST")
def separate(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Undoes a merger: the message waits by itself again."""
    if into := conversations.merged_into(contact_id):
        readable(request, into.pk)
    with showing_refusal(request, Refused):
        inbox_services.separate_message(contact_id=contact_id, by=agent_of(request))
        done(request, _("They are two messages again."))
    return HttpResponseRedirect(message_url(contact_id, view_of(request)))


# --- Several at once ------------------------------------------------------------------------------------------------


@requires(Action.TAKE_CONTACT, "POST")
def several(request: HttpRequest) -> HttpResponseBase:
    """Does the same with several messages (`picked`): `do` is one of `screen.bulk_choices`."""
    name, _colon, value = request.POST.get("do", "").partition(":")
    agent, view = agent_of(request), view_of(request)
    until = _moment(value) if name == "later" else None
    acts: dict[str, Callable[[int], Contact]] = {
        "mine": lambda pk: assign_contact(contact_id=pk, to=agent, by=agent),
        "spam": lambda pk: inbox_services.mark_spam(contact_id=pk, by=agent),
        "close": lambda pk: inbox_services.close_message(contact_id=pk, why=value, by=agent),
    }
    if until is not None:
        acts["later"] = lambda pk: inbox_services.put_off(contact_id=pk, until=until, by=agent)
    ids = _readable_ids(request, request.POST.getlist("picked"))
    made, why = [], "" if ids else _("Choose messages first.")
    if name not in acts:
        ids, why = [], _("Say what to do with them.")
    for contact_id in ids:
        try:
            acts[name](contact_id)
        except Refused as refusal:
            why = str(refusal)
        else:
            made.append(contact_id)
    if made:
        text = ngettext("%(n)d message.", "%(n)d messages.", len(made)) % {"n": len(made)}
        label = dict(screen.bulk_choices()).get(request.POST["do"], "")
        undo_url = "" if name == "mine" else _undo_url(made, view)
        done(request, f"{label}{screen.COLON}{text}", undo_url=undo_url, place="messages")
    if why:
        refused(request, why)
    return HttpResponseRedirect(f"{reverse('desk:inbox')}?view={view}")


def _readable_ids(request: HttpRequest, values: list[str]) -> list[int]:
    """The messages named, without those of people whose file the agent may not read; at most a page."""
    ids = [int(value) for value in values[: screen.PAGE] if value.isdecimal() and len(value) < screen.LONGEST_ID]
    contacts = restricted.openable_only(agent_of(request), inbox.messages(ids))
    visible = visible_people(agent_of(request), (contact.person for contact in contacts), Field.FILE)
    return [contact.pk for contact in contacts if contact.person_id is None or contact.person_id in visible]


# --- On paper, and together -----------------------------------------------------------------------------------------


@requires(Action.TAKE_CONTACT, "GET")
def paper(request: HttpRequest, contact_id: int) -> HttpResponse:
    """The message and its conversation, to be printed; noted on the sender's file."""
    contact, agent = readable(request, contact_id), agent_of(request)
    if contact.person:
        reason = _("message %(number)d printed") % {"number": contact.pk}
        record_reading(user=agent, subject="person", subject_id=contact.person.canonical.pk, reason=reason)
    context = {
        "contact": contact,
        "incoming": replies.incoming_of(contact),
        "said": screen.readable_conversation(agent, contact),
        "reply": inbox.last_reply(contact),
    }
    return render(request, "desk/inbox/print.html", context)


@requires(Action.TAKE_CONTACT, "GET")
def live(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Who else reads the message, and whether it changed since it was shown (`after`); 204 when nothing did."""
    contact, agent = readable(request, contact_id), agent_of(request)
    others = record_message_viewing(contact=contact, by=agent, writing=request.GET.get("writing") == "1")
    mark = ",".join(f"{other.name}{'*' if other.writing else ''}" for other in others)
    changed = request.GET.get("after", "") != screen.state_mark(contact)
    others_moved = mark != request.GET.get("have", "")
    if not changed and not others_moved:
        return HttpResponse(status=204)
    context = {
        "contact": contact,
        "view": view_of(request),
        "mark": mark,
        "others": others,
        "said": ", ".join(
            _("%(name)s is writing an answer") % {"name": other.name} if other.writing else other.name
            for other in others
        ),
        "others_moved": others_moved,
        "news": screen.news(contact, agent) if changed else "",
    }
    return render(request, "desk/inbox/live.html", context)


@requires(Action.TAKE_CONTACT, "POST")
def left(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Ends the agent's presence on a message."""
    leave_message(contact=contact_or_404(contact_id, agent_of(request)), by=agent_of(request))
    return HttpResponse(status=204)
