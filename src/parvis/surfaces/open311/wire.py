"""One answer, written as XML or as JSON by the Spark convention: the root is dropped, a container becomes an array even
for one child, an empty element becomes null.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from django.http import HttpResponse

XML, JSON = "xml", "json"
CONTENT_TYPES = {XML: "text/xml; charset=utf-8", JSON: "application/json; charset=utf-8"}
_DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>\n'
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2


@dataclass(frozen=True)
class Items:
    """A container: the name of its children, and their values (texts, mappings)."""

    child: str
    values: list[Any] = field(default_factory=list)


def respond(form: str, root: str, value: "Mapping[str, Any] | Items", *, status: int = 200) -> HttpResponse:
    """The response in a format, XML or JSON. Values are texts, numbers, booleans, None, mappings and `Items`."""
    content = to_json(value) if form == JSON else to_xml(root, value)
    return HttpResponse(content, content_type=CONTENT_TYPES[form], status=status)


def to_json(value: Any) -> bytes:
    """The value without its root, as UTF-8."""
    return json.dumps(_plain(value), ensure_ascii=False).encode("utf-8", "replace")


def to_xml(root: str, value: Any) -> bytes:
    """The element with a declaration, in no namespace. Characters that XML forbids become U+FFFD."""
    element = Element(root)
    _fill(element, value)
    content: bytes = tostring(element, encoding="utf-8", xml_declaration=False)
    return _DECLARATION + content


def _plain(value: Any) -> Any:
    if isinstance(value, Items):
        return [_plain(child) for child in value.values]
    if isinstance(value, Mapping):
        return {name: _plain(child) for name, child in value.items()}
    return None if value == "" else value if isinstance(value, bool | int | float | None) else str(value)


def _fill(element: Element, value: Any) -> None:
    if isinstance(value, Items):
        for child in value.values:
            _fill(SubElement(element, value.child), child)
    elif isinstance(value, Mapping):
        for name, child in value.items():
            _fill(SubElement(element, name), child)
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    elif value is not None and value != "":
        element.text = _NOT_XML.sub("\ufffd", str(value))
