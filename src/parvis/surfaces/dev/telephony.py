"""The demonstration's texts and calls: those that would have left, and a phone that writes back."""

from uuid import uuid4

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parvis.apps.residents.queries.contact_details import Unreadable, clean_phone
from parvis.apps.telephony.queries import calls as call_queries
from parvis.apps.telephony.queries import texts as text_queries
from parvis.apps.telephony.services.texts import incoming
from parvis.lib.errors import Invalid
from parvis.ui.messages import done


class TextForm(forms.Form):
    """A text to the town."""

    sender = forms.CharField(label=gettext_lazy("Your number"), max_length=40)
    words = forms.CharField(label=gettext_lazy("Message"), widget=forms.Textarea(attrs={"rows": 3}), max_length=1600)

    def clean_sender(self) -> str:
        """The number in E.164."""
        try:
            return clean_phone(str(self.cleaned_data["sender"]))
        except Unreadable as error:
            raise forms.ValidationError(str(error)) from error


def texts(request: HttpRequest) -> HttpResponse:
    """The latest texts, newest first."""
    return render(request, "dev/texts/list.html", {"texts": text_queries.latest(), "section": "mail"})


def write(request: HttpRequest) -> HttpResponseBase:
    """The form, and the text sent to the town; `?from=` is the number that writes."""
    form = TextForm(request.POST or None, initial={"sender": request.GET.get("from", "")[:40]})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            incoming.store(provider_id=f"demo-{uuid4().hex}", sender=values["sender"], body=values["words"])
        except Invalid as refusal:
            form.add_error(None, str(refusal))
        else:
            done(request, _("Sent. The town reads it in a moment."))
            return redirect("dev:texts")
    status = 422 if request.method == "POST" else 200
    return render(request, "dev/texts/write.html", {"form": form, "section": "mail"}, status=status)


def calls(request: HttpRequest) -> HttpResponse:
    """The latest calls, newest first."""
    return render(request, "dev/calls/list.html", {"calls": call_queries.latest(), "section": "mail"})
