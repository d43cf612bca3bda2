"""The answering agent's screen: the contacts in hand, and what is live on the one in front."""

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from parvis.apps.cases import incidents
from parvis.apps.cases.duplicates import DuplicateQuery, mergeable
from parvis.apps.cases.services.moves import notification_channel
from parvis.apps.catalogue.models import Audience, Channel, Subject
from parvis.apps.directory.actors import Actor
from parvis.apps.directory.models import Presence
from parvis.apps.directory.permissions import Action
from parvis.apps.directory.queries import language_rule, town
from parvis.apps.directory.services import seen
from parvis.apps.intake import queries as intake
from parvis.apps.intake import services
from parvis.apps.intake.channels import Arrival
from parvis.apps.intake.models import Contact, Matter
from parvis.apps.knowledge import queries as knowledge
from parvis.apps.places.models import Address
from parvis.apps.residents.access import Field, may_see
from parvis.apps.residents.contact_details import Unreadable, clean_phone
from parvis.lib.errors import Invalid, Refused
from parvis.lib.languages import clean
from parvis.lib.words import number
from parvis.surfaces.desk.call import panes, screen
from parvis.surfaces.desk.call.calculation_screen import WORK
from parvis.surfaces.desk.call.draft import LAST_SEQ, Draft, by_name, key_of, parse
from parvis.surfaces.desk.gate import agent_of, my_contact, readable_file, requires
from parvis.ui.templatetags.ui import hour

LIVE_CHANNELS = (Channel.PHONE, Channel.COUNTER)
MOVED = {"edition": "edition", "figures": "moment", "alarm": "incidents"}  # the event that tells of each
ANOTHER_CONTACT = gettext_lazy("This is another contact, still open. Press F2 again to close it.")


@requires(Action.TAKE_CONTACT, "GET")
def home(request: HttpRequest) -> HttpResponseBase:
    """The contact in hand when there is one; otherwise what to know before the phone rings."""
    agent = agent_of(request)
    opened = intake.open_contacts(agent)
    if opened and "stay" not in request.GET:
        live = [item for item in opened if item.state == Contact.State.IN_PROGRESS] or opened
        query = request.GET.urlencode()
        return redirect(f"{contact_url(live[-1].pk)}{'?' + query if query else ''}")
    context = {
        **screen.frame(request),
        **just_done(request),
        "asked_today": intake.asked_today(),
        "recent": intake.last_contacts(agent, limit=5),
        "callbacks": [
            (open_callback, open_callback.person is None or may_see(open_callback.person, Field.PHONE, agent))
            for open_callback in intake.open_callbacks(limit=4)
        ],
        "window": intake.last_window(agent),
    }
    return render(request, "desk/home.html", context)


def contact_url(contact_id: int) -> str:
    """The screen of one contact."""
    return f"/desk/contacts/{contact_id}/"


def recent_url(contact_id: int) -> str:
    """Where a contact that is over may be corrected."""
    return f"/desk/recent/#contact-{contact_id}"


def just_done(request: HttpRequest) -> dict[str, Any]:
    """The matter or the contact that the last gesture settled, named in the address, for the notice that says so."""
    settled = number(request.GET.get("done", ""))
    if settled is None:
        return {"ended": "ended" in request.GET}
    rows = Matter.objects.filter(pk=settled, by=agent_of(request)).select_related("subject", "contact", "case")
    return {"done": rows.first()}


@requires(Action.TAKE_CONTACT, "POST")
def begin(request: HttpRequest) -> HttpResponseBase:
    """Begins a contact, by phone unless the form says otherwise; the same key twice begins one."""
    channel = request.POST.get("channel", Channel.PHONE)
    if channel not in LIVE_CHANNELS:
        channel = Channel.PHONE
    agent = agent_of(request)
    key = request.POST.get("key", "")[:40] or uuid.uuid4().hex
    contact = services.receive(Arrival(channel=channel, key=f"{agent.pk}-{key}", by=Actor.staff(agent)))
    if contact.agent_id != agent.pk:
        raise Http404
    seen(user=agent, status=Presence.Status.BUSY)
    return redirect(contact_url(contact.pk))


@requires(Action.TAKE_CONTACT, "GET")
def contact(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """The screen of one contact; a finished one leads to where it may be corrected."""
    result = my_contact(request, contact_id)
    opened = opened_matter(request, result)
    if result.state == Contact.State.DONE and opened is None:
        return redirect(recent_url(result.pk))
    asked = {name: request.GET.get(name, "") for name in ("text", "subject", "lang", "audience", "pane")}
    draft = Draft.of(result, **asked, **({"picked": "1"} if asked["subject"] else {}))
    return show(request, result, draft.with_work(by_name(request.GET)), opened=opened)


def opened_matter(request: HttpRequest, item: Contact) -> Matter | None:
    """The case just opened in this contact, named in the address, whose reference is being read aloud."""
    opened = number(request.GET.get("case", ""))
    return next((matter for matter in item.matters.all() if opened and matter.case_id == opened), None)


def show(
    request: HttpRequest,
    item: Contact,
    draft: Draft,
    *,
    form: Any = None,
    opened: Matter | None = None,
    status: int = 200,
    notice: str = "",
) -> HttpResponse:
    """The whole screen; `form` is a refused form to show again with what was typed in it."""
    context = screen.call(request, item, draft)
    name = form.prefix if form is not None else draft.pane
    chosen = context["found"].chosen
    context |= panes.pane(name, item, draft, chosen, form) if opened is None else {"pane": "opened"}
    context |= {"opened": opened, "key": key_of(item, "answered"), "notice": notice, **just_done(request)}
    context |= {"came_next": _came_next(context, item), "another_contact": ANOTHER_CONTACT}
    if opened is not None and opened.case is not None:
        context |= panes.reference_aloud(opened.case, draft.lang)
        context["known"] = readable_file(agent_of(request), opened.case.person)
        context["told"] = notification_channel(context["known"])
    return render(request, "desk/call/screen.html", context, status=status)


def _came_next(context: dict[str, Any], item: Contact) -> bool:
    """Whether this contact is shown because another one was just closed, which the same key pressed twice is for."""
    done = context.get("done")
    return bool(context.get("ended")) or (done is not None and done.contact_id != item.pk)


# --- Live -------------------------------------------------------------------------------------------------------


@requires(Action.TAKE_CONTACT, "GET")
def suggest(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """What the words typed so far find, as JSON {found, danger, incident, read, slug, said}: pieces and words.

    `have` names what the screen already shows ("slug:lang:audience:verdict", then the stamp of what is said of water to
    boil); `read` is null when it need not change.
    """
    known = Contact.objects.filter(pk=contact_id, agent=agent_of(request)).values_list("language", "audience").first()
    if known is None:
        raise Http404
    draft = _asked(request, *known)
    find = screen.find(draft)
    piece = {"found": find, "draft": draft, "reading": None, "english_offered": screen.english_allowed(town())}
    danger = find.suggestion.danger if find.suggestion else None
    here = screen.incidents_here(request, contact_id, draft, find)
    read = None
    verdict = "" if find.water else knowledge.verdict_of(find.chosen, draft.text, draft.lang, draft.audience)
    shown = f"{find.chosen}:{draft.lang}:{draft.audience}:{verdict}" + (f":{find.water.stamp}" if find.water else "")
    if request.GET.get("have") != shown:
        piece["reading"] = screen.read(draft, find.chosen, lambda: _where(request, contact_id))
        read = render_to_string("desk/call/read.html", piece, request)
    hits = len(find.hits)
    said = ngettext("%(n)d answer", "%(n)d answers", hits) % {"n": hits} if draft.text else ""
    if draft.text and not hits:
        said = _("Not ours") if find.other else _("Nothing found")
    return JsonResponse(
        {
            "found": render_to_string("desk/call/found.html", piece, request),
            "danger": render_to_string("desk/call/danger.html", {**piece, "danger": danger}) if danger else "",
            "incident": _incident(request, piece | here) if here["incidents_here"] else "",
            "read": read,
            "slug": find.chosen,
            "said": said,
        }
    )


def _incident(request: HttpRequest, piece: dict[str, Any]) -> str:
    return render_to_string("desk/call/incident.html", piece | {"english": piece["english_offered"]}, request)


def _where(request: HttpRequest, contact_id: int) -> Address | None:
    """The address that the screen says is spoken of, else that of the person of the contact."""
    result = my_contact(request, contact_id)
    return screen.address_of(request.GET.get("address", "")) or screen.home_of(result)


def _asked(request: HttpRequest, language: str, audience: str) -> Draft:
    """What the screen says of itself in the address of a live request, read as a draft of such a contact."""
    values: dict[str, Any] = {name: request.GET.get(name, "") for name in ("subject", "lang", "audience")}
    values |= {"text": request.GET.get("q", ""), "dropped": request.GET.getlist("drop")}
    return Draft({**values, "picked": request.GET.get("picked") == "1"}, language, audience)


@requires(Action.TAKE_CONTACT, "GET")
def answer(request: HttpRequest, contact_id: int, slug: str) -> HttpResponseBase:
    """The reading pane of one subject, in the language and for the audience asked, as it is said to the words `q`."""
    asked = {name: request.GET.get(name, "") for name in ("lang", "audience")}
    draft = Draft({**asked, "text": request.GET.get("q", "")})
    reading = screen.read(draft, slug, lambda: _where(request, contact_id))
    if reading is None:
        raise Http404
    offered = screen.english_allowed(town())
    return render(request, "desk/call/read.html", {"reading": reading, "draft": draft, "english_offered": offered})


@requires(Action.TAKE_CONTACT, "GET")
def pane(request: HttpRequest, contact_id: int, name: str) -> HttpResponseBase:
    """One form of the middle of the screen, alone; `subject` over the one of the draft."""
    result = my_contact(request, contact_id)
    asked = {key: request.GET.get(key, "") for key in ("text", "lang", "audience")}
    draft = Draft.of(result, **asked)
    if name not in panes.FORMS and name not in (panes.PLACE, panes.ALERT, panes.SAY, WORK):
        raise Http404
    draft = draft.with_work(by_name(request.GET))
    fields = {k: v for k, v in draft.fields.items() if k not in ("case-subject", "case-nature")}
    if request.GET.get("nature"):
        fields["case-nature"] = request.GET["nature"]
    values = {**draft.values, "fields": fields}
    context = panes.pane(name, result, Draft(values, result.language, result.audience), request.GET.get("subject", ""))
    if context["pane"] != name:
        raise Http404
    return render(request, f"desk/call/pane_{name}.html", context)


@requires(Action.TAKE_CONTACT, "GET")
def outlook(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Where a case would go, what would be promised and which ones look like it, for what the form holds so far."""
    names = ("subject", "nature", "audience", "words", "address", "person")
    value = {name: request.GET.get(f"case-{name}", "") for name in names}
    subject = Subject.objects.filter(slug=value["subject"], active=True, routable=True)
    match = subject.select_related("department", "external_body").first()
    if match is None:
        return HttpResponse(status=204)
    address = screen.address_of(value["address"])
    ahead = panes.outlook(match, value["nature"], value["audience"], address, value["words"])
    told = DuplicateQuery(match, value["nature"], value["words"], address, person=number(value["person"]))
    like = mergeable(told, agent_of(request))
    return render(request, "desk/call/expectations.html", {"outlook": ahead, "address": address, "alike": like})


@requires(Action.TAKE_CONTACT, "POST")
def save_draft(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Keeps what is typed; answers {seq, saved} in words. 409 when the contact is finished, 422 when it is too long."""
    seq, draft = number(request.POST.get("seq", "")), parse(request.POST.get("draft", ""))
    if draft is None or not seq or seq > LAST_SEQ:
        return JsonResponse({"error": _("This draft cannot be read.")}, status=400)
    try:
        at = services.save_draft(contact_id=contact_id, seq=seq, draft=draft, by=agent_of(request))
    except Refused as refused:
        return JsonResponse({"error": str(refused)}, status=refused.status)
    return JsonResponse({"seq": seq, "saved": _("Kept at %(hour)s") % {"hour": hour(at)}})


@requires(Action.TAKE_CONTACT, "GET")
def changes(request: HttpRequest) -> HttpResponseBase:
    """The figures of the moment, the incidents under way, and the events that tell what moved; 204 when nothing did.

    `edition` (of the answers), `figures` and `alarm` (the incidents) are what the screen holds.
    """
    moment = intake.figures_of_the_moment()
    marks = {"edition": str(knowledge.edition()), "figures": moment.mark, "alarm": incidents.mark()}
    moved = [name for name, mark in marks.items() if request.GET.get(name, "") != mark]
    if not moved:
        return HttpResponse(status=204)
    screen.warm()
    context = {
        "edition": marks["edition"],
        "moment": moment,
        "incidents_mark": marks["alarm"],
        "incidents_moved": "alarm" in moved,
        "at": number(request.GET.get("contact", "")),
    }
    answer = render(request, "desk/call/changes.html", context)
    answer.headers["HX-Trigger"] = ", ".join(MOVED[name] for name in moved)
    return answer


# --- The contact itself -----------------------------------------------------------------------------------------


@requires(Action.TAKE_CONTACT, "POST")
def hold(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Puts the person on hold, or takes them back."""
    result, agent = my_contact(request, contact_id), agent_of(request)
    if result.state == Contact.State.ON_HOLD:
        services.unhold(contact_id=contact_id, by=agent)
        seen(user=agent, status=Presence.Status.BUSY)
    else:
        services.hold(contact_id=contact_id, by=agent)
    return redirect(contact_url(contact_id))


@requires(Action.TAKE_CONTACT, "POST")
def describe(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Keeps what is known of the contact: its channel, the audience, the language and why English, the number."""
    data, known = request.POST, {}
    if data.get("audience") in Audience.values:
        known["audience"] = data["audience"]
    if data.get("channel") in LIVE_CHANNELS:
        known["channel"] = data["channel"]
    if "language" in data:
        known["language"] = clean(data["language"])
    if language_rule().ground(data.get("english_ground")):
        known["english_ground"] = data["english_ground"]
    try:
        if "phone" in data:
            known["phone"] = _number(data["phone"])
        services.describe(contact_id=contact_id, by=agent_of(request), **known)
    except Refused as refused:
        return _refused(request, contact_id, refused)
    return HttpResponse(status=204) if by_script(request) else redirect(contact_url(contact_id))


def by_script(request: HttpRequest) -> bool:
    """Whether the screen's own script asks, and wants a piece rather than a page."""
    return request.headers.get("X-Requested-With") == "fetch"


def _number(typed: str) -> str:
    try:
        return clean_phone(typed)
    except Unreadable as error:
        raise Invalid(str(error), {"phone": str(error)}) from error


def _refused(request: HttpRequest, contact_id: int, refused: Refused) -> HttpResponseBase:
    if by_script(request):
        return JsonResponse({"error": str(refused), "fields": refused.fields}, status=refused.status)
    result = my_contact(request, contact_id)
    return show(request, result, Draft.of(result), status=refused.status, notice=str(refused))


def quiet_now(request: HttpRequest) -> None:
    """Says that the agent is free again when no contact is in hand."""
    agent = agent_of(request)
    if not Contact.objects.filter(agent=agent, state__in=Contact.IN_HAND).exists():
        seen(user=agent, status=Presence.Status.FREE)
