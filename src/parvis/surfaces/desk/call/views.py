"""The call screen: open contacts, live suggestions, the draft."""

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from parvis.apps.cases.queries import incidents
from parvis.apps.cases.queries.lists.duplicates import DuplicateQuery, mergeable
from parvis.apps.cases.services.transitions import notification_channel
from parvis.apps.catalogue.models import Audience, Channel, Subject
from parvis.apps.content.queries import answers
from parvis.apps.directory.models import Actor, Presence
from parvis.apps.directory.queries import language_rule, town
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services.staff import record_presence
from parvis.apps.intake.channels import Arrival
from parvis.apps.intake.models import Contact, MailReply, Matter
from parvis.apps.intake.queries import contacts, inbox
from parvis.apps.intake.services import contacts as contact_services
from parvis.apps.intake.services.mail.replies import UNDO
from parvis.apps.matching.queries import suggesting
from parvis.apps.places.models import Address
from parvis.apps.residents.queries.access import Field, may_see
from parvis.apps.residents.queries.contact_details import Unreadable, clean_phone
from parvis.lib.errors import Invalid, Refused
from parvis.lib.i18n.languages import clean
from parvis.lib.words import number
from parvis.surfaces.desk.call import panes, screen
from parvis.surfaces.desk.call.calculation_screen import WORK
from parvis.surfaces.desk.call.draft import LAST_SEQ, Draft, by_name, key_of, parse
from parvis.surfaces.desk.gate import agent_of, my_contact, readable_file, requires
from parvis.ui.templatetags.ui import hour
from parvis.ui.views import or_404

LIVE_CHANNELS = (Channel.PHONE, Channel.COUNTER)
EVENTS = {"edition": "edition", "figures": "moment", "alarm": "incidents"}  # the htmx event of each change
ANOTHER_CONTACT = gettext_lazy("This is another contact, still open. Press F2 again to close it.")


@requires(Action.TAKE_CONTACT, "GET")
def home(request: HttpRequest) -> HttpResponseBase:
    """Redirects to the contact in progress, if any; otherwise the home page."""
    agent = agent_of(request)
    opened = contacts.open_contacts(agent)
    if opened and "stay" not in request.GET:
        live = [contact for contact in opened if contact.state == Contact.State.IN_PROGRESS] or opened
        query = request.GET.urlencode()
        return redirect(f"{contact_url(live[-1].pk)}{'?' + query if query else ''}")
    context = {
        **screen.frame(request),
        **just_done(request),
        "asked_today": contacts.asked_today(),
        "recent": contacts.last_contacts(agent, limit=5),
        "callbacks": [
            (callback, callback.person is None or may_see(callback.person, Field.PHONE, agent))
            for callback in contacts.open_callbacks(agent, limit=4)
        ],
        "window": contacts.last_window(agent),
    }
    return render(request, "desk/home.html", context)


def contact_url(contact_id: int) -> str:
    """The URL of the screen of a contact."""
    return f"/desk/contacts/{contact_id}/"


def recent_url(contact_id: int) -> str:
    """The URL where a finished contact may be corrected."""
    return f"/desk/recent/#contact-{contact_id}"


def just_done(request: HttpRequest) -> dict[str, Any]:
    """The matter or the contact just finished, named in the query string, for the confirmation."""
    settled = number(request.GET.get("done", ""))
    if settled is None:
        return {"ended": "ended" in request.GET}
    rows = Matter.objects.filter(pk=settled, by=agent_of(request)).select_related("subject", "contact", "case")
    return {"done": rows.first()}


@requires(Action.TAKE_CONTACT, "POST")
def begin(request: HttpRequest) -> HttpResponseBase:
    """Begins a contact, by phone by default; the same key twice begins one."""
    channel = request.POST.get("channel", Channel.PHONE)
    if channel not in LIVE_CHANNELS:
        channel = Channel.PHONE
    agent = agent_of(request)
    key = request.POST.get("key", "")[:40] or uuid.uuid4().hex
    contact = contact_services.receive(Arrival(channel=channel, key=f"{agent.pk}-{key}", by=Actor.staff(agent)))
    if contact.agent_id != agent.pk:
        raise Http404
    record_presence(user=agent, status=Presence.Status.BUSY)
    return redirect(contact_url(contact.pk))


@requires(Action.TAKE_CONTACT, "GET")
def contact(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """The screen of one contact; a finished one redirects to its corrections."""
    mine = my_contact(request, contact_id)
    opened = opened_matter(request, mine)
    if mine.state == Contact.State.DONE and opened is None:
        return redirect(recent_url(mine.pk))
    values = {name: request.GET.get(name, "") for name in ("text", "subject", "lang", "audience", "pane")}
    draft = Draft.of(mine, **values, picked="1" if values["subject"] else "")
    return show(request, mine, draft.with_work(by_name(request.GET)), opened=opened)


def opened_matter(request: HttpRequest, contact: Contact) -> Matter | None:
    """The matter of the case just opened, named in the query string, whose reference is being read aloud."""
    case_id = number(request.GET.get("case", ""))
    return next((matter for matter in contact.matters.all() if case_id and matter.case_id == case_id), None)


def show(
    request: HttpRequest,
    contact: Contact,
    draft: Draft,
    *,
    form: Any = None,
    opened: Matter | None = None,
    status: int = 200,
    notice: str = "",
) -> HttpResponse:
    """The whole screen; `form` is a refused form to show again."""
    context = screen.call(request, contact, draft)
    name = form.prefix if form is not None else draft.pane
    chosen = context["found"].chosen
    context |= panes.pane(name, contact, draft, chosen, form) if opened is None else {"pane": "opened"}
    context |= {"opened": opened, "key": key_of(contact, "answered"), "notice": notice, **just_done(request)}
    letters = inbox.letters_of([contact]).get(contact.pk, [])
    last = _last_due(letters)
    context |= {
        "letters": letters,
        "email_key": f"{contact.key[:48]}.{len(letters) + 1}.emailed",
        "may_take_back": last.pk if last else None,
        "take_back_until": last.at + UNDO if last else None,
    }
    context |= {"came_next": _came_next(context, contact), "another_contact": ANOTHER_CONTACT}
    if opened is not None and opened.case is not None:
        context |= panes.reference_aloud(opened.case, draft.lang)
        context["known"] = readable_file(agent_of(request), opened.case.person)
        context["told"] = notification_channel(context["known"])
    return render(request, "desk/call/screen.html", context, status=status)


def _last_due(letters: list[inbox.SentLetter]) -> MailReply | None:
    """The last answer sent by e-mail, while it can be taken back."""
    due = [letter.reply for letter in letters if inbox.reply_due(letter.reply, UNDO)]
    return due[-1] if due else None


def _came_next(context: dict[str, Any], contact: Contact) -> bool:
    """Whether the screen moved to this contact because another was just closed: a repeated key must not close it."""
    done = context.get("done")
    return bool(context.get("ended")) or (done is not None and done.contact_id != contact.pk)


# --- Live -------------------------------------------------------------------------------------------------------


@requires(Action.TAKE_CONTACT, "GET")
def suggest(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """The matches of the words typed so far, as JSON {found, danger, incident, read, slug, said}: HTML and words.

    `have` names what the screen already shows ("slug:lang:audience:verdict", then the stamp of the boil-water notices);
    `read` is null when it need not change.
    """
    owned = Contact.objects.filter(pk=contact_id, agent=agent_of(request)).values_list("language", "audience").first()
    if owned is None:
        raise Http404
    draft = _live_draft(request, *owned)
    match = screen.find(draft)
    context = {"found": match, "draft": draft, "reading": None, "english_offered": screen.english_allowed(town())}
    danger = match.suggestion.danger if match.suggestion else None
    nearby = screen.incidents_here(request, contact_id, draft, match)
    incident = context | nearby | {"english": context["english_offered"]}
    read = None
    verdict = "" if match.water else suggesting.verdict_of(match.chosen, draft.text, draft.lang, draft.audience)
    stamp = f":{match.water.stamp}" if match.water else ""
    if request.GET.get("have") != f"{match.chosen}:{draft.lang}:{draft.audience}:{verdict}{stamp}":
        context["reading"] = screen.read(draft, match.chosen, lambda: _where(request, contact_id))
        read = render_to_string("desk/call/read.html", context, request)
    hits = len(match.hits)
    words = ngettext("%(n)d answer", "%(n)d answers", hits) % {"n": hits} if draft.text else ""
    if draft.text and not hits:
        words = _("Not ours") if match.other else _("Nothing found")
    return JsonResponse(
        {
            "found": render_to_string("desk/call/found.html", context, request),
            "danger": render_to_string("desk/call/danger.html", {**context, "danger": danger}) if danger else "",
            "incident": render_to_string("desk/call/incident.html", incident, request)
            if nearby["incidents_here"]
            else "",
            "read": read,
            "slug": match.chosen,
            "said": words,
        }
    )


def _where(request: HttpRequest, contact_id: int) -> Address | None:
    """The address named in the query string, else that of the contact's person."""
    contact = my_contact(request, contact_id)
    return screen.address_of(request.GET.get("address", "")) or screen.home_of(contact)


def _live_draft(request: HttpRequest, language: str, audience: str) -> Draft:
    """The draft in the query string of a live request."""
    values: dict[str, Any] = {name: request.GET.get(name, "") for name in ("subject", "lang", "audience")}
    values |= {"text": request.GET.get("q", ""), "dropped": request.GET.getlist("drop")}
    return Draft({**values, "picked": request.GET.get("picked") == "1"}, language, audience)


@requires(Action.TAKE_CONTACT, "GET")
def answer(request: HttpRequest, contact_id: int, slug: str) -> HttpResponseBase:
    """The reading pane of one subject, in the language and for the audience asked, adapted to the words `q`."""
    values = {name: request.GET.get(name, "") for name in ("lang", "audience")}
    draft = Draft({**values, "text": request.GET.get("q", "")})
    reading = or_404(screen.read(draft, slug, lambda: _where(request, contact_id)))
    offered = screen.english_allowed(town())
    return render(request, "desk/call/read.html", {"reading": reading, "draft": draft, "english_offered": offered})


@requires(Action.TAKE_CONTACT, "GET")
def pane(request: HttpRequest, contact_id: int, name: str) -> HttpResponseBase:
    """One pane of the middle of the screen, as a fragment; `subject` overrides that of the draft."""
    contact = my_contact(request, contact_id)
    draft = Draft.of(contact, **{key: request.GET.get(key, "") for key in ("text", "lang", "audience")})
    if name not in panes.FORMS and name not in (panes.PLACE, panes.ALERT, panes.SAY, panes.TEXT, WORK):
        raise Http404
    draft = draft.with_work(by_name(request.GET))
    fields = {k: v for k, v in draft.fields.items() if k not in ("case-subject", "case-nature")}
    if request.GET.get("nature"):
        fields["case-nature"] = request.GET["nature"]
    context = panes.pane(name, contact, draft.with_fields(fields), request.GET.get("subject", ""))
    if context["pane"] != name:
        raise Http404
    return render(request, f"desk/call/pane_{name}.html", context)


@requires(Action.TAKE_CONTACT, "GET")
def expectations(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """The destination, the promise and the similar cases of a case, for what the form holds so far."""
    names = ("subject", "nature", "audience", "words", "address", "person")
    value = {name: request.GET.get(f"case-{name}", "") for name in names}
    subjects = Subject.objects.filter(slug=value["subject"], active=True, routable=True)
    subject = subjects.select_related("department", "external_body").first()
    if subject is None:
        return HttpResponse(status=204)
    address = screen.address_of(value["address"])
    preview = panes.case_preview(subject, value["nature"], value["audience"], address, value["words"])
    query = DuplicateQuery(subject, value["nature"], value["words"], address, person=number(value["person"]))
    context = {"outlook": preview, "address": address, "alike": mergeable(query, agent_of(request))}
    return render(request, "desk/call/expectations.html", context)


@requires(Action.TAKE_CONTACT, "POST")
def save_draft(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Saves the draft; returns {seq, saved}, the time in words. 409 when the contact is finished, 422 when too long."""
    seq, draft = number(request.POST.get("seq", "")), parse(request.POST.get("draft", ""))
    if draft is None or not seq or seq > LAST_SEQ:
        return JsonResponse({"error": _("This draft cannot be read.")}, status=400)
    try:
        at = contact_services.save_draft(contact_id=contact_id, seq=seq, draft=draft, by=agent_of(request))
    except Refused as refusal:
        return JsonResponse({"error": str(refusal)}, status=refusal.status)
    return JsonResponse({"seq": seq, "saved": _("Kept at %(hour)s") % {"hour": hour(at)}})


@requires(Action.TAKE_CONTACT, "GET")
def changes(request: HttpRequest) -> HttpResponseBase:
    """The current figures and open incidents, with the htmx events of what changed; 204 when nothing did.

    `edition` (of the answers), `figures` and `alarm` (the incidents) are the marks the screen holds.
    """
    moment = contacts.figures_of_the_moment()
    marks = {"edition": str(answers.edition()), "figures": moment.mark, "alarm": incidents.mark()}
    changed = [name for name, mark in marks.items() if request.GET.get(name, "") != mark]
    if not changed:
        return HttpResponse(status=204)
    screen.warm()
    context = {
        "edition": marks["edition"],
        "moment": moment,
        "incidents_mark": marks["alarm"],
        "incidents_moved": "alarm" in changed,
        "at": number(request.GET.get("contact", "")),
    }
    response = render(request, "desk/call/changes.html", context)
    response.headers["HX-Trigger"] = ", ".join(EVENTS[name] for name in changed)
    return response


# --- The contact itself -----------------------------------------------------------------------------------------


@requires(Action.TAKE_CONTACT, "POST")
def hold(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Puts the contact on hold, or resumes it."""
    contact, agent = my_contact(request, contact_id), agent_of(request)
    if contact.state == Contact.State.ON_HOLD:
        contact_services.unhold(contact_id=contact_id, by=agent)
        record_presence(user=agent, status=Presence.Status.BUSY)
    else:
        contact_services.hold(contact_id=contact_id, by=agent)
    return redirect(contact_url(contact_id))


@requires(Action.TAKE_CONTACT, "POST")
def describe(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Changes the contact's channel, audience, language, ground for English, or phone number."""
    data, changes = request.POST, {}
    if data.get("audience") in Audience.values:
        changes["audience"] = data["audience"]
    if data.get("channel") in LIVE_CHANNELS:
        changes["channel"] = data["channel"]
    if "language" in data:
        changes["language"] = clean(data["language"])
    if language_rule().ground(data.get("english_ground")):
        changes["english_ground"] = data["english_ground"]
    try:
        if "phone" in data:
            changes["phone"] = phone_or_invalid(data["phone"])
        contact_services.describe(contact_id=contact_id, by=agent_of(request), **changes)
    except Refused as refusal:
        return _refused(request, contact_id, refusal)
    return HttpResponse(status=204) if by_script(request) else redirect(contact_url(contact_id))


def by_script(request: HttpRequest) -> bool:
    """Whether the request comes from the screen's script, which wants a fragment or JSON."""
    return request.headers.get("X-Requested-With") == "fetch"


def phone_or_invalid(typed: str) -> str:
    """The phone number in E.164; Invalid, with the field `phone`, when it is not one."""
    try:
        return clean_phone(typed)
    except Unreadable as error:
        raise Invalid.in_field("phone", str(error)) from error


def _refused(request: HttpRequest, contact_id: int, refusal: Refused) -> HttpResponseBase:
    if by_script(request):
        return JsonResponse({"error": str(refusal), "fields": refusal.fields}, status=refusal.status)
    contact = my_contact(request, contact_id)
    return show(request, contact, Draft.of(contact), status=refusal.status, notice=str(refusal))


def free_agent(request: HttpRequest) -> None:
    """Sets the agent's presence to free when they have no contact in progress."""
    agent = agent_of(request)
    if not Contact.objects.filter(agent=agent, state__in=Contact.IN_HAND).exists():
        record_presence(user=agent, status=Presence.Status.FREE)
