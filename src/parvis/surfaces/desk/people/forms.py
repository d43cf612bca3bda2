"""Forms of the files of people and organisations."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from parvis.apps.households.models import ResidenceProof
from parvis.apps.intake.models import Check
from parvis.apps.places.queries.addresses import by_id as address_by_id
from parvis.apps.residents.models import Asker, Membership, Organisation, Person, PersonAddress, Sensitivity
from parvis.apps.residents.queries.people import organisation as organisation_by_id
from parvis.lib import clock
from parvis.surfaces.desk.call.forms import RowField
from parvis.ui.forms import DayField, RefusableForm


class ReachForm(RefusableForm):
    """A person's preferred way of contact, language and postal address."""

    reach = forms.ChoiceField(label=_("How to reach them"), choices=Person.Reach, widget=forms.RadioSelect)
    language = forms.ChoiceField(
        label=pgettext_lazy("of a person", "Language"),
        choices=[("fr", _("French")), ("en", _("English"))],
        widget=forms.RadioSelect,
        required=False,
    )
    address = forms.CharField(
        label=_("Postal address"), required=False, max_length=200, help_text=_("A letter on paper wants one.")
    )


class AddressForm(RefusableForm):
    """A new address."""

    place = forms.CharField(label=_("Address"), required=False, max_length=200)
    address = RowField(address_by_id, required=False)
    role = forms.ChoiceField(label=_("What it is to them"), choices=PersonAddress.Role)
    since = DayField(required=False, label=_("Since"), help_text=_("If it is known."))
    main = forms.BooleanField(label=_("Write to them there"), required=False)


class MergeForm(RefusableForm):
    """Why two files are merged; the chosen values come beside it."""

    why = forms.CharField(
        label=_("How you know that they are one person"),
        max_length=300,
        help_text=_("Same date of birth, told by the person, same parcel of land."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Say how you know that they are one person: whoever doubts it later reads it.")},
    )


class UntilForm(RefusableForm):
    """The day from which something no longer holds."""

    until = DayField(required=False, label=_("Since which day"))
    row = 0  # the id of the address whose form was refused

    @staticmethod
    def today() -> "UntilForm":
        """An unbound form with today's date."""
        return UntilForm(initial={"until": clock.today()})


class MembershipForm(RefusableForm):
    """A membership in an organisation: the one chosen, else a new one of that name."""

    organisation = forms.CharField(label=_("Organisation"), required=False, max_length=160)
    known = RowField(organisation_by_id, required=False)
    role = forms.ChoiceField(label=_("Their role"), choices=Membership.Role)
    since = DayField(required=False, label=_("Since"), help_text=_("If it is known."))


class MandateForm(RefusableForm):
    """Someone who may act for the person."""

    name = forms.CharField(label=_("Who may act for them"), required=False, max_length=160)
    proof = forms.CharField(
        label=_("Proof seen"),
        required=False,
        max_length=200,
        help_text=_("Signed proxy, homologated mandate, judgment: what you saw, and its date."),
    )
    until = DayField(required=False, label=_("Good until"), help_text=_("Empty when it has no end."))


class FlagForm(RefusableForm):
    """Why a file is sensitive."""

    kind = forms.ChoiceField(label=_("What makes it sensitive"), choices=Sensitivity.Kind)
    why = forms.CharField(label=_("Why"), required=False, max_length=300)


class ReasonForm(RefusableForm):
    """The reason for opening a sensitive file."""

    reason = forms.CharField(
        label=_("Why do you open it?"),
        max_length=200,
        help_text=_("In a few words. The privacy officer reads it."),
        error_messages={"required": _("Write why: the file opens after.")},
    )


class OrganisationForm(RefusableForm):
    """The details of an organisation."""

    name = forms.CharField(label=_("Name"), required=False, max_length=160)
    kind = forms.ChoiceField(label=_("What it is"), choices=Organisation.Kind)
    phone = forms.CharField(label=_("Phone"), required=False, max_length=40)
    email = forms.CharField(label=_("E-mail"), required=False, max_length=254)
    place = forms.CharField(label=_("Address"), required=False, max_length=200)
    note = forms.CharField(label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class CheckForm(RefusableForm):
    """The identity check made before a disclosure."""

    key = forms.CharField(max_length=64)
    disclosure = forms.CharField(max_length=60)
    asker = forms.ChoiceField(choices=Asker)
    how = forms.ChoiceField(choices=Check.How)
    name = forms.CharField(required=False, max_length=160)


class ProofForm(RefusableForm):
    """A proof of residence that the counter saw."""

    kind = forms.ChoiceField(
        label=_("What you saw"),
        choices=[row for row in ResidenceProof.Kind.choices if row[0] != ResidenceProof.Kind.CLAIM],
    )
    expires_on = DayField(label=_("It no longer counts from"), help_text=_("Look, and keep no copy."))


class InvitationForm(RefusableForm):
    """Where the link goes by which an adult joins their household with an account."""

    email = forms.CharField(label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"}))


class ChildForm(RefusableForm):
    """A child of the household."""

    name = forms.CharField(label=_("First and last name"), max_length=160)
    born = DayField(label=_("Date of birth"))


class SecondHouseholdForm(RefusableForm):
    """A child, and a parent of the other household where the child also is."""

    child = forms.IntegerField(label=_("Which child"), widget=forms.Select)
    place = forms.CharField(label=_("The other parent"), required=False, max_length=160)
    other = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Reads a missing choice as none."""
        return {"child": 0, **self.cleaned_data, "other": self.cleaned_data.get("other") or 0}


class PayerForm(RefusableForm):
    """In whose name the receipts of a household are from now on."""

    adult = forms.IntegerField(widget=forms.HiddenInput)


class WithdrawForm(RefusableForm):
    """A proof of residence recorded by mistake."""

    proof = forms.IntegerField(widget=forms.HiddenInput)
