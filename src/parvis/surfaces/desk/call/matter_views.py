"""What became of a matter: one address for each end. Each may be sent twice and settles once."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from parvis.apps.cases.services import NewCase
from parvis.apps.catalogue.models import Nature
from parvis.apps.catalogue.queries import routable
from parvis.apps.directory.permissions import Action
from parvis.apps.intake import queries as intake
from parvis.apps.intake import services
from parvis.apps.intake.models import Contact, Matter
from parvis.apps.intake.services import GivenAnswer, MatterInput
from parvis.apps.knowledge import queries as knowledge
from parvis.apps.knowledge.answering import of_stamp
from parvis.apps.knowledge.rendering import Rendered
from parvis.apps.knowledge.water import WATER
from parvis.apps.places.models import Address
from parvis.apps.residents.contact_details import Unreadable, clean_phone
from parvis.apps.residents.models import Person
from parvis.apps.residents.services import Newcomer
from parvis.lib.errors import Conflict, Invalid, NotFound, Refused
from parvis.lib.languages import clean
from parvis.lib.words import number
from parvis.surfaces.desk.call import forms
from parvis.surfaces.desk.call.draft import Draft, key_of
from parvis.surfaces.desk.call.views import ANOTHER_CONTACT, contact_url, quiet_now, recent_url, show
from parvis.surfaces.desk.gate import agent_of, my_contact, requires

CHANGED = 409


def settled_of(request: HttpRequest, contact_id: int, form: forms.KeyedForm, **more: Any) -> MatterInput:
    """What every way of settling needs, from its form; `more` comes over it."""
    values = form.cleaned_data
    told = {"subject": values.get("subject"), "words": values.get("text", ""), "note": values.get("note", "")}
    return MatterInput(
        contact_id=contact_id, key=values["key"], by=agent_of(request), finish="more" not in request.POST, **told | more
    )


def settled_already(form: forms.KeyedForm, contact_id: int) -> Matter | None:
    """The matter that the same sending settled as answered in this contact."""
    matter = intake.matter_by_key(form.cleaned_data["key"])
    same = matter and (matter.contact_id, matter.outcome) == (contact_id, Matter.Outcome.ANSWERED)
    return matter if same else None


def after(request: HttpRequest, contact_id: int, matter_id: int) -> HttpResponseBase:
    """Where one is after a gesture: in the same contact for another matter, or done with it."""
    if "more" in request.POST:
        return redirect(f"{contact_url(contact_id)}?done={matter_id}")
    quiet_now(request)
    return redirect(f"/desk/?done={matter_id}")


def again(
    request: HttpRequest, contact_id: int, form: forms.KeyedForm, refused: Refused | None = None
) -> HttpResponseBase:
    """The same screen, what was typed in it, and beside each field what to do."""
    if isinstance(refused, NotFound):
        raise Http404 from refused
    contact = my_contact(request, contact_id)
    if refused is not None:
        form.refuse(refused.fields, refused.message)
    if isinstance(refused, Conflict):
        form.rename(key_of(contact, str(form.prefix)))
    if contact.state == Contact.State.DONE:
        return redirect(recent_url(contact.pk))
    draft = Draft.of(contact, text=request.POST.get(f"{form.prefix}-text", ""))
    return show(request, contact, draft, form=form, status=422)


# --- Answered ---------------------------------------------------------------------------------------------------


@requires(Action.TAKE_CONTACT, "POST")
def answered(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """The answer on the screen was read aloud: it is recorded as given. With nothing asked, the contact just ends."""
    form = forms.AnsweredForm(request.POST)
    if not form.is_valid():
        return _not_yet(request, contact_id, _("Choose an answer, or say that there is none (F3)."))
    if "came_next" in request.POST and my_contact(request, contact_id).state != Contact.State.DONE:
        return _not_yet(request, contact_id, str(ANOTHER_CONTACT), CHANGED)
    values = form.cleaned_data
    if values["subject"] is None and not values["text"].strip():
        return _finish(request, contact_id)
    if values["stamp"].startswith(WATER):
        return _water_told(request, contact_id, form)
    if values["subject"] is None:
        return _not_yet(request, contact_id, _("Choose an answer, or say that there is none (F3)."))
    if (done := settled_already(form, contact_id)) is not None:
        return after(request, contact_id, done.pk)
    answer = knowledge.current_answer(values["subject"].slug)
    if answer is None:
        return _not_yet(request, contact_id, _("No answer is written on this subject yet: open a request (F4)."))
    audience = values["audience"] or "resident"
    rendered = knowledge.render(answer, values["lang"] or "fr", audience=audience, address=values["address"])
    read = of_stamp(rendered, values["stamp"]) if values["stamp"] else rendered
    if read is None:
        notice = _("The answer changed while you were reading it. Read it again, then press F2.")
        return _not_yet(request, contact_id, notice, CHANGED)
    return _told(request, contact_id, form, _said(answer, read, values))


def _told(request: HttpRequest, contact_id: int, form: forms.AnsweredForm, said: GivenAnswer) -> HttpResponseBase:
    settled = settled_of(request, contact_id, form, nature=Nature.INFORMATION)
    try:
        matter = services.settle_answered(settled, said)
    except NotFound as refused:
        raise Http404 from refused
    except Conflict as refused:
        if my_contact(request, contact_id).state == Contact.State.DONE:
            return redirect(recent_url(contact_id))
        return _not_yet(request, contact_id, str(refused), refused.status)
    return after(request, contact_id, matter.pk)


def _water_told(request: HttpRequest, contact_id: int, form: forms.AnsweredForm) -> HttpResponseBase:
    """What stands about water to boil was read aloud: its words and its notices are recorded, as of now."""
    if (done := settled_already(form, contact_id)) is not None:
        return after(request, contact_id, done.pk)
    values = form.cleaned_data
    water = knowledge.water_answer(clean(values["lang"]))
    if values["stamp"] != water.stamp:
        notice = _("The notices changed while you were reading them. Read them again, then press F2.")
        return _not_yet(request, contact_id, notice, CHANGED)
    answer = knowledge.current_answer(values["subject"].slug) if values["subject"] else None
    inputs = {"text": values["text"]} | water.as_given
    return _told(request, contact_id, form, GivenAnswer(answer, water.words, water.lang, [], inputs, computed=True))


def _said(answer: Any, rendered: Rendered, values: dict[str, Any]) -> GivenAnswer:
    inputs = {"text": values["text"], "audience": values["audience"] or "resident"}
    address = values["address"] if knowledge.differs_by_area(answer.subject.slug) else None
    return GivenAnswer(
        answer=answer,
        words=rendered.short.plain,
        language=rendered.short.lang,
        facts=rendered.given_facts,
        inputs=inputs | ({"address": address.label, "address_id": address.pk} if address else {}),
    )


def _not_yet(request: HttpRequest, contact_id: int, notice: str, status: int = 422) -> HttpResponseBase:
    contact = my_contact(request, contact_id)
    asked = {name: request.POST.get(name, "") for name in ("text", "subject", "lang", "audience")}
    draft = Draft.of(contact, **asked, pane="read", **({"picked": "1"} if asked["subject"] else {}))
    return show(request, contact, draft, status=status, notice=notice)


def _finish(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    try:
        services.finish(contact_id=contact_id, by=agent_of(request))
    except NotFound as refused:
        raise Http404 from refused
    quiet_now(request)
    return redirect("/desk/?ended")


@requires(Action.TAKE_CONTACT, "POST")
def finish(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Ends the contact, whatever was settled in it."""
    return _finish(request, contact_id)


# --- A case -----------------------------------------------------------------------------------------------------


@requires(Action.TAKE_CONTACT, "POST")
def case(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Opens a case on what is asked; the contact stays open while its reference is read aloud."""
    form = forms.CaseForm(request.POST, prefix="case", asked=routable(request.POST.get("case-subject", "")))
    if not form.is_valid():
        return again(request, contact_id, form)
    values, agent = form.cleaned_data, agent_of(request)
    settled = MatterInput(contact_id=contact_id, key=values["key"], by=agent, words=values["words"])
    someone = newcomer(values) if values["who"] == forms.NEW else None
    known = values["person"] if values["who"] == forms.KNOWN else None
    if known and not agent.may(Action.READ_PERSON):
        raise Http404
    try:
        into = number(request.POST.get("case-into", ""))
        opened = services.open_request(settled, _wish(form, known), newcomer=someone, into=into)
    except Refused as refused:
        return again(request, contact_id, form, refused)
    # An address already: `redirect` would first look for a view of that name, in vain, for every request opened.
    return HttpResponseRedirect(f"{contact_url(contact_id)}?case={opened.case.pk}")


def _wish(form: forms.CaseForm, person: Person | None) -> NewCase:
    values = form.cleaned_data
    return NewCase(
        key=values["key"],
        subject=values["subject"],
        nature=values["nature"],
        channel="phone",
        language=values["language"] or "fr",
        audience=values["audience"],
        words=values["words"],
        details=form.details,
        address=values["address"],
        place_text=form.place_text,
        person=person,
        on_behalf_of=values["on_behalf_of"],
        urgent=values["urgent"],
        anonymous=values["who"] == forms.NOBODY,
    )


def newcomer(values: dict[str, Any], *, address: Address | None = None, address_text: str = "") -> Newcomer:
    """Someone written down as new. The place of a request is not where its person lives: it stays on the request."""
    return Newcomer(
        name=values["name"],
        phone=values["phone"],
        email=values["email"],
        language=values.get("language") or "fr",
        audience=values.get("audience") or "resident",
        address=address,
        address_text=address_text,
    )


# --- The other ends ---------------------------------------------------------------------------------------------


def _end(
    request: HttpRequest, contact_id: int, form: forms.KeyedForm, settle: Callable[[MatterInput, dict[str, Any]], Any]
) -> HttpResponseBase:
    if not form.is_valid():
        return again(request, contact_id, form)
    try:
        settle(settled_of(request, contact_id, form), form.cleaned_data)
    except Refused as refused:
        return again(request, contact_id, form, refused)
    matter = intake.matter_by_key(form.cleaned_data["key"])
    if matter is None or matter.by_id != agent_of(request).pk:
        raise Http404
    return after(request, contact_id, matter.pk)


@requires(Action.TAKE_CONTACT, "POST")
def transfer(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """The caller is put through to a department, to someone who is there; the case of this contact goes with them."""
    contact = my_contact(request, contact_id)

    def settle(matter_input: MatterInput, values: dict[str, Any]) -> Any:
        opened = {matter.case_id: matter.case for matter in contact.matters.all() if matter.case_id}
        receiver = values["receiver"]
        return services.settle_transfer(
            matter_input, department=values["department"], receiver=receiver, case=opened.get(values["case"])
        )

    return _end(request, contact_id, forms.TransferForm(request.POST, prefix="transfer"), settle)


@requires(Action.TAKE_CONTACT, "POST")
def callback(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """A call is promised."""

    def settle(matter_input: MatterInput, values: dict[str, Any]) -> Any:
        try:
            number = clean_phone(values["phone"])
        except Unreadable as error:
            raise Invalid(str(error), {"phone": str(error)}) from error
        return services.settle_callback(matter_input, phone=number, due_at=values["due_at"], reason=values["reason"])

    return _end(request, contact_id, forms.CallbackForm(request.POST, prefix="callback"), settle)


@requires(Action.TAKE_CONTACT, "POST")
def not_ours(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """It is somebody else's: the right door was given."""

    def settle(matter_input: MatterInput, values: dict[str, Any]) -> Any:
        return services.settle_not_ours(matter_input, external_body=values["door"])

    return _end(request, contact_id, forms.NotOursForm(request.POST, prefix="not_ours"), settle)


@requires(Action.TAKE_CONTACT, "POST")
def unanswered(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Nobody knew: the question goes to those who write the answers."""

    def settle(matter_input: MatterInput, values: dict[str, Any]) -> Any:
        return services.settle_unanswered(matter_input)

    return _end(request, contact_id, forms.UnansweredForm(request.POST, prefix="unanswered"), settle)
