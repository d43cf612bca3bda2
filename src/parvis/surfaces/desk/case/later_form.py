"""When a case comes back before one's eyes, and why."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from parvis.apps.directory.queries import working_calendar
from parvis.lib.clock import today
from parvis.ui.forms import DayField, RefusableForm

MOST_WORDS = 300


def day_to_come(attrs: Mapping[str, str] | None = None, *, required: bool = True) -> DayField:
    """The field of the day on which something comes back."""
    return DayField(label=_("See it again on"), required=required, attrs=attrs)


def next_working_day() -> date:
    """The day that is proposed."""
    return working_calendar().add_working_days(today(), 1)


class LaterForm(RefusableForm):
    """A day to come, and a few words for oneself."""

    on = day_to_come({"data-focus": ""})
    words = forms.CharField(
        label=_("For yourself, if you wish"),
        required=False,
        max_length=MOST_WORDS,
        help_text=_("Nobody else reads it. The promise made to the citizen stands."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        initial = {"on": next_working_day()} | (kwargs.pop("initial", None) or {})
        options: dict[str, Any] = {"initial": initial, "auto_id": "later-%s", **kwargs}
        super().__init__(*args, **options)
        self.fields["on"].widget.attrs["min"] = (today() + timedelta(days=1)).isoformat()
