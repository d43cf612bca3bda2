"""The forms of leisure: the moments of a season, its copy, its line, a group, places and aid for a household."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from parvis.apps.directory.models import User
from parvis.apps.households.queries import Member
from parvis.apps.leisure.models import FinancialAid, Group, Hall, Season
from parvis.apps.leisure.models.registrations import Channel
from parvis.apps.leisure.queries import management
from parvis.apps.leisure.queries.halls import Trouble
from parvis.surfaces.desk.outreach.forms import LocalMomentField
from parvis.ui.forms import ByNameField, DayField, RefusableForm

CHANNELS = ((Channel.PHONE, _("By telephone")), (Channel.COUNTER, _("At the counter")))
DAYS = (
    ("", _("Any day")),
    ("0", _("Monday")),
    ("1", _("Tuesday")),
    ("2", _("Wednesday")),
    ("3", _("Thursday")),
    ("4", _("Friday")),
    ("5", _("Saturday")),
    ("6", _("Sunday")),
)


class OpeningsForm(RefusableForm):
    """When a season opens and closes."""

    residents_open_at = LocalMomentField(label=_("Opens to residents"))
    everyone_opens_at = LocalMomentField(label=_("Opens to everyone"))
    closes_at = LocalMomentField(
        label=_("Closes on line"), help_text=_("Then one registers by telephone or at the counter.")
    )
    late_from = LocalMomentField(label=_("Late price from"), help_text=_("Left empty: no late price."))

    @classmethod
    def of(cls, season: Season) -> "OpeningsForm":
        """The form with the moments that the season has."""
        return cls(initial={name: getattr(season, name) for name in cls.base_fields})

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        for name in ("residents_open_at", "everyone_opens_at", "closes_at"):
            if not values.get(name) and name not in self.errors:
                self.add_error(name, _("Write a day and an hour."))
        return values


class HallsForm(RefusableForm):
    """A form that may book a hall twice, or fill it too much: it then shows `trouble`, whose mark is sent again with
    what was typed, as `seen`, to do it all the same.
    """

    seen = forms.CharField(max_length=16, required=False, widget=forms.HiddenInput)
    trouble: Trouble | None = None


class CopyForm(HallsForm):
    """A new season like another."""

    title_fr = forms.CharField(label=_("Title"), max_length=80)
    title_en = forms.CharField(label=_("Title, English"), max_length=80, required=False)
    slug = forms.SlugField(label=_("Address on the site"), max_length=50, help_text=_("Such as hiver-2028."))
    starts_on = DayField(label=_("First day"), help_text=_("All its days and moments follow, as far apart as before."))


class GroupForm(HallsForm):
    """The places of a group, its hall, and who leads it."""

    capacity = forms.IntegerField(label=_("Places"), help_text=_("Fewer than are taken: nobody is dropped."))
    non_resident_quota = forms.IntegerField(
        label=_("For non-residents, at most"),
        required=False,
        help_text=_("Left empty: no limit. Residents may take every place."),
    )
    hall = ByNameField(
        Hall.objects.all(),
        label=_("Hall"),
        required=False,
        empty_label=None,
        help_text=_("If it changes, write to the participants: nothing else tells them."),
    )
    instructor = ByNameField(
        User.objects.none(),
        label=_("Led by"),
        required=False,
        empty_label=_("Nobody yet"),
        help_text=_("They read its list."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["instructor"].queryset = management.instructors()  # type: ignore[attr-defined]
        self.fields["instructor"].label_from_instance = lambda user: user.display_name  # type: ignore[attr-defined]

    @classmethod
    def of(cls, group: Group) -> "GroupForm":
        """The form with what the group has."""
        names = ("capacity", "non_resident_quota")
        rows = {"instructor": group.instructor_id, "hall": group.hall_id}
        return cls(initial={name: getattr(group, name) for name in names} | rows)


class KeepForm(RefusableForm):
    """Until when the places of last season are kept."""

    until = DayField(label=_("Kept until"), help_text=_("The last day to accept, before the opening."))


class WriteForm(RefusableForm):
    """To whom of a group one writes."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    waiting = forms.BooleanField(label=_("Those on the waiting list too"), required=False)


class CancelForm(RefusableForm):
    """Why the town cancels a group."""

    why = forms.CharField(label=_("Why, as the letter says it"), max_length=300, required=False)


class AidForm(RefusableForm):
    """The financial aid of a household for a season."""

    percent = forms.IntegerField(
        label=_("Percent of the price"), help_text=_("After the rebates, before taxes: from 1 to 100.")
    )
    most_cents = forms.DecimalField(
        label=_("At most, in dollars"),
        help_text=_("In all, for the season."),
        max_digits=7,
        decimal_places=2,
        localize=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    ends_on = DayField(label=_("Until"), help_text=_("The last day: what is billed later has no aid."))
    reason = forms.CharField(
        label=_("Why"), max_length=300, help_text=_("Read by who manages leisure, and by nobody else.")
    )

    @classmethod
    def of(cls, aid: FinancialAid | None, season: Season) -> "AidForm":
        """The form with the aid that holds, else with the end of the season."""
        if aid is None:
            return cls(initial={"ends_on": season.ends_on})
        kept = {name: getattr(aid, name) for name in ("percent", "ends_on", "reason")}
        return cls(initial=kept | {"most_cents": Decimal(aid.most_cents).scaleb(-2)})

    def clean_most_cents(self) -> int:
        """The maximum, in cents."""
        return int(self.cleaned_data["most_cents"] * 100)


class SearchForm(forms.Form):
    """Which groups are looked for, for a household."""

    q = forms.CharField(label=_("Activity"), max_length=120, required=False)
    age = forms.IntegerField(
        label=_("Age"), min_value=0, max_value=120, required=False, widget=forms.NumberInput(attrs={"class": "input"})
    )
    day = forms.ChoiceField(label=_("Day"), choices=DAYS, required=False, widget=forms.Select(attrs={"class": "input"}))
    free = forms.BooleanField(label=_("With places"), required=False)


class HoldForm(RefusableForm):
    """Places for people of a household in the group whose button was pressed."""

    people = forms.MultipleChoiceField(label=_("For"), widget=forms.CheckboxSelectMultiple, required=False)
    group = forms.SlugField(required=False, widget=forms.HiddenInput)
    together = forms.BooleanField(label=_("Together: all of them, or nobody"), required=False)
    wait = forms.BooleanField(label=_("On the waiting list when it is full"), required=False)
    override = forms.CharField(
        label=_("Set a rule aside, because"),
        max_length=300,
        required=False,
        help_text=_(
            "What the activity asks for first, or how many places may be unpaid. "
            "The reason stays in the steps, with your name."
        ),
    )

    def __init__(self, *args: Any, members: Sequence[Member], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer(members)

    def offer(self, members: Sequence[Member]) -> None:
        """Offers these people alone, each a box."""
        choices = [(member.individual.public_id, member.individual.name) for member in members]
        self.fields["people"].choices = choices  # type: ignore[attr-defined]


class LineForm(RefusableForm):
    """The line of an opening: planned, or its pace changed."""

    per_second = forms.FloatField(label=_("Households a second"), initial=25)
