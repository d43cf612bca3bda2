"""What the forms of every surface have in common."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from django import forms
from django.forms.models import ModelChoiceIterator
from django.utils.translation import gettext_lazy as _

from parvis.lib.words import fold

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


class ByName(ModelChoiceIterator):  # type: ignore[type-arg]
    """The rows to choose from, as the alphabet puts the names that the page shows, accents and capitals apart.

    A row that has a place of its own in the alphabet (`alphabetical`: people, by their last name) stands there.
    """

    def __iter__(self) -> Iterator[Any]:
        offered: list[Any] = list(super().__iter__())
        blank = 0 if self.field.empty_label is None else 1
        yield from offered[:blank]
        yield from sorted(offered[blank:], key=lambda item: self._place(item[0].instance, item[1]))

    def _place(self, row: Any, label: str) -> tuple[Any, Any]:
        first = getattr(self.field, "first", None)
        return first(row) if first else "", getattr(row, "alphabetical", None) or fold(str(label))


class _NamesToChoose(forms.Select):
    """Django's list, which would read all the names that it offers to know whether the first line is one."""

    def use_required_attribute(self, initial: Any) -> bool:
        """Whether the browser may demand a choice: as Django, when the first line only asks to choose."""
        if not isinstance(self.choices, ByName):
            return super().use_required_attribute(initial)
        return not self.is_hidden and self.choices.field.empty_label is not None


class ByNameField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A choice among rows by their names, in the order of the alphabet; `first` puts some kinds before others."""

    iterator = ByName
    widget = _NamesToChoose

    def __init__(self, queryset: Any, *, first: Callable[[Any], Any] | None = None, **more: Any) -> None:
        self.first = first
        super().__init__(queryset, **more)


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
