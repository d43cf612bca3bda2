"""What the forms of every surface have in common."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django import forms
from django.utils.translation import gettext_lazy as _

Form = TypeVar("Form", bound=type[forms.Form])


class _Shared(dict[str, forms.Field]):
    """The fields of a class of forms: each form has a dictionary of its own, of the same fields."""

    def __deepcopy__(self, _memo: object) -> dict[str, forms.Field]:
        return dict(self)


def shares_fields(form: Form) -> Form:
    """For a class of forms that adds fields but changes none of those it declares: they are not copied for each form,
    which costs more than reading what was typed.
    """
    form.base_fields = _Shared(form.base_fields)
    return form


class DayField(forms.DateField):
    """A day, by the control of the browser for days; more attributes of that control in `attrs`."""

    default_error_messages = {"invalid": _("Write a date, such as 2026-11-24."), "required": _("Choose the day.")}

    def __init__(self, *, attrs: Mapping[str, str] | None = None, **more: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date", **(attrs or {})}, format="%Y-%m-%d")
        super().__init__(widget=widget, **more)


class RefusableForm(forms.Form):
    """A form whose words go to a service, which may refuse them."""

    use_required_attribute = False

    def refuse(self, fields: Mapping[str, Any], message: Any) -> None:
        """Puts a service's refusal beside the fields it names; what names no field of this form stands on top."""
        placed = False
        for name, text in fields.items():
            if name in self.fields:
                self.add_error(name, text)
                placed = True
        if not placed:
            self.add_error(None, message)
