"""The outcomes of a matter, a URL for each. Submitting twice settles once."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from parvis.apps.cases.queries.request_place import Place
from parvis.apps.catalogue.models import Nature
from parvis.apps.catalogue.queries.subjects import routable
from parvis.apps.content.queries.answering import of_stamp
from parvis.apps.content.queries.answers import current_answer, differs_by_area, render
from parvis.apps.content.queries.rendering import Rendered
from parvis.apps.content.queries.water import WATER, water_answer
from parvis.apps.directory.models import Actor
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.intake.models import Contact, Matter
from parvis.apps.intake.queries.contacts import matter_by_key
from parvis.apps.intake.services import contacts, matters, requests
from parvis.apps.intake.services.matters import GivenAnswer, MatterInput
from parvis.apps.intake.services.requests import NewRequest
from parvis.apps.places.models import Address
from parvis.apps.residents.services.people import Newcomer
from parvis.lib.errors import Conflict, NotFound, Refused
from parvis.lib.i18n.languages import clean
from parvis.lib.words import number
from parvis.surfaces.desk.call import forms
from parvis.surfaces.desk.call.draft import Draft, key_of
from parvis.surfaces.desk.call.views import (
    ANOTHER_CONTACT,
    contact_url,
    free_agent,
    phone_or_invalid,
    recent_url,
    show,
)
from parvis.surfaces.desk.gate import agent_of, my_contact, requires

CHANGED = 409


def matter_input_of(request: HttpRequest, contact_id: int, form: forms.KeyedForm, **overrides: Any) -> MatterInput:
    """The input of the settling services, from a valid form."""
    values = form.cleaned_data
    typed = {"subject": values.get("subject"), "words": values.get("text", ""), "note": values.get("note", "")}
    finish = "more" not in request.POST
    return MatterInput(
        contact_id=contact_id, key=values["key"], by=agent_of(request), finish=finish, **typed | overrides
    )


def settled_already(form: forms.KeyedForm, contact_id: int) -> Matter | None:
    """The matter that an earlier submission of the form settled as answered in this contact."""
    matter = matter_by_key(form.cleaned_data["key"])
    same = matter and (matter.contact_id, matter.outcome) == (contact_id, Matter.Outcome.ANSWERED)
    return matter if same else None


def after(request: HttpRequest, contact_id: int, matter_id: int) -> HttpResponseBase:
    """The next page after an outcome: the same contact for another matter (`more`), else the home page."""
    if "more" in request.POST:
        return redirect(f"{contact_url(contact_id)}?done={matter_id}")
    free_agent(request)
    return redirect(f"/desk/?done={matter_id}")


def again(
    request: HttpRequest, contact_id: int, form: forms.KeyedForm, refusal: Refused | None = None
) -> HttpResponseBase:
    """The screen again, with the errors beside the fields; Http404 when the service raised NotFound."""
    if isinstance(refusal, NotFound):
        raise Http404 from refusal
    contact = my_contact(request, contact_id)
    if refusal is not None:
        form.refuse(refusal.fields, refusal.message)
    if isinstance(refusal, Conflict):
        form.rename(key_of(contact, str(form.prefix)))
    if contact.state == Contact.State.DONE:
        return redirect(recent_url(contact.pk))
    draft = Draft.of(contact, text=request.POST.get(f"{form.prefix}-text", ""))
    return show(request, contact, draft, form=form, status=422)


# --- Answered ---------------------------------------------------------------------------------------------------


@requires(Action.TAKE_CONTACT, "POST")
def answered(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Records the answer on the screen as read aloud. Without subject and words, just ends the contact."""
    form = forms.AnsweredForm(request.POST)
    if not form.is_valid():
        return _retry(request, contact_id, _("Choose an answer, or say that there is none (F3)."))
    if "came_next" in request.POST and my_contact(request, contact_id).state != Contact.State.DONE:
        return _retry(request, contact_id, str(ANOTHER_CONTACT), CHANGED)
    values = form.cleaned_data
    if values["subject"] is None and not values["text"].strip():
        return _finish(request, contact_id)
    if values["stamp"].startswith(WATER):
        return _water_answered(request, contact_id, form)
    if values["subject"] is None:
        return _retry(request, contact_id, _("Choose an answer, or say that there is none (F3)."))
    if (done := settled_already(form, contact_id)) is not None:
        return after(request, contact_id, done.pk)
    answer = current_answer(values["subject"].slug)
    if answer is None:
        return _retry(request, contact_id, _("No answer is written on this subject yet: open a request (F4)."))
    audience = values["audience"] or "resident"
    rendered = render(answer, values["lang"] or "fr", audience=audience, address=values["address"])
    shown = of_stamp(rendered, values["stamp"]) if values["stamp"] else rendered
    if shown is None:
        notice = _("The answer changed while you were reading it. Read it again, then press F2.")
        return _retry(request, contact_id, notice, CHANGED)
    retry = partial(_retry, request, contact_id)
    given = _given(answer, shown, values)
    return record_answers(request, contact_id, form, [given], retry, nature=Nature.INFORMATION)


def record_answers(
    request: HttpRequest,
    contact_id: int,
    form: forms.KeyedForm,
    answers: list[GivenAnswer],
    retry: Callable[[str, int], HttpResponseBase],
    **overrides: Any,
) -> HttpResponseBase:
    """Settles a matter as answered; `retry` shows the screen again with a notice and a status."""
    try:
        matter = matters.settle_answered(matter_input_of(request, contact_id, form, **overrides), *answers)
    except NotFound:
        raise
    except Refused as refusal:
        if my_contact(request, contact_id).state == Contact.State.DONE:
            return redirect(recent_url(contact_id))
        return retry(str(refusal), refusal.status)
    return after(request, contact_id, matter.pk)


def _water_answered(request: HttpRequest, contact_id: int, form: forms.AnsweredForm) -> HttpResponseBase:
    """Records the current boil-water notices as read aloud, with their words."""
    if (done := settled_already(form, contact_id)) is not None:
        return after(request, contact_id, done.pk)
    values = form.cleaned_data
    water = water_answer(clean(values["lang"]))
    if values["stamp"] != water.stamp:
        notice = _("The notices changed while you were reading them. Read them again, then press F2.")
        return _retry(request, contact_id, notice, CHANGED)
    answer = current_answer(values["subject"].slug) if values["subject"] else None
    inputs = {"text": values["text"]} | water.as_given
    given = GivenAnswer(answer, water.words, water.lang, [], inputs, computed=True)
    retry = partial(_retry, request, contact_id)
    return record_answers(request, contact_id, form, [given], retry, nature=Nature.INFORMATION)


def _given(answer: Any, rendered: Rendered, values: dict[str, Any]) -> GivenAnswer:
    inputs = {"text": values["text"], "audience": values["audience"] or "resident"}
    address = values["address"] if differs_by_area(answer.subject.slug) else None
    return GivenAnswer(
        answer=answer,
        words=rendered.short.plain,
        language=rendered.short.lang,
        facts=rendered.given_facts,
        inputs=inputs | ({"address": address.label, "address_id": address.pk} if address else {}),
    )


def _retry(request: HttpRequest, contact_id: int, notice: str, status: int = 422) -> HttpResponseBase:
    contact = my_contact(request, contact_id)
    values = {name: request.POST.get(name, "") for name in ("text", "subject", "lang", "audience")}
    draft = Draft.of(contact, **values, pane="read", picked="1" if values["subject"] else "")
    return show(request, contact, draft, status=status, notice=notice)


def _finish(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    contacts.finish(contact_id=contact_id, by=agent_of(request))
    free_agent(request)
    return redirect("/desk/?ended")


@requires(Action.TAKE_CONTACT, "POST")
def finish(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Ends the contact."""
    return _finish(request, contact_id)


# --- A case -----------------------------------------------------------------------------------------------------


@requires(Action.TAKE_CONTACT, "POST")
def case(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Opens a case; the contact stays open while the reference is read aloud."""
    form = forms.CaseForm(request.POST, prefix="case", asked=routable(request.POST.get("case-subject", "")))
    if not form.is_valid():
        return again(request, contact_id, form)
    values, agent = form.cleaned_data, agent_of(request)
    known = values["person"] if values["who"] == forms.KNOWN else None
    if known and not agent.may(Action.READ_PERSON):
        raise Http404
    new_request = NewRequest(
        key=values["key"],
        subject=values["subject"],
        nature=values["nature"],
        words=values["words"],
        details=form.details,
        place=Place(values["address"], form.place_text),
        language=values["language"] or "fr",
        audience=values["audience"],
        urgent=values["urgent"],
        by=Actor.staff(agent),
        contact_id=contact_id,
        person=known,
        newcomer=newcomer(values) if values["who"] == forms.NEW else None,
        anonymous=values["who"] == forms.NOBODY,
        on_behalf_of=values["on_behalf_of"],
        into=number(request.POST.get("case-into", "")),
    )
    try:
        opened = requests.open_request(new_request)
    except Refused as refusal:
        return again(request, contact_id, form, refusal)
    # `redirect` would first try to reverse the URL as a view name.
    return HttpResponseRedirect(f"{contact_url(contact_id)}?case={opened.case.pk}")


def newcomer(values: dict[str, Any], *, address: Address | None = None, address_text: str = "") -> Newcomer:
    """A new person. The place of a case is not copied to its person: they may not live there."""
    return Newcomer(
        name=values["name"],
        phone=values["phone"],
        email=values["email"],
        language=values.get("language") or "fr",
        audience=values.get("audience") or "resident",
        address=address,
        address_text=address_text,
    )


# --- Other outcomes ---------------------------------------------------------------------------------------------


def _settle(
    request: HttpRequest, contact_id: int, form: forms.KeyedForm, settle: Callable[[MatterInput, dict[str, Any]], Any]
) -> HttpResponseBase:
    if not form.is_valid():
        return again(request, contact_id, form)
    try:
        settle(matter_input_of(request, contact_id, form), form.cleaned_data)
    except Refused as refusal:
        return again(request, contact_id, form, refusal)
    matter = matter_by_key(form.cleaned_data["key"])
    if matter is None or matter.by_id != agent_of(request).pk:
        raise Http404
    return after(request, contact_id, matter.pk)


@requires(Action.TAKE_CONTACT, "POST")
def transfer(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Transfers the caller to a department, or to someone in it, with a case of this contact if any."""
    contact = my_contact(request, contact_id)

    def settle(matter_input: MatterInput, values: dict[str, Any]) -> Any:
        opened = {matter.case_id: matter.case for matter in contact.matters.all() if matter.case_id}
        receiver = values["receiver"]
        return matters.settle_transfer(
            matter_input, department=values["department"], receiver=receiver, case=opened.get(values["case"])
        )

    return _settle(request, contact_id, forms.TransferForm(request.POST, prefix="transfer"), settle)


@requires(Action.TAKE_CONTACT, "POST")
def callback(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Promises a callback."""

    def settle(matter_input: MatterInput, values: dict[str, Any]) -> Any:
        phone = phone_or_invalid(values["phone"])
        return matters.settle_callback(matter_input, phone=phone, due_at=values["due_at"], reason=values["reason"])

    return _settle(request, contact_id, forms.CallbackForm(request.POST, prefix="callback"), settle)


@requires(Action.TAKE_CONTACT, "POST")
def not_ours(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """The matter belongs to an external body, whose contact details were given."""

    def settle(matter_input: MatterInput, values: dict[str, Any]) -> Any:
        return matters.settle_not_ours(matter_input, external_body=values["door"])

    return _settle(request, contact_id, forms.NotOursForm(request.POST, prefix="not_ours"), settle)


@requires(Action.TAKE_CONTACT, "POST")
def unanswered(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """The question has no answer: it is sent to the editors."""
    form = forms.UnansweredForm(request.POST, prefix="unanswered")
    return _settle(request, contact_id, form, lambda matter_input, _values: matters.settle_unanswered(matter_input))
