"""The search box and filters, read from a query string and written back to one."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from parvis.apps.cases.queries.lists.case_search import DUE, LATEST, SearchFilter
from parvis.apps.catalogue.models import Channel, Subject
from parvis.apps.directory.models import Department, User
from parvis.apps.places.models import Sector, Street
from parvis.apps.places.queries.addresses import street_named
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


def _check_year(day: date) -> None:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise forms.ValidationError(_("Choose a day between 1900 and 2199."))


def _date(label: Any) -> DayField:
    return DayField(label=label, required=False, validators=[_check_year])


@shares_fields
class SearchForm(forms.Form):
    """Words and filters; an invalid filter shows its error and is ignored."""

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
        """The query on one line."""
        return one_line(self.cleaned_data["q"])

    def clean_street(self) -> Street | None:
        """The street of that name; an error when it is unknown."""
        typed = self.cleaned_data["street"].strip()
        street = street_named(typed) if typed else None
        if typed and street is None:
            raise forms.ValidationError(_("This street is not known here: choose it as the town writes it."))
        return street

    @property
    def search_filter(self) -> SearchFilter:
        """The filters, without the invalid ones. `is_valid` was called."""
        data = self.cleaned_data
        return SearchFilter(
            subject=_pk(data.get("subject")),
            department=_pk(data.get("department")),
            state=data.get("state", ""),
            channel=data.get("channel", ""),
            since=data.get("since"),
            until=data.get("until"),
            street=_pk(data.get("street")),
            sector=_pk(data.get("area")),
            address=number(data.get("at", "")),
            mine=bool(data.get("mine")),
            late=bool(data.get("late")),
            order=data.get("order") or LATEST,
        )

    @property
    def words(self) -> str:
        """The query."""
        return str(self.cleaned_data.get("q", ""))

    @property
    def criteria(self) -> dict[str, str]:
        """The non-empty parameters of this search."""
        return criteria_of(self.data)

    @property
    def filtered(self) -> bool:
        """Whether any filter is set."""
        return bool(self.criteria.keys() - {"q", "order"})


def criteria_of(values: Mapping[str, Any]) -> dict[str, str]:
    """The search parameters in a query string or a form, without empty and default ones."""
    criteria = {name: one_line(str(values.get(name, "")))[:LONGEST] for name in SearchForm.base_fields}
    return {name: value for name, value in criteria.items() if value and (name, value) != ("order", LATEST)}


def search_url(criteria: Mapping[str, str], **more: str) -> str:
    """The URL of a search."""
    query = {**criteria, **{name: value for name, value in more.items() if value}}
    return f"{reverse('desk:search')}?{urlencode(query)}" if query else reverse("desk:search")


def _pk(row: Any) -> int | None:
    return row.pk if row is not None and row != "" else None


class ViewForm(forms.Form):
    """A saved view: its name, and who sees it. No field has the name of a search field.

    `shared`: the department that has the view already, offered even when inactive.
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
    """The departments with which the user may share a view, their own first."""
    return sorted(readable, key=lambda department: department.pk not in user.department_ids)
