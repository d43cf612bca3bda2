"""Form classes and fields shared by all surfaces."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from django import forms
from django.forms.models import ModelChoiceIterator
from django.utils.translation import gettext_lazy as _

from parvis.lib.errors import Invalid
from parvis.lib.words import fold

Form = TypeVar("Form", bound=type[forms.Form])


class _Shared(dict[str, forms.Field]):
    """A form class's fields, copied shallowly: each form has its own dictionary of the same fields."""

    def __deepcopy__(self, _memo: object) -> dict[str, forms.Field]:
        return dict(self)


def shares_fields(form: Form) -> Form:
    """Class decorator for forms that never modify their declared fields: skips the copy of the fields for each form,
    which costs more than parsing the input.
    """
    form.base_fields = _Shared(form.base_fields)
    return form


class ByName(ModelChoiceIterator):  # type: ignore[type-arg]
    """Choices sorted alphabetically by their displayed names, ignoring accents and case.

    A row with a sort key of its own (`alphabetical`: people, by last name) is sorted by it.
    """

    def __iter__(self) -> Iterator[Any]:
        choices: list[Any] = list(super().__iter__())
        blank = 0 if self.field.empty_label is None else 1
        yield from choices[:blank]
        yield from sorted(choices[blank:], key=lambda choice: self._sort_key(choice[0].instance, choice[1]))

    def _sort_key(self, row: Any, label: str) -> tuple[Any, Any]:
        first = getattr(self.field, "first", None)
        return first(row) if first else "", getattr(row, "alphabetical", None) or fold(str(label))


class _ByNameSelect(forms.Select):
    """Django's select, without loading every choice just to check whether the first one is blank."""

    def use_required_attribute(self, initial: Any) -> bool:
        """As Django: the browser may require a choice when the first option is blank."""
        if not isinstance(self.choices, ByName):
            return super().use_required_attribute(initial)
        return not self.is_hidden and self.choices.field.empty_label is not None


class ByNameField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A model choice sorted by name; `first` is a sort key that takes precedence."""

    iterator = ByName
    widget = _ByNameSelect

    def __init__(self, queryset: Any, *, first: Callable[[Any], Any] | None = None, **more: Any) -> None:
        self.first = first
        super().__init__(queryset, **more)


class DayField(forms.DateField):
    """A date with the browser's date picker; `attrs` adds attributes to the control."""

    default_error_messages = {"invalid": _("Write a date, such as 2026-11-24."), "required": _("Choose the day.")}

    def __init__(self, *, attrs: Mapping[str, str] | None = None, **more: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date", **(attrs or {})}, format="%Y-%m-%d")
        super().__init__(widget=widget, **more)


class RefusableForm(forms.Form):
    """A form whose data goes to a service, which may refuse it."""

    use_required_attribute = False

    @contextmanager
    def catching(self) -> Iterator[None]:
        """Adds to the form the errors of a service that finds it invalid, which ends the block."""
        try:
            yield
        except Invalid as error:
            self.refuse(error.fields, error.message)

    def refuse(self, fields: Mapping[str, Any], message: Any) -> None:
        """Adds a service's errors to the fields that they name; adds `message` to the form when none is here."""
        own = {name: text for name, text in fields.items() if name in self.fields}
        for name, text in own.items():
            self.add_error(name, text)
        if not own:
            self.add_error(None, message)


class QuestionsForm(RefusableForm):
    """A form with the questions of a subject, each in a field of its own (`ask-<key>`)."""

    questions: Sequence[Any]

    @property
    def details(self) -> dict[str, str]:
        """Question key to its answer, as typed."""
        return {question.key: str(self.cleaned_data.get(f"ask-{question.key}") or "") for question in self.questions}

    def refuse(self, fields: Mapping[str, Any], message: Any) -> None:
        """As every form; the name of a question stands for its field."""
        super().refuse({f"ask-{k}" if f"ask-{k}" in self.fields else k: text for k, text in fields.items()}, message)
