"""Template context of the text messages of a contact: those sent and received, and the form of the next one."""

from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from parvis.apps.catalogue.models import Channel, Subject
from parvis.apps.content.queries import answers
from parvis.apps.intake.models import Contact, Matter, SentText
from parvis.apps.intake.queries import texts
from parvis.apps.intake.services.texts.sent import TextToSend
from parvis.apps.outbox.models import CALLED_OFF, PERHAPS_LEFT
from parvis.apps.residents.queries.people import number_of
from parvis.apps.telephony.models import NUMBER_REFUSES
from parvis.apps.telephony.queries import texts as carrier
from parvis.apps.telephony.queries.texts import enabled
from parvis.apps.telephony.services.texts.outgoing import LONGEST
from parvis.lib import quebec
from parvis.lib.words import number
from parvis.surfaces.desk.gate import readable_file
from parvis.ui.forms import RefusableForm

Kind = SentText.Kind


class TextForm(RefusableForm):
    """A text to send: to which number, and what. `what` is "<kind>" or "<kind>:<request id or subject>"."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    phone = forms.CharField(
        required=False, max_length=40, label=_("Mobile number"), widget=forms.TextInput(attrs={"type": "tel"})
    )
    what = forms.ChoiceField(label=_("What to send"), widget=forms.RadioSelect(attrs={"data-draft-skip": ""}))
    words = forms.CharField(
        required=False,
        max_length=LONGEST,
        label=_("Message"),
        help_text=_("480 characters at most."),
        widget=forms.Textarea(attrs={"rows": 3, "data-count": "text-count"}),
    )

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["what"].choices = choices  # type: ignore[attr-defined]
        self.fields["words"].widget.attrs["aria-describedby"] = "text-count"

    @property
    def text(self) -> TextToSend:
        """What the valid form asks to send."""
        kind, _colon, about = str(self.cleaned_data["what"]).partition(":")
        subject = Subject.objects.filter(slug=about, active=True).first() if kind == Kind.ANSWER else None
        return TextToSend(Kind(kind), number(about), subject, self.cleaned_data["words"])


def choices(contact: Contact, slug: str) -> list[tuple[str, str]]:
    """What may be sent from a contact: the links of its requests, that of the answer on the screen, words."""
    opened = [row.case for row in contact.matters.all() if row.case and row.outcome == Matter.Outcome.CASE]
    cases = {case.pk: case for case in reversed(opened)}
    card = answers.card(slug, contact.language) if slug and answers.current_answer(slug) else None
    result = [(f"{Kind.FOLLOW}:{pk}", gettext("Link of request %s") % case.reference) for pk, case in cases.items()]
    if card:
        result.append((f"{Kind.ANSWER}:{slug}", gettext("Link of the answer “%s”") % card.title))
    for pk, case in cases.items():
        result.append((f"{Kind.WORDS}:{pk}", gettext("Message about request %s") % case.reference))
    return [*result, (str(Kind.WORDS), gettext("Message"))]


def pane(contact: Contact, slug: str, form: TextForm | None) -> dict[str, Any]:
    """The form of a text, filled with the caller's number; `form` is a refused one, shown again."""
    offered = choices(contact, slug)
    if form is None:
        known = contact.phone or number_of(readable_file(contact.agent, contact.person))
        initial = {
            "key": f"{contact.sent_texts.count() + 1}",
            "phone": quebec.plain(quebec.phone(known)) if known else "",
            "what": offered[-1][0] if contact.channel == Channel.TEXT else offered[0][0],
        }
        form = TextForm(initial=initial, prefix="text", choices=offered)
    typed = str(form["phone"].value() or "")
    refusing = bool(carrier.refusing([contact.phone] if contact.phone else []))
    return {
        "form": form,
        "text_subject": slug,
        "longest": LONGEST,
        "number_refuses": refusing and bool(typed),
        "ready": bool(typed),
    }


def lines(contact: Contact) -> dict[str, Any]:
    """The texts of the contact, without words or numbers when the file may not be read, and whether one may change."""
    if not enabled():
        return {"texts_enabled": False}
    rows = texts.text_lines(contact)
    visible = contact.person is None or readable_file(contact.agent, contact.person) is not None
    return {
        "contact": contact,
        "texts_enabled": True,
        "texts": [shown(row, visible) for row in rows],
        "texts_renew": texts.text_news_expected(rows),
        "texts_due": any(row.sent and texts.is_about_to_leave(row.sent) for row in rows),
        "texts_visible": visible,
    }


def shown(row: texts.TextLine, visible: bool) -> dict[str, Any]:
    """One text for display: what it says or links to, its state in words and why, until when it may be taken back."""
    sent, words = row.sent, row.words if visible else gettext("sensitive file")
    if sent is None:
        return {"row": row, "what": words, "state": "", "why": "", "undo": None}
    what = words
    if sent.case and sent.kind == Kind.FOLLOW:
        what = gettext("Link of request %s") % sent.case.reference
    elif sent.subject and sent.kind == Kind.ANSWER:
        what = gettext("Link of the answer “%s”") % sent.subject.title
    text = sent.outgoing
    reasons = {
        CALLED_OFF: pgettext("message", "taken back"),
        NUMBER_REFUSES: gettext("this number refuses texts"),
        PERHAPS_LEFT: gettext("it is not known whether it left"),
    }
    why = (reasons.get(text.error) or carrier.reason(text)) if text.is_settled or text.held_for else ""
    state = text.state_label
    return {
        "row": row,
        "what": what,
        "state": state,
        "why": why,
        "undo": text.not_before if texts.may_take_back(sent) else None,
    }
