"""Asks a server, and reads its answers: XML and JSON into the same shape."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

import requests

SECONDS = 30.0
AGENT = "parvis-open311-check/0.1"
CONTENT_TYPES = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}
CONTAINERS = {
    "services": "service", "attributes": "attribute", "values": "value", "service_requests": "request",
    "errors": "error", "endpoints": "endpoint", "formats": "format",
}  # fmt: skip
OBJECTS = ("service_definition", "discovery")


class Unreadable(Exception):
    """The answer is not what its format says; the message explains how."""


@dataclass(frozen=True)
class Answer:
    """An answer of the server in one format."""

    url: str
    form: str
    status: int
    content_type: str
    content: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def declared(self) -> bool:
        """Whether an XML declaration says UTF-8."""
        return bool(re.match(rb"""\s*<\?xml[^>]*encoding=["']utf-8["']""", self.content, re.IGNORECASE))

    @property
    def json(self) -> Any:
        """The JSON value. Raises Unreadable."""
        try:
            return json.loads(self.content.decode("utf-8"))
        except ValueError as error:
            raise Unreadable(f"{self.url} does not give JSON in UTF-8: {error}") from error

    @property
    def element(self) -> ElementTree.Element:
        """The root of the XML. Raises Unreadable."""
        try:
            return ElementTree.fromstring(self.content)
        except ElementTree.ParseError as error:
            raise Unreadable(f"{self.url} does not give well-formed XML: {error}") from error

    def read(self, root: str) -> Any:
        """The value under a root in the shape of the JSON convention, texts as texts. Raises Unreadable."""
        if self.form == "json":
            value = self.json
            if not isinstance(value, dict if root in OBJECTS else list):
                kind = "an object" if root in OBJECTS else "an array"
                raise Unreadable(f"{self.url}: the JSON must be {kind}, the root {root!r} being dropped")
            return value
        element = self.element
        if element.tag != root:
            raise Unreadable(f"{self.url}: the root element is <{element.tag}>, not <{root}>")
        return from_xml(element)


def from_xml(element: ElementTree.Element) -> Any:
    """An element by the JSON convention: containers are lists, an empty element is None."""
    if element.tag in CONTAINERS:
        return [from_xml(child) for child in element]
    if len(element):
        return {child.tag: from_xml(child) for child in element}
    return (element.text or "").strip() or None


def as_texts(value: Any) -> Any:
    """A JSON value with its leaves as XML would write them."""
    if isinstance(value, list):
        return [as_texts(child) for child in value]
    if isinstance(value, dict):
        return {name: as_texts(child) for name, child in value.items()}
    if value is None or value == "":
        return None
    return str(value).lower() if isinstance(value, bool) else str(value).strip()


class Server:
    """A server of GeoReport v2 at an endpoint, such as https://town.example/open311/v2."""

    def __init__(self, endpoint: str, *, jurisdiction: str = "", key: str = "") -> None:
        self.endpoint, self.jurisdiction, self.key = endpoint.rstrip("/"), jurisdiction, key
        self.session = requests.Session()
        self.session.headers["User-Agent"] = AGENT
        self.kept: dict[tuple[str, ...], Answer] = {}

    def get(self, path: str, form: str, **parameters: str) -> Answer:
        """Reads a path under the endpoint in a format; an answer already had is not asked for twice."""
        values = ({"jurisdiction_id": self.jurisdiction} if self.jurisdiction else {}) | parameters
        return self.get_url(f"{self.endpoint}/{path}.{form}", form, **values)

    def get_url(self, url: str, form: str, **parameters: str) -> Answer:
        """Reads a URL."""
        asked = (url, *(f"{name}={text}" for name, text in sorted(parameters.items())))
        if asked not in self.kept:
            self.kept[asked] = self._answer("GET", url, form, params=parameters)
        return self.kept[asked]

    def post(self, form: str, fields: Mapping[str, str]) -> Answer:
        """Sends a request."""
        values = ({"jurisdiction_id": self.jurisdiction} if self.jurisdiction else {}) | dict(fields)
        return self._answer("POST", f"{self.endpoint}/requests.{form}", form, data=values)

    def _answer(self, method: str, url: str, form: str, **more: Any) -> Answer:
        response = self.session.request(method, url, timeout=SECONDS, **more)
        kind = response.headers.get("Content-Type", "")
        return Answer(response.url, form, response.status_code, kind, response.content, dict(response.headers))
