"""When a case comes back before one's eyes, and why."""

from datetime import timedelta
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
        initial = {"on": working_calendar().add_working_days(today(), 1)} | (kwargs.pop("initial", None) or {})
        options: dict[str, Any] = {"initial": initial, "auto_id": "later-%s", **kwargs}
        super().__init__(*args, **options)
        self.fields["on"].widget.attrs["min"] = (today() + timedelta(days=1)).isoformat()
