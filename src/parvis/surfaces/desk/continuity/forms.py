"""The form of a call taken offline, as the browser submits it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from parvis.apps.cases.queries.request_place import Place
from parvis.apps.catalogue.models import Channel, Nature
from parvis.apps.catalogue.queries.subjects import general, routable
from parvis.apps.intake.services.requests import NewRequest
from parvis.apps.places.queries.addresses import exact
from parvis.apps.residents.services.people import Newcomer

CHANNELS = (Channel.PHONE, Channel.COUNTER)


class LateForm(forms.Form):
    """One call, with the reference given to the caller; `ask-<key>` are the answers to the subject's questions."""

    reference = forms.CharField(max_length=60)
    taken_at = forms.DateTimeField(error_messages={"invalid": _("Say when the call was taken.")})
    seconds = forms.IntegerField(min_value=0, required=False)
    channel = forms.ChoiceField(choices=[(channel.value, channel.label) for channel in CHANNELS])
    nature = forms.ChoiceField(choices=Nature, required=False)
    subject = forms.CharField(max_length=60, required=False)
    words = forms.CharField(max_length=20_000, error_messages={"required": _("Write what the person says.")})
    place = forms.CharField(max_length=200, required=False)
    name = forms.CharField(max_length=160, required=False)
    phone = forms.CharField(max_length=40, required=False)
    email = forms.CharField(max_length=254, required=False)
    language = forms.ChoiceField(choices=[("fr", "fr"), ("en", "en")])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        slug = values.get("subject", "")
        values["subject"] = routable(slug) if slug else general()
        if values["subject"] is None:
            self.add_error("subject", _("Choose a subject."))
        return values

    @property
    def call(self) -> NewRequest:
        """The call, for the service. The form is valid."""
        values = self.cleaned_data
        identified = bool(values["name"] or values["phone"] or values["email"])
        person = {name: values[name] for name in ("name", "phone", "email", "language")}
        return NewRequest(
            key="",
            subject=values["subject"],
            channel=values["channel"],
            nature=values["nature"],
            words=values["words"],
            details={name.removeprefix("ask-"): str(self.data[name]) for name in self.data if name.startswith("ask-")},
            place=Place(exact(values["place"]) if values["place"] else None, values["place"]),
            language=values["language"],
            newcomer=Newcomer(**person) if identified else None,
            reference=values["reference"],
            at=values["taken_at"],
            seconds=values["seconds"],
        )
