"""Reads what is sent: JSON that any database can keep."""

from typing import Any

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from ninja.parser import Parser

from parvis.lib.json_text import MalformedJson, NulCharacter, read_json
from parvis.surfaces.api.problems import Problem

DEEPEST = 20


class CleanParser(Parser):
    """Refuses what is not JSON, is nested too deep, or holds a NUL character or a half of one."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The JSON of the body."""
        kind = request.content_type or ""
        if kind and kind != "application/json" and not kind.endswith("+json"):
            raise Problem(415, "media-type", _("Send application/json."))
        try:
            return read_json(request.body, deepest=DEEPEST)
        except NulCharacter as found:
            words = _("A NUL character (U+0000) is in this text: nothing can keep it.")
            raise Problem(422, "invalid", words, errors=[{"field": found.where[:100], "message": words}]) from None
        except MalformedJson:
            raise Problem(400, "malformed", _("The body is not valid JSON in UTF-8.")) from None

    def parse_querydict(
        self, data: "MultiValueDict[str, Any]", list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        """The parameters, without NUL characters: nothing of a search is kept."""
        try:
            values: dict[str, Any] = _clean(super().parse_querydict(data, list_fields, request))
        except ValueError:
            raise Problem(400, "malformed", _("The parameters are not in UTF-8.")) from None
        return values


def _clean(value: Any) -> Any:
    """The parameters without NUL characters. ValueError for lone surrogates."""
    if isinstance(value, str):
        value.encode()
        return value.replace("\0", "")
    if isinstance(value, list):
        return [_clean(child) for child in value]
    if isinstance(value, dict):
        return {_clean(name): _clean(child) for name, child in value.items()}
    return value
