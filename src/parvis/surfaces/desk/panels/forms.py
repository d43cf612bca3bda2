"""Forms of a screen, of a message typed for the panels, of the decision on a body's request."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from parvis.apps.directory.models import User
from parvis.apps.panels.models import Item, Screen
from parvis.apps.panels.queries.playlists import playlist_names
from parvis.apps.panels.queries.screens import group_names
from parvis.apps.panels.rules.rotation import ALERT, ORDINARY, URGENT
from parvis.apps.panels.rules.text import MOST
from parvis.apps.panels.services.items import Slot, may_show_alerts
from parvis.apps.panels.services.screens import ScreenValues
from parvis.ui.forms import RefusableForm

KINDS = (
    (ORDINARY, _("In turn with the others")),
    (URGENT, _("Urgent: interrupts the ordinary messages")),
    (ALERT, _("Alert: takes the whole screen")),
)


def _time(label: Any, hint: Any = "") -> forms.TimeField:
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, required=False, help_text=hint, widget=widget)


def _groups(required: bool = False) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=pgettext_lazy("panels", "Groups of screens"),
        required=required,
        help_text=_("None ticked: every screen."),
        choices=lambda: [(name, name) for name in group_names()],
        widget=forms.CheckboxSelectMultiple,
    )


DAYS = (
    (1, _("Monday")),
    (2, _("Tuesday")),
    (3, _("Wednesday")),
    (4, _("Thursday")),
    (5, _("Friday")),
    (6, _("Saturday")),
    (7, _("Sunday")),
)


def _playlist(label: Any, empty: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        required=False,
        coerce=int,
        empty_value=None,
        choices=lambda: [("", empty), *playlist_names()],
    )


def message_field(label: Any) -> forms.CharField:
    """The words of a panel; the service counts them, and the page as they are typed."""
    widget = forms.Textarea(attrs={"rows": 2, "data-panel-most": str(MOST)})
    hint = _("90 characters at most. The first line, or the first sentence, is in large.")
    return forms.CharField(label=label, max_length=300, help_text=hint, widget=widget)


class ScreenForm(RefusableForm):
    """A screen of the town."""

    name = forms.CharField(label=_("Name"), max_length=80)
    place = forms.CharField(label=pgettext_lazy("device", "Where it stands"), max_length=160, required=False)
    kind = forms.ChoiceField(
        label=_("What it is"), choices=Screen.Kind, widget=forms.RadioSelect, initial=Screen.Kind.PAGE
    )
    width = forms.IntegerField(label=_("Width, in pixels"), initial=1920)
    height = forms.IntegerField(label=_("Height, in pixels"), initial=1080)
    groups = forms.CharField(
        label=pgettext_lazy("panels", "Groups, separated by commas"), max_length=300, required=False
    )
    playlist_id = _playlist(pgettext_lazy("panel", "Playlist"), pgettext_lazy("panel", "None: the common ones alone"))
    on_at = _time(_("On from"), _("Empty: always on."))
    off_at = _time(_("Off from"))
    night_from = _time(_("Night colours from"), _("Empty: from 18:00 to 7:00."))
    night_to = _time(_("Day colours from"))
    sign_host = forms.CharField(label=_("Address of the sign on the network"), max_length=120, required=False)
    sign_port = forms.IntegerField(label=_("SNMP port"), initial=161, min_value=1, max_value=65535, required=False)
    sign_community = forms.CharField(
        label=_("SNMP community"),
        max_length=80,
        required=False,
        help_text=_("Never shown again; left empty, it stays."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not playlist_names():
            del self.fields["playlist_id"]

    def values(self) -> ScreenValues:
        """The valid values, as the service takes them."""
        data = dict(self.cleaned_data)
        data["groups"] = tuple(group for group in data["groups"].split(",") if group.strip())
        data["sign_port"] = data["sign_port"] or 161
        return ScreenValues(**data)


def initial_of(screen: Screen) -> dict[str, Any]:
    """The initial values of the form of an existing screen."""
    names = ("name", "place", "kind", "width", "height", "playlist_id", "on_at", "off_at", "night_from", "night_to")
    values = {name: getattr(screen, name) for name in (*names, "sign_host", "sign_port")}
    return values | {"groups": ", ".join(screen.groups)}


class MessageForm(RefusableForm):
    """A message for the panels alone."""

    key = forms.CharField(max_length=40, widget=forms.HiddenInput)
    text_fr = message_field(_("Message, in French"))
    priority = forms.TypedChoiceField(
        label=_("How it is shown"), choices=KINDS, coerce=int, initial=ORDINARY, widget=forms.RadioSelect
    )
    expires_at = forms.DateTimeField(
        label=_("Until"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    groups = _groups()

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not group_names():
            del self.fields["groups"]
        if not may_show_alerts(by):
            priority = self.fields["priority"]
            assert isinstance(priority, forms.TypedChoiceField)
            priority.choices = [(value, words) for value, words in KINDS if value < ALERT]
            priority.help_text = _("An alert that takes the whole screen is a message of the communications.")


class PlaylistForm(RefusableForm):
    """The name of a playlist."""

    name = forms.CharField(label=_("Name of the playlist"), max_length=80)


class PlaylistItemForm(RefusableForm):
    """A message of a playlist, with its hours and its days."""

    key = forms.CharField(max_length=40, widget=forms.HiddenInput)
    text_fr = message_field(_("Message, in French"))
    expires_at = forms.DateTimeField(
        label=_("Until"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    from_hour = _time(pgettext_lazy("panel", "Each day from"), _("Empty: the whole day."))
    to_hour = _time(pgettext_lazy("panel", "Each day until"))
    days = forms.TypedMultipleChoiceField(
        label=_("Days of the week"),
        required=False,
        coerce=int,
        choices=DAYS,
        help_text=_("None ticked: every day."),
        widget=forms.CheckboxSelectMultiple,
    )

    def slot(self, playlist_id: int) -> Slot:
        """Its valid place in a playlist."""
        data = self.cleaned_data
        return Slot(playlist_id, data["from_hour"], data["to_hour"], tuple(data["days"]))


def initial_of_item(item: Item, key: str) -> dict[str, Any]:
    """The initial values of the form of a message of a playlist."""
    names = ("text_fr", "expires_at", "from_hour", "to_hour", "days")
    return {name: getattr(item, name) for name in names} | {"key": key}


class DecisionForm(RefusableForm):
    """Approves a body's message, perhaps mended, or refuses it."""

    text_fr = message_field(_("Message, as it will be shown"))
    playlist = _playlist(
        pgettext_lazy("panel", "Playlist"), pgettext_lazy("panel", "None: in turn on the screens of the groups")
    )
    groups = _groups()
    words = forms.CharField(
        label=_("Words to the body"),
        required=False,
        max_length=2000,
        help_text=_("Sent by e-mail with the decision. Needed to refuse."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    sure = forms.BooleanField(
        label=_("I read the message as it will be shown, and my decision is told to the body at once"),
        error_messages={"required": _("Tick this box: the letter cannot be called back.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not group_names():
            del self.fields["groups"]
        if not playlist_names():
            del self.fields["playlist"]
