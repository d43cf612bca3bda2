"""The field of an answer's related subjects, chosen by title and stored as one slug per line."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from parvis.apps.catalogue.models import Subject
from parvis.lib.words import fold

SELECTS, SPARE = 4, 1  # lists at first, and empty ones at least


def lines(text: str | None) -> list[str]:
    """The slugs of a text, one per line, without duplicates, in order."""
    return list(dict.fromkeys(line.strip() for line in (text or "").splitlines() if line.strip()))


class RelatedWidget(forms.Widget):
    """One select of subjects per related subject, and spare ones, all usable by keyboard.

    An unknown slug is shown as is, so that its validation error makes sense.
    """

    template_name = "editor/related.html"

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str:
        return "\n".join(data.getlist(name) if hasattr(data, "getlist") else [data.get(name) or ""])

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return name not in data

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        slugs = lines(value)
        titles = {subject.slug: subject.title for subject in Subject.objects.filter(active=True)}
        titles |= {subject.slug: subject.title for subject in Subject.objects.filter(active=False, slug__in=slugs)}
        titles |= {slug: slug for slug in slugs if slug not in titles}
        choices = [("", _("No subject")), *sorted(titles.items(), key=lambda choice: fold(choice[1]))]
        select, selected = forms.Select(choices=choices), [*slugs, *[""] * max(SPARE, SELECTS - len(slugs))]
        widget_attrs = context["widget"]["attrs"]
        context["widget"]["subwidgets"] = [
            select.get_context(name, slug, _numbered(widget_attrs, index))["widget"]
            for index, slug in enumerate(selected)
        ]
        return context


def _numbered(attrs: Mapping[str, Any], index: int) -> dict[str, Any]:
    if index == 0:
        return dict(attrs)  # the select to which the field's label points
    return {**attrs, "id": f"{attrs.get('id')}_{index}", "aria-label": _("Related subject %(n)d") % {"n": index + 1}}


class RelatedField(forms.CharField):
    """The slugs of the chosen subjects, one per line, without duplicates."""

    widget = RelatedWidget

    def to_python(self, value: Any) -> str:
        return "\n".join(lines(super().to_python(value)))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the subjects or their order changed."""
        return lines(initial) != lines(data)
