"""The subjects related to an answer, chosen by their names; what is kept stays one slug a line."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from parvis.apps.catalogue.models import Subject
from parvis.lib.words import fold

ROOM, MORE = 4, 1  # places at first, and always one that is free


def lines(text: str | None) -> list[str]:
    """The slugs of a text, one a line, each once, in their order."""
    return list(dict.fromkeys(line.strip() for line in (text or "").splitlines() if line.strip()))


class RelatedWidget(forms.Widget):
    """As many lists of the subjects as there are related ones, and some more: each opens, and is searched, by keyboard.

    A slug that no subject has is shown as it is, so that its refusal says what it speaks of.
    """

    template_name = "editor/related.html"

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str:
        """What was chosen in each list, one slug a line."""
        return "\n".join(data.getlist(name) if hasattr(data, "getlist") else [data.get(name) or ""])

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        """Whether the form held none of the lists."""
        return name not in data

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """The lists to draw, as the parts of a control made of several."""
        context = super().get_context(name, value, attrs)
        slugs = lines(value)
        titles = {subject.slug: subject.title for subject in Subject.objects.filter(active=True)}
        titles |= {subject.slug: subject.title for subject in Subject.objects.filter(active=False, slug__in=slugs)}
        titles |= {slug: slug for slug in slugs if slug not in titles}
        offered = [("", _("No subject")), *sorted(titles.items(), key=lambda item: fold(item[1]))]
        drawn, places = forms.Select(choices=offered), [*slugs, *[""] * max(MORE, ROOM - len(slugs))]
        own = context["widget"]["attrs"]
        context["widget"]["subwidgets"] = [
            drawn.get_context(name, slug, _numbered(own, place))["widget"] for place, slug in enumerate(places)
        ]
        return context


def _numbered(attrs: Mapping[str, Any], place: int) -> dict[str, Any]:
    if place == 0:
        return dict(attrs)  # the one that the label of the field names
    return {**attrs, "id": f"{attrs.get('id')}_{place}", "aria-label": _("Related subject %(n)d") % {"n": place + 1}}


class RelatedField(forms.CharField):
    """The slugs of the subjects chosen, one a line, each once."""

    widget = RelatedWidget

    def to_python(self, value: Any) -> str:
        """The lines that are kept."""
        return "\n".join(lines(super().to_python(value)))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether other subjects are chosen, or in another order."""
        return lines(initial) != lines(data)
