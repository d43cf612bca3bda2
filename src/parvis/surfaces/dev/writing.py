"""Writes to the town in the demonstration, as a citizen's mail program would: no server is needed."""

from email.message import EmailMessage
from email.utils import format_datetime, formataddr, make_msgid

from django import forms
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parvis.apps.directory.queries import town
from parvis.apps.mail.models import Outgoing
from parvis.apps.mail.queries import replies_to
from parvis.apps.mail.services import incoming
from parvis.lib.clock import now
from parvis.lib.errors import Invalid
from parvis.ui.messages import done


class LetterForm(forms.Form):
    """A message to the town."""

    name = forms.CharField(label=gettext_lazy("Your name"), max_length=80, required=False)
    sender = forms.CharField(label=gettext_lazy("Your address"), max_length=200, validators=[validate_email])
    to = forms.CharField(label=gettext_lazy("To"), max_length=300, validators=[validate_email])
    subject = forms.CharField(label=gettext_lazy("Subject line"), max_length=300, required=False)
    words = forms.CharField(label=gettext_lazy("Message"), widget=forms.Textarea(attrs={"rows": 10}), max_length=20_000)
    file = forms.FileField(label=gettext_lazy("File"), required=False)
    answers = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)


def write(request: HttpRequest) -> HttpResponseBase:
    """The form, and the message sent; `?answers=` is the id of a letter of the mailbox to reply to."""
    form = LetterForm(request.POST or None, request.FILES or None, initial=_initial(request.GET.get("answers", "")))
    if request.method == "POST" and form.is_valid():
        try:
            incoming.store_message(_message(form.cleaned_data).as_bytes())
        except Invalid as refusal:
            form.add_error(None, str(refusal))
        else:
            done(request, _("Sent. The town reads it in a moment, under Inbox."))
            return redirect("dev:mailbox")
    status = 422 if request.method == "POST" else 200
    return render(request, "dev/mail/write.html", {"form": form, "section": "mail"}, status=status)


def _initial(answers: str) -> dict[str, str]:
    letter = Outgoing.objects.filter(pk=answers).first() if answers.isdecimal() else None
    place = town()
    if letter is None:
        return {"to": place.email}
    quoted = "\n".join(f"> {line}" for line in letter.text.splitlines())
    return {
        "sender": letter.to,
        "to": replies_to(letter),
        "subject": f"Re: {letter.subject}",
        "words": f"\n\nLe {letter.queued_at:%Y-%m-%d}, {place.name} <{place.email}> a écrit :\n{quoted}",
        "answers": letter.message_id,
    }


def _message(values: dict[str, object]) -> EmailMessage:
    message = EmailMessage()
    name, sender = str(values["name"]), str(values["sender"])
    message["From"] = formataddr((name, sender))
    message["To"], message["Subject"] = str(values["to"]), " ".join(str(values["subject"]).split())
    message["Date"], message["Message-ID"] = format_datetime(now()), make_msgid(domain="exemple.ca")
    if values["answers"]:
        message["In-Reply-To"] = message["References"] = str(values["answers"])
    message.set_content(str(values["words"]).replace("\r\n", "\n"))
    if upload := values["file"]:
        message.add_attachment(
            upload.read(),  # type: ignore[attr-defined]
            maintype="application",
            subtype="octet-stream",
            filename=str(upload.name),  # type: ignore[attr-defined]
        )
    return message
