"""Forms of outside servers and of what is sent to them."""

from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from parvis.apps.directory.models import Department
from parvis.apps.open311.models import OutsideServer
from parvis.apps.open311.rules.forwarding import LONGEST
from parvis.ui.forms import ByNameField, RefusableForm


class ServerForm(RefusableForm):
    """The server of an outside body."""

    name = forms.CharField(label=_("Name of the server"), max_length=120)
    body = ByNameField(
        Department.objects.none(),
        label=_("Outside body that it stands for"),
        error_messages={"required": _("Choose an outside body.")},
    )
    url = forms.URLField(
        label=_("Address of its discovery, or of its endpoint"),
        help_text=_("Such as https://311.example.ca/discovery.xml."),
        max_length=300,
        assume_scheme="https",
    )
    jurisdiction_id = forms.CharField(
        label=_("Jurisdiction, if it demands one"), help_text=_("Its jurisdiction_id."), max_length=120, required=False
    )
    key = forms.CharField(
        label=_("Its key"),
        help_text=_("Kept encrypted, and never shown again. Left empty: the present one stays."),
        max_length=300,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    sends_person = forms.BooleanField(
        label=_("It may be told who asks"),
        help_text=_("Name, e-mail and phone, only for a request whose citizen was told."),
        required=False,
    )
    when_closed = forms.ChoiceField(
        label=_("When they close a request"), choices=OutsideServer.WhenClosed.choices, widget=forms.RadioSelect
    )
    active = forms.BooleanField(label=pgettext_lazy("server", "In use"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bodies = Department.objects.filter(kind=Department.Kind.EXTERNAL, active=True)
        self.fields["body"].queryset = bodies  # type: ignore[attr-defined]


class ForwardForm(RefusableForm):
    """What is sent of a case."""

    expect = forms.IntegerField(required=False, widget=forms.HiddenInput)
    server = forms.IntegerField(widget=forms.HiddenInput)
    words = forms.CharField(
        label=_("What they read"),
        help_text=_("The citizen reads it too. Write no name, phone or e-mail. What else leaves is below."),
        max_length=LONGEST,
        error_messages={"required": _("Write a few words.")},
        widget=forms.Textarea(attrs={"rows": 5, "data-first": ""}),
    )
    share_person = forms.BooleanField(
        label=_("Send their name, e-mail and phone too: I told them, and they agree"), required=False
    )

    def __init__(self, *args: Any, sends_person: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not sends_person:
            del self.fields["share_person"]


def answers_of(text: str) -> dict[str, str]:
    """The answers always sent to the questions of a service, of lines CODE=value. Raises ValueError with the line."""
    answers: dict[str, str] = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        code, equals, value = line.partition("=")
        if not equals or not code.strip() or not value.strip():
            raise ValueError(gettext("Write CODE=value, one a line: %(line)s") % {"line": line[:60]})
        answers[code.strip()] = value.strip()
    return answers
