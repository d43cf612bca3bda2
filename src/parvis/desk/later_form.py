"""When a case comes back before one's eyes, and why."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from parvis.directory.queries import working_calendar
from parvis.lib.clock import today
from parvis.ui.forms import RefusableForm


class LaterForm(RefusableForm):
    """A day to come, and a few words for oneself."""

    on = forms.DateField(
        label=_("See it again on"),
        widget=forms.DateInput(attrs={"type": "date", "data-first": ""}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _("Write a date, such as 2026-11-24."), "required": _("Choose the day.")},
    )
    words = forms.CharField(
        label=_("For yourself, if you wish"),
        required=False,
        max_length=300,
        help_text=_("Nobody else reads it. The promise made to the citizen stands."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        initial = {"on": near_days()[0]} | (kwargs.pop("initial", None) or {})
        super().__init__(*args, initial=initial, auto_id="later-%s", **kwargs)
        self.fields["on"].widget.attrs["min"] = (today() + timedelta(days=1)).isoformat()


def near_days() -> list[date]:
    """The next working day, the third, and the one a week ahead: what is asked for most."""
    calendar = working_calendar()
    return [calendar.add_working_days(today(), days) for days in (1, 3, 5)]
