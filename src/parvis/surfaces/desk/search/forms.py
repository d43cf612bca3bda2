"""The box and the filters of the search, read from an address and written back in it."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from parvis.apps.cases.case_search import DUE, LATEST, SearchFilter
from parvis.apps.catalogue.models import Channel, Subject
from parvis.apps.directory.models import Department, User
from parvis.apps.places import queries as places
from parvis.apps.places.models import Sector, Street
from parvis.lib.words import number, one_line
from parvis.ui.forms import ByNameField, DayField, shares_fields

LONGEST = 200
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
STATES = (
    ("", _("Any state")),
    ("open", pgettext_lazy("search", "Open")),
    ("to_take", pgettext_lazy("search", "To take")),
    ("working", pgettext_lazy("search", "In progress")),
    ("paused", pgettext_lazy("search", "Paused")),
    ("closed", pgettext_lazy("search", "Closed")),
)
ORDERS = ((LATEST, _("The latest first")), (DUE, _("By promise, open ones")))


def _within_reach(day: date) -> None:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise forms.ValidationError(_("Choose a day between 1900 and 2199."))


def _date(label: Any) -> DayField:
    return DayField(label=label, required=False, validators=[_within_reach])


@shares_fields
class SearchForm(forms.Form):
    """Words and filters; what cannot be read is said beside its field, and keeps nothing out."""

    use_required_attribute = False
    q = forms.CharField(label=_("Words, name, number, reference"), required=False, max_length=LONGEST)
    state = forms.ChoiceField(label=_("State"), choices=STATES, required=False)
    department = ByNameField(
        Department.objects.filter(active=True).exclude(kind=Department.Kind.EXTERNAL),
        label=_("Department"), required=False, to_field_name="slug", empty_label=_("Any department"),
    )  # fmt: skip
    subject = ByNameField(
        Subject.objects.all(),
        label=_("Subject"), required=False, to_field_name="slug", empty_label=_("Any subject"),
    )  # fmt: skip
    channel = forms.ChoiceField(label=_("Channel"), choices=[("", _("Any channel")), *Channel.choices], required=False)
    street = forms.CharField(label=_("Street"), required=False, max_length=120)
    area = ByNameField(
        Sector.objects.all(),
        label=_("Area"), required=False, to_field_name="slug", empty_label=_("Any area"),
    )  # fmt: skip
    since = _date(_("Opened since"))
    until = _date(_("Until, that day included"))
    mine = forms.BooleanField(label=_("Mine"), required=False)
    late = forms.BooleanField(label=_("Late"), required=False)
    order = forms.ChoiceField(label=_("Order"), choices=ORDERS, required=False)
    at = forms.CharField(required=False, max_length=18, widget=forms.HiddenInput)

    def clean_q(self) -> str:
        """The words on one line."""
        return one_line(self.cleaned_data["q"])

    def clean_street(self) -> Street | None:
        """The street of that name; an error when the town has none."""
        typed = self.cleaned_data["street"].strip()
        street = places.street_named(typed) if typed else None
        if typed and street is None:
            raise forms.ValidationError(_("This street is not known here: choose it as the town writes it."))
        return street

    @property
    def search_filter(self) -> SearchFilter:
        """The filters, those that could not be read left out. The form was checked."""
        kept = self.cleaned_data
        return SearchFilter(
            subject=_pk(kept.get("subject")),
            department=_pk(kept.get("department")),
            state=kept.get("state", ""),
            channel=kept.get("channel", ""),
            since=kept.get("since"),
            until=kept.get("until"),
            street=_pk(kept.get("street")),
            sector=_pk(kept.get("area")),
            address=number(kept.get("at", "")),
            mine=bool(kept.get("mine")),
            late=bool(kept.get("late")),
            order=kept.get("order") or LATEST,
        )

    @property
    def words(self) -> str:
        """What is looked for."""
        return str(self.cleaned_data.get("q", ""))

    @property
    def criteria(self) -> dict[str, str]:
        """What the address of this search says: what is asked, and nothing else."""
        return criteria_of(self.data)

    @property
    def filtered(self) -> bool:
        """Whether anything but words is asked."""
        return bool(self.criteria.keys() - {"q", "order"})


def criteria_of(values: Mapping[str, Any]) -> dict[str, str]:
    """Of an address or a form, what asks something of the search."""
    kept = {name: one_line(str(values.get(name, "")))[:LONGEST] for name in SearchForm.base_fields}
    return {name: value for name, value in kept.items() if value and (name, value) != ("order", LATEST)}


def address_of(criteria: Mapping[str, str], **more: str) -> str:
    """The address of a search."""
    asked = {**criteria, **{name: value for name, value in more.items() if value}}
    return f"{reverse('desk:search')}?{urlencode(asked)}" if asked else reverse("desk:search")


def _pk(row: Any) -> int | None:
    return row.pk if row is not None and row != "" else None


class ViewForm(forms.Form):
    """A saved view: its name, and who sees it. No field is named as one of the search's.

    `shared`: the department that it is shared with already, which may keep it even closed.
    """

    use_required_attribute = False
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    name = forms.CharField(
        label=_("Name of the view"), max_length=60, error_messages={"required": _("Give it a name.")}
    )
    share = ByNameField(
        Department.objects.none(),
        label=_("Who sees it"), required=False, to_field_name="slug", empty_label=_("Me alone"),
    )  # fmt: skip

    def __init__(
        self, *args: Any, departments: list[Department], shared: Department | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["share"]
        assert isinstance(field, forms.ModelChoiceField)
        offered = [*departments, shared] if shared else departments
        field.queryset = Department.objects.filter(pk__in=[department.pk for department in offered])
        field.label_from_instance = lambda obj: _("Everyone of: %(name)s") % {"name": obj.name}  # type: ignore[method-assign]


def departments_shared(user: User, readable: list[Department]) -> list[Department]:
    """The departments with which that person may share a view: their own first."""
    return sorted(readable, key=lambda department: department.pk not in user.department_ids)
