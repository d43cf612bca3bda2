"""Reads what is sent: JSON without what no database keeps."""

import json
from typing import Any

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from ninja.parser import Parser

from parvis.surfaces.api.problems import Problem

DEEPEST = 20


class CleanParser(Parser):
    """Refuses what is not JSON, is nested too deep, or holds a half of a character; removes NUL characters."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The JSON of the body."""
        kind = request.content_type or ""
        if kind and kind != "application/json" and not kind.endswith("+json"):
            raise Problem(415, "media-type", _("Send application/json."))
        try:
            return _clean(json.loads(request.body), DEEPEST)
        except (ValueError, RecursionError):
            raise Problem(400, "malformed", _("The body is not valid JSON in UTF-8.")) from None

    def parse_querydict(
        self, data: "MultiValueDict[str, Any]", list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        """The parameters, cleaned."""
        try:
            values: dict[str, Any] = _clean(super().parse_querydict(data, list_fields, request), DEEPEST)
        except ValueError:
            raise Problem(400, "malformed", _("The parameters are not in UTF-8.")) from None
        return values


def _clean(value: Any, depth: int) -> Any:
    """The value without NUL characters. ValueError for lone surrogates, and beyond the depth."""
    if depth < 0:
        raise ValueError("too deep")
    if isinstance(value, str):
        value.encode()
        return value.replace("\0", "")
    if isinstance(value, list):
        return [_clean(child, depth - 1) for child in value]
    if isinstance(value, dict):
        return {_clean(name, depth - 1): _clean(child, depth - 1) for name, child in value.items()}
    return value
