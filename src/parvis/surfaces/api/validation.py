"""What is wrong in the fields that were sent, in the language of the asker."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from parvis.surfaces.api.problems import Problem

_PLACES = {"body", "query", "path", "header", "form", "file"}


def problem_of(errors: Iterable[dict[str, Any]]) -> Problem:
    """The problem of errors as pydantic gives them."""
    found = [{"field": _field(error.get("loc", ())), "message": _message(error)} for error in errors]
    return Problem(422, "invalid", errors=found)


def _field(location: Iterable[object]) -> str:
    parts = [str(part) for part in location]
    if parts and parts[0] in _PLACES:
        parts = parts[2:] if parts[0] == "body" and len(parts) > 2 else parts[1:]  # noqa: PLR2004
    return ".".join(parts)[:100]


def _message(error: dict[str, Any]) -> str:
    kind, context = str(error.get("type", "")), error.get("ctx", {})
    templates = {
        "missing": _("This is missing."),
        "string_too_long": _("At most %(max_length)s characters."),
        "string_too_short": _("At least %(min_length)s characters."),
        "too_long": _("At most %(max_length)s of them."),
        "too_short": _("At least %(min_length)s of them."),
        "greater_than_equal": _("Not below %(ge)s."),
        "less_than_equal": _("Not above %(le)s."),
        "string_type": _("A text is expected."),
        "bool_parsing": _("true or false is expected."),
        "bool_type": _("true or false is expected."),
        "int_parsing": _("A whole number is expected."),
        "int_type": _("A whole number is expected."),
        "float_parsing": _("A number is expected."),
        "float_type": _("A number is expected."),
        "literal_error": _("Choose among: %(expected)s."),
        "enum": _("Choose among: %(expected)s."),
        "extra_forbidden": _("There is no such field."),
        "timezone_aware": _("A moment with its offset is expected, such as 2026-11-24T10:00:00-05:00."),
    }
    if kind.startswith(("datetime", "timezone")):
        return templates["timezone_aware"]
    if kind.startswith("date"):
        return _("A day is expected, such as 2026-11-24.")
    template = templates.get(kind)
    if template is None:
        return _("This value means nothing here.")
    return template % {name: str(value) for name, value in context.items()}
