"""The forms of an issue, and of a subscriber enrolled by an agent."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from parvis.apps.catalogue.models import Group
from parvis.apps.newsletter.models import Consent, ContactPoint, Issue
from parvis.apps.newsletter.rules.blocks import Block, blocks_of
from parvis.apps.newsletter.services.issues import Words
from parvis.apps.newsletter.services.subscribing import Origin, Wanted
from parvis.apps.places.models import Address, Sector
from parvis.apps.places.queries import addresses
from parvis.surfaces.desk.second_person import ApproveForm
from parvis.ui.forms import RefusableForm

SPARE = 2  # empty news offered beside those that are written
PARTS = (("title", 160, 0), ("text", 4000, 3))


def _line(label: Any, limit: int, *, rows: int = 0, hint: Any = "", required: bool = False) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput
    return forms.CharField(label=label, max_length=limit, widget=widget, help_text=hint, required=required)


class IssueForm(RefusableForm):
    """The words of an issue, and to whom it goes; its news as fields `title_fr_1`, `text_fr_1` and so on."""

    key = forms.CharField(max_length=40, widget=forms.HiddenInput)
    seen = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)
    title_fr = _line(_("Title, in French"), 160, hint=_("It is also the subject of the letter."))
    title_en = _line(_("Title, in English"), 160)
    intro_fr = _line(_("What comes first, in French"), 8000, rows=5)
    intro_en = _line(_("What comes first, in English"), 8000, rows=5)
    url = _line(_("Page behind the button"), 500, hint=_("Empty: no button."))
    groups = forms.ModelMultipleChoiceField(
        Group.objects.none(),
        label=_("About these subjects only"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing ticked: to all who asked for the newsletter."),
    )
    sectors = forms.ModelMultipleChoiceField(
        Sector.objects.none(),
        label=_("In these sectors only"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing ticked: the whole town."),
    )
    sender = _line(pgettext_lazy("newsletter", "Sender"), 160)
    postal_address = _line(_("Postal address"), 300, hint=_("The law asks for it at the foot of each letter."))

    def __init__(self, *args: Any, blocks: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["groups"].queryset = Group.objects.all()  # type: ignore[attr-defined]
        self.fields["sectors"].queryset = Sector.objects.order_by("kind", "slug")  # type: ignore[attr-defined]
        sent = [name for name in self.data if name.startswith("title_fr_") and name[9:].isdigit()]
        self.ranks = range(1, min(20, max(blocks + SPARE, len(sent))) + 1)
        labels = {
            "title_fr": _("Title, in French"),
            "text_fr": _("Text, in French"),
            "title_en": _("Title, in English"),
            "text_en": _("Text, in English"),
        }
        for rank in self.ranks:
            for part, limit, rows in PARTS:
                for code in ("fr", "en"):
                    name = f"{part}_{code}"
                    self.fields[f"{name}_{rank}"] = _line(labels[name], limit, rows=rows)
            self.fields[f"url_{rank}"] = _line(pgettext_lazy("newsletter", "Link"), 500)

    @property
    def news(self) -> list[dict[str, Any]]:
        """The fields of each news, for the template."""
        names = ("title_fr", "title_en", "text_fr", "text_en", "url")
        return [{"rank": rank} | {name: self[f"{name}_{rank}"] for name in names} for rank in self.ranks]

    @property
    def words(self) -> Words:
        """The valid values, as the service takes them."""
        data = self.cleaned_data
        names = ("title_fr", "title_en", "text_fr", "text_en", "url")
        rows = [{name: data[f"{name}_{rank}"] for name in names} for rank in self.ranks]
        plain = ("title_fr", "title_en", "intro_fr", "intro_en", "url", "sender", "postal_address")
        return Words(
            **{name: data[name] for name in plain},
            blocks=blocks_of(rows),
            groups=[group.pk for group in data["groups"]],
            sectors=[sector.pk for sector in data["sectors"]],
        )


def initial_of(issue: Issue) -> dict[str, Any]:
    """The values of the form of an issue."""
    names = ("title_fr", "title_en", "intro_fr", "intro_en", "url", "sectors", "sender", "postal_address")
    values = {name: getattr(issue, name) for name in names}
    values |= {"key": issue.key, "seen": issue.changed_at.isoformat()}
    values["groups"] = list(issue.groups.values_list("pk", flat=True))
    return values | blocks_initial(blocks_of(issue.blocks))


def blocks_initial(blocks: Iterable[Block]) -> dict[str, Any]:
    """The values of the fields of these news."""
    return {
        f"{name}_{rank}": value for rank, block in enumerate(blocks, start=1) for name, value in block.plain.items()
    }


class ScheduleForm(RefusableForm):
    """When an issue leaves, by the clock of the town."""

    send_at = forms.DateTimeField(
        label=_("Leaves on"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"required": _("Choose a day and an hour.")},
    )


class AskForm(ScheduleForm):
    """When the issue leaves once a second person has approved it: at once when the moment is left empty."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["send_at"].required = False
        self.fields["send_at"].help_text = _("Empty: as soon as it is approved.")


class IssueApproveForm(ApproveForm):
    """The same for an issue, whose journal holds shorter words."""

    note = _line(_("A word for the author"), 300)


class EnrolForm(RefusableForm):
    """A subscriber enrolled by an agent, who reads the words of the consent aloud."""

    channel = forms.ChoiceField(label=_("By which way"), choices=ContactPoint.Channel, widget=forms.RadioSelect)
    target = _line(_("E-mail address or phone number"), 254, required=True)
    language = forms.ChoiceField(label=_("Language"), choices=[("fr", "Français"), ("en", "English")])
    news = forms.BooleanField(label=_("The newsletter"), required=False)
    alerts = forms.BooleanField(label=_("Alerts and urgent notices"), required=False)
    address = _line(_("Address that they want to hear about"), 200, hint=_("Empty: the whole town."))
    via = forms.ChoiceField(
        label=_("The person is"),
        choices=[("counter", _("at the counter")), ("phone", _("on the phone"))],
        widget=forms.RadioSelect,
    )
    evidence = _line(
        _("How they asked for it"),
        300,
        hint=_("Read the words above aloud. Write what was answered, or the paper kept."),
    )

    def clean_address(self) -> Address | None:
        """The address of the town."""
        typed = self.cleaned_data.get("address") or ""
        found = addresses.exact(typed) if typed else None
        if typed and found is None:
            raise ValidationError(gettext("This address is not one of the town: choose another, or leave it empty."))
        return found

    @property
    def wanted(self) -> Wanted:
        """The valid choices."""
        data = self.cleaned_data
        return Wanted(news=data["news"], alerts=data["alerts"], places=[data["address"]] if data["address"] else [])

    def refuse(self, fields: Any, message: Any) -> None:
        """The refusal of an address or a number is beside the field where it was typed; that of nothing, on top."""
        names = {"email": "target", "phone": "target", "kinds": "alerts"}
        super().refuse({names.get(name, name): text for name, text in fields.items()}, message)


class LeaveForm(RefusableForm):
    """Leaving done by an agent."""

    via = forms.ChoiceField(choices=[("counter", ""), ("phone", "")], initial="phone")
    evidence = _line(_("How they asked for it"), 300)

    def origin(self, clerk: Any) -> Origin:
        """Where the withdrawal comes from."""
        return Origin(Consent.Via(self.cleaned_data["via"]), evidence=self.cleaned_data["evidence"], clerk=clerk)


class ImportForm(RefusableForm):
    """A list of subscribers, in CSV."""

    file = forms.FileField(label=_("File"), error_messages={"required": _("Choose a file.")})


class EraseForm(RefusableForm):
    """The ground of an erasure by law."""

    ground = _line(_("Ground"), 300)


def local_input(moment: Any) -> str:
    """A moment as a field of day and hour shows it."""
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M") if moment else ""
