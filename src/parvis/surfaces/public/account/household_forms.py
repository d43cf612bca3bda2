"""The forms of a household: opening it, adding someone, correcting a name, moving."""

from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from parvis.apps.places.models import Address
from parvis.apps.places.queries import addresses
from parvis.lib.words import number, one_line
from parvis.ui.forms import DayField, RefusableForm

NAME = {"required": _("Write the person’s name.")}
LONGEST = 160


class PlaceForm(RefusableForm):
    """An address: the one of the town that was chosen or written exactly, else the words as written."""

    place = forms.CharField(
        label=_("Your address"),
        max_length=200,
        help_text=_("The number and the street; with the town when it is another one."),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "data-combobox": reverse_lazy("public:request_places"),
                "data-combobox-value": "id_address",
            }
        ),
        error_messages={"required": _("Write your address.")},
    )
    address = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Adds `found`: the address of the town, or None."""
        data: dict[str, Any] = {**self.cleaned_data}
        typed = one_line(str(data.get("place") or ""))
        return {**data, "place": typed, "found": _found(typed, str(data.get("address") or ""))}


def _found(typed: str, chosen: str) -> Address | None:
    pk = number(chosen)
    address = addresses.by_id(pk) if pk is not None else None
    if address is not None and address.label == typed:
        return address
    return addresses.exact(typed) if typed else None


class OpenForm(PlaceForm):
    """Who opens a household: their name, their address."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=LONGEST,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=_("As on your papers: receipts are in this name."),
        error_messages={"required": _("Write your name.")},
    )
    phone = forms.CharField(
        label=_("Your telephone"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
        help_text=_("To call you when an activity is called off at the last minute."),
    )
    born = DayField(
        label=_("Your date of birth"),
        required=False,
        attrs={"autocomplete": "bday"},
        help_text=_("Only for an activity for adults that has an age."),
    )
    field_order = ("name", "place", "phone", "born")


class ChildForm(RefusableForm):
    """A child of the household."""

    name = forms.CharField(label=_("First and last name"), max_length=LONGEST, error_messages=NAME)
    born = DayField(label=_("Date of birth"), help_text=_("The age decides which groups are open to them."))


class AdultForm(RefusableForm):
    """Another adult of the household."""

    name = forms.CharField(label=_("First and last name"), max_length=LONGEST, error_messages=NAME)
    born = DayField(
        label=_("Date of birth"), required=False, help_text=_("Only for an activity for adults that has an age.")
    )
    may_pick_up = forms.BooleanField(label=_("May come for the children after an activity"), required=False)
    may_register = forms.BooleanField(label=_("Registers the household and pays, as you do"), required=False)
    email = forms.CharField(
        label=_("Their e-mail address"),
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=_("If they register as you do: we send them the link by which they join the household."),
    )


class MemberForm(RefusableForm):
    """The name and birth date of someone of the household."""

    name = forms.CharField(label=_("First and last name"), max_length=LONGEST, error_messages=NAME)
    born = DayField(label=_("Date of birth"), required=False)


class InviteForm(RefusableForm):
    """Where the link to join a household goes."""

    email = forms.CharField(
        label=_("Their e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Write their e-mail address.")},
    )
