"""The forms of a subscription."""

from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from parvis.apps.catalogue.models import Group
from parvis.apps.newsletter.models import ContactPoint
from parvis.apps.newsletter.services.subscribing import Wanted
from parvis.apps.places.models import Address
from parvis.apps.places.queries import addresses
from parvis.surfaces.public.form_guard import HoneypotForm, email_field, phone_field

CHANNEL_FIELDS = (
    (ContactPoint.Channel.EMAIL, "email"),
    (ContactPoint.Channel.TEXT, "phone"),
    (ContactPoint.Channel.VOICE, "calls"),
)
CALLS_HELP = _("For alerts only, a landline too. A call asks you to press 1; press 9 during any call to stop them.")


def proof_field() -> forms.CharField:
    """The proof of work of a browser (`throttling.services.proves`), for a number that the town pays to reach."""
    return forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)


class ChoicesForm(HoneypotForm):
    """What someone wants to receive, and where they live. The news is chosen as a whole or by family of subjects."""

    news = forms.BooleanField(
        label=_("The newsletter"), required=False, help_text=_("By e-mail: what the town does and decides.")
    )
    groups = forms.ModelMultipleChoiceField(
        Group.objects.none(),
        label=_("Only these subjects"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing ticked: all of them."),
    )
    alerts = forms.BooleanField(
        label=_("Alerts and urgent notices"),
        required=False,
        help_text=_("Water, evacuation, parking on a night of snow: at the very moment."),
    )
    address = forms.CharField(
        label=_("My address"),
        required=False,
        max_length=200,
        help_text=_("Optional: to be told only of what touches your street. Without it, of the whole town."),
        widget=forms.TextInput(
            attrs={"autocomplete": "street-address", "data-combobox": reverse_lazy("public:request_places")}
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["groups"].queryset = Group.objects.all()  # type: ignore[attr-defined]
        self.place: Address | None = None

    def clean(self) -> dict[str, Any]:
        """Finds the address typed; an error when the town has none of that name. One that is unchanged is kept."""
        values = super().clean()
        typed = values.get("address")
        if typed and "address" in self.changed_data:
            self.place = addresses.exact(typed)
            if self.place is None:
                self.add_error("address", _("We do not know this address. Choose one proposed, or leave it empty."))
        return values

    @property
    def wanted(self) -> Wanted:
        """The valid choices, as the services take them. The places stay as they are when the field is unchanged."""
        values = self.cleaned_data
        kept = self.initial.get("address") and "address" not in self.changed_data
        return Wanted(
            news=values["news"] or bool(values["groups"]),
            alerts=values["alerts"],
            groups=[group.pk for group in values["groups"]],
            places=None if kept else [self.place] if self.place else [],
        )


class MeansForm(HoneypotForm):
    """Another address or number of the same person."""

    email = email_field()
    phone = phone_field(_("Phone, for texts"))
    calls = phone_field(_("Phone, for calls"))
    altcha = proof_field()

    def __init__(self, *args: Any, texts: bool = True, calls: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["calls"].help_text = CALLS_HELP
        if not texts:
            del self.fields["phone"]
        if not calls:
            del self.fields["calls"]

    @property
    def target(self) -> tuple[str, str, str]:
        """The channel, the address or the number, and the field where it was typed."""
        values = self.cleaned_data
        found = ((channel, values[name], name) for channel, name in CHANNEL_FIELDS if values.get(name))
        return next(found, (ContactPoint.Channel.TEXT, "", "phone"))


class SubscribeForm(ChoicesForm, MeansForm):
    """A new subscription: an e-mail address, a number for texts, one for calls, or several of them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "phone" in self.fields:
            self.fields["phone"].help_text = _("For alerts only. A text asks you to confirm; answer STOP at any time.")
        self.order_fields(["email", "phone", "calls"])

    def clean(self) -> dict[str, Any]:
        """Asks for an address or a number, and for something to receive there; texts and calls carry only alerts."""
        values = super().clean()
        if not values.get("email") and not values.get("phone") and not values.get("calls"):
            self.add_error("email", _("Write your e-mail address or a phone number."))
        if not (values.get("news") or values.get("groups") or values.get("alerts")):
            self.add_error("news", _("Tick what you want to receive: the newsletter, the alerts, or both."))
        elif values.get("phone") and not values.get("alerts"):
            self.add_error("alerts", _("Texts are only for alerts: tick them, or remove the phone number."))
        elif values.get("calls") and not values.get("alerts"):
            self.add_error("alerts", _("Calls are only for alerts: tick them, or remove the phone number."))
        return values


class LinkForm(HoneypotForm):
    """The e-mail address to which the link to one's choices is sent again."""

    email = email_field()

    def clean(self) -> dict[str, Any]:
        """The cleaned values; an error without an address."""
        values = super().clean()
        if not values.get("email"):
            self.add_error("email", _("Write your e-mail address."))
        return values
