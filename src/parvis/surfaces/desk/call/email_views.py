"""Sends by e-mail the standard answer that is read to someone. Submitting twice sends once."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from parvis.apps.content.queries import answers
from parvis.apps.content.queries.answering import of_stamp
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.intake.models import Contact
from parvis.apps.intake.queries.inbox import DraftAnswer, draft_answer, mail_language
from parvis.apps.intake.services.mail import replies
from parvis.apps.intake.services.matters import GivenAnswer, MatterInput
from parvis.lib.errors import Conflict, Invalid, Refused
from parvis.surfaces.desk.call import forms
from parvis.surfaces.desk.call.draft import Draft
from parvis.surfaces.desk.call.views import contact_url, show
from parvis.surfaces.desk.gate import agent_of, my_contact, requires


@requires(Action.TAKE_CONTACT, "POST")
def email_answer(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Sends the answer on the screen, in the person's language, and records it as given; the contact goes on."""
    contact, form = my_contact(request, contact_id), forms.EmailedForm(request.POST)
    try:
        if not form.is_valid():
            raise Invalid(_("Choose the answer to send."))
        draft, given = _letter(contact, form, request)
        values = form.cleaned_data
        matter = MatterInput(contact_id, values["key"], agent_of(request), values["text"], values["subject"])
        reply = replies.email_answer(
            matter=matter,
            to=values["email"],
            subject=draft.answer.title if draft.answer else "",
            words=draft.words,
            language=draft.language,
            given=given,
        )
    except Refused as refusal:
        words = refusal.first_error if isinstance(refusal, Invalid | Conflict) else str(refusal)
        return _again(request, contact, words, refusal.status)
    return redirect(f"{contact_url(contact_id)}?done={reply.matter_id or 0}")


def _letter(contact: Contact, form: forms.EmailedForm, request: HttpRequest) -> tuple[DraftAnswer, GivenAnswer]:
    """The letter of the answer on the screen. Raises Invalid when it may not leave, Conflict when it changed."""
    values = form.cleaned_data
    subject = values["subject"]
    answer = answers.current_answer(subject.slug) if subject else None
    if answer is None:
        raise Invalid(_("Choose the answer to send."))
    contact.audience = values["audience"] or contact.audience
    address = values["address"]
    rendered = answers.render(answer, values["lang"] or "fr", audience=contact.audience, address=address)
    if of_stamp(rendered, values["stamp"]) is None:
        raise Conflict(_("The answer changed while you were reading it. Read it again, then send it."))
    language, _policy = mail_language(contact, wanted=values["lang"])
    draft = draft_answer(contact, values["text"], subject.slug, language, agent_of(request), address=address)
    if draft.answer is None or draft.held:
        raise Invalid(_("Not sent: a value is to be checked (%(what)s).") % {"what": draft.held})
    inputs = {"text": values["text"], "audience": contact.audience}
    return draft, GivenAnswer(answer, draft.words, draft.language, draft.answer.given_facts, inputs)


def _again(request: HttpRequest, contact: Contact, notice: str, status: int) -> HttpResponseBase:
    """The same screen, with the address as it was typed and the reason."""
    values = {name: request.POST.get(name, "") for name in ("text", "subject", "lang", "audience")}
    draft = Draft.of(contact, **values, pane="read", picked="1" if values["subject"] else "")
    fields = {**draft.fields, "email": request.POST.get("email", "")[:254]}
    return show(request, contact, draft.with_fields(fields), status=status, notice=notice)
