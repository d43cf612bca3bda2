"""Calls to Open311 in one of its formats, read into plain values."""

import json
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from django.test import Client

CONTAINERS = {
    "services", "attributes", "values", "service_requests", "errors", "endpoints", "formats", "media_urls",
    "service_request_updates",
}  # fmt: skip


@dataclass
class Answer:
    """A response; `value` has the shape of the JSON whatever the format, with texts where XML has only texts."""

    response: Any
    form: str

    @property
    def status(self) -> int:
        return int(self.response.status_code)

    @property
    def text(self) -> str:
        return str(self.response.content.decode())

    @property
    def value(self) -> Any:
        if self.form == "json":
            return _texts(json.loads(self.text))
        return _of(ElementTree.fromstring(self.response.content))

    @property
    def first(self) -> Any:
        return self.value[0]

    @property
    def errors(self) -> list[tuple[str, str]]:
        """The errors, as (code, description)."""
        return [(error["code"], error["description"]) for error in self.value]


@dataclass
class Caller:
    """`get` and `post` to an address under /open311/, in a format."""

    client: Client
    form: str

    def get(self, path: str, **parameters: Any) -> Answer:
        headers = parameters.pop("headers", None)
        return Answer(self.client.get(self._url(path), parameters, headers=headers), self.form)

    def post(self, path: str = "v2/requests", **fields: Any) -> Answer:
        headers = fields.pop("headers", None)
        return Answer(self.client.post(self._url(path), fields, headers=headers), self.form)

    def _url(self, path: str) -> str:
        return f"/open311/{path}.{self.form}"


def _of(element: ElementTree.Element) -> Any:
    if element.tag in CONTAINERS:
        return [_of(child) for child in element]
    if len(element):
        return {child.tag: _of(child) for child in element}
    return element.text


def _texts(value: Any) -> Any:
    if isinstance(value, list):
        return [_texts(child) for child in value]
    if isinstance(value, dict):
        return {name: _texts(child) for name, child in value.items()}
    return str(value).lower() if isinstance(value, bool) else None if value is None else str(value)
