"""The plain controls of forms, drawn by Python: a page of the staff holds dozens, each four templates deep."""

from collections.abc import Callable, Mapping
from typing import Any

from django.forms.renderers import TemplatesSetting
from django.utils.html import conditional_escape as escape

_INPUTS = ("input", "text", "hidden", "number", "email", "url", "password", "date", "datetime", "time", "search", "tel")
Widget = Mapping[str, Any]


class Renderer(TemplatesSetting):
    """Django's own drawing of forms: the same markup, without a template for lines, texts, boxes and lists."""

    def render(self, template_name: str, context: Mapping[str, Any], request: Any = None) -> str:
        """The markup of a control."""
        draw = _DRAWN.get(template_name)
        return draw(context["widget"]) if draw else super().render(template_name, context, request)  # type: ignore[arg-type]


def _attributes(widget: Widget) -> str:
    shown = ((name, value) for name, value in widget["attrs"].items() if value is not False)
    return "".join(f" {escape(name)}" + ("" if value is True else f'="{_text(value)}"') for name, value in shown)


def _text(value: Any) -> str:
    return escape(value if isinstance(value, str) else str(value))


def _input(widget: Widget) -> str:
    value = "" if widget["value"] is None else f' value="{_text(widget["value"])}"'
    return f'<input type="{escape(widget["type"])}" name="{escape(widget["name"])}"{value}{_attributes(widget)}>'


def _textarea(widget: Widget) -> str:
    value = _text(widget["value"]) if widget["value"] else ""
    return f'<textarea name="{escape(widget["name"])}"{_attributes(widget)}>\n{value}</textarea>'


def _select(widget: Widget) -> str:
    groups = "".join(_group(name, options) for name, options, _rank in widget["optgroups"])
    return f'<select name="{escape(widget["name"])}"{_attributes(widget)}>{groups}</select>'


def _group(name: Any, options: list[Widget]) -> str:
    drawn = "".join(
        f'<option value="{_text(one["value"])}"{_attributes(one)}>{_text(one["label"])}</option>' for one in options
    )
    return f'<optgroup label="{_text(name)}">{drawn}</optgroup>' if name else drawn


_DRAWN: dict[str, Callable[[Widget], str]] = {
    **{f"django/forms/widgets/{name}.html": _input for name in (*_INPUTS, "checkbox", "file")},
    "django/forms/widgets/textarea.html": _textarea,
    "django/forms/widgets/select.html": _select,
}
