"""A small server of GeoReport v2 on loopback, right, or wrong in the way that its fault says."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring

KEY = "the-key"
CHILD = {
    "services": "service", "attributes": "attribute", "values": "value", "service_requests": "request",
    "errors": "error", "endpoints": "endpoint", "formats": "format",
}  # fmt: skip
TYPES = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}
Values = Mapping[str, list[str]]


class Refusal(Exception):
    """An error of the server: a status and its descriptions."""

    def __init__(self, status: int, *texts: str) -> None:
        self.status, self.texts = status, texts or ("No.",)


class City:
    """The data of the server and what it answers; `fault` names what it does wrong, "" for nothing."""

    def __init__(self, fault: str = "") -> None:
        self.fault, self.url = fault, ""
        days = (400, 60, 30, 1)
        self.requests = [self.request(number, days) for number, days in enumerate(days, 1)]
        self.tokens: dict[str, str] = {}

    def request(self, number: int, days: int) -> dict[str, Any]:
        """The request of a number, asked so many days ago; one in two is closed."""
        at = (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
        row: dict[str, Any] = {
            "service_request_id": str(number), "status": "closed" if number % 2 else "open", "status_notes": "",
            "service_name": "Trees" if number > 2 else "Holes", "service_code": "02" if number > 2 else "01",
            "description": "", "agency_responsible": "", "service_notice": "", "requested_datetime": at,
            "updated_datetime": at, "expected_datetime": "", "address": "", "address_id": "", "zipcode": "",
            "lat": 45.4, "long": -73.3, "media_url": "",
        }  # fmt: skip
        if self.fault == "naive_dates":
            row["requested_datetime"] = at.removesuffix("Z")
        if self.fault == "swapped_place":
            row |= {"lat": -173.3, "long": 45.4}
        if self.fault == "status_other":
            row["status"] = "in progress"
        if self.fault == "missing_element":
            del row["zipcode"]
        return row

    def get(self, path: str, values: Values) -> tuple[str, Any]:
        """The root and the value of a path; raises Refusal."""
        jurisdiction = values.get("jurisdiction_id", ["city.example"])[0] or "city.example"
        if jurisdiction != "city.example" and self.fault != "jurisdiction_ignored":
            raise Refusal(404)
        if self.fault == "empty_is_unknown" and values.get("jurisdiction_id") == [""]:
            raise Refusal(404)
        if self.fault == "services_with_key" and path == "services" and "api_key" not in values:
            raise Refusal(403)
        kind, _slash, number = path.partition("/")
        reads: dict[str, Callable[[], Any]] = {
            "discovery": self.discovery, "services": lambda: self.definition(number) if number else self.services(),
            "requests": lambda: self.one(number) if number else self.listed(values),
            "tokens": lambda: self.token(number),
        }  # fmt: skip
        if kind not in reads or (self.fault == "no_discovery" and kind == "discovery"):
            raise Refusal(404)
        roots = {"discovery": "discovery", "services": "service_definition" if number else "services"}
        return roots.get(kind, "service_requests"), reads[kind]()

    def discovery(self) -> dict[str, Any]:
        specification = "http://wiki.open311.org/GeoReport_v2"
        found = {
            "changeset": "2026-01-01T00:00:00Z", "contact": "a@city.example", "key_service": "Ask.",
            "endpoints": [
                {
                    "specification": specification + ("_0" if self.fault == "other_specification" else ""),
                    "url": self.url, "changeset": "2026-01-01T00:00:00Z", "type": "production",
                    "formats": ["text/xml", "application/json"],
                }
            ],
        }  # fmt: skip
        if self.fault == "no_key_service":
            del found["key_service"]
        return found

    def services(self) -> list[dict[str, Any]]:
        rows = []
        for code, name in (("01", "Holes"), ("02", "Trees")):
            metadata: Any = code == "01"
            rows.append(
                {
                    "service_code": "01" if self.fault == "same_codes" else code, "service_name": name,
                    "description": name,
                    "metadata": str(metadata).lower() if self.fault == "metadata_text" else metadata,
                    "type": "live" if self.fault == "type_other" else "batch", "keywords": "", "group": "Streets",
                }
            )  # fmt: skip
        return rows

    def definition(self, code: str) -> dict[str, Any]:
        if code != "01" and self.fault != "unknown_service_found":
            raise Refusal(404)
        values: list[dict[str, str]] = [{"key": "1", "name": "Big"}, {"key": "2", "name": "Small"}]
        attribute = {
            "variable": True, "code": "SIZE", "datatype": "singlevaluelist", "required": True,
            "datatype_description": "", "order": 0 if self.fault == "order_from_0" else 1, "description": "How big?",
            "values": [] if self.fault == "list_without_values" else values,
        }  # fmt: skip
        if self.fault == "datatype_other":
            attribute["datatype"] = "picklist"
        return {"service_code": code, "attributes": [attribute]}

    def listed(self, values: Values) -> list[dict[str, Any]]:
        def given(name: str) -> list[str]:
            return [text for text in ",".join(values.get(name, [])).split(",") if text]

        numbers = given("service_request_id")
        if numbers and self.fault != "numbers_ignored":
            return [row for row in self.requests if row["service_request_id"] in numbers]
        ninety = (datetime.now(UTC) - timedelta(days=90)).isoformat()
        start = (given("start_date") or [ninety])[0]
        if len(given("end_date")) and self.fault == "any_span":
            return self.requests
        rows = [row for row in self.requests if row["requested_datetime"] >= start or self.fault == "all_time"]
        if self.fault == "start_ignored":
            rows = [row for row in self.requests if row["requested_datetime"] >= ninety]
        if given("end_date"):
            rows = []
        for name in ("status", "service_code"):
            if given(name) and self.fault != f"{name}_ignored":
                rows = [row for row in rows if row[name] in given(name)]
        return rows

    def one(self, number: str) -> list[dict[str, Any]]:
        rows = [row for row in self.requests if row["service_request_id"] == number]
        if not rows and self.fault != "unknown_request_empty":
            raise Refusal(404)
        return rows

    def token(self, token: str) -> list[dict[str, Any]]:
        if token not in self.tokens and self.fault != "unknown_token_found":
            raise Refusal(404)
        row = {"service_request_id": self.tokens.get(token, "1"), "token": token}
        if self.fault == "token_forgotten":
            del row["token"]
        return [row]

    def post(self, values: Values) -> list[dict[str, Any]]:
        """Takes a request in; raises Refusal."""

        def given(name: str) -> str:
            return values.get(name, [""])[0]

        if given("api_key") != KEY and self.fault != "any_key":
            raise Refusal(401 if self.fault == "key_401" else 403)
        code = given("service_code")
        if not code:
            raise Refusal(400)
        if code not in ("01", "02"):
            raise Refusal(400 if self.fault == "unknown_service_400" else 404)
        if not (given("lat") and given("long")) and self.fault != "nowhere":
            raise Refusal(400)
        if code == "01" and not given("attribute[SIZE]") and self.fault != "answers_ignored":
            raise Refusal(400)
        number = str(len(self.requests) + 1)
        self.requests.append(self.request(len(self.requests) + 1, 0))
        self.tokens[f"t{number}"] = number
        row = {"token": f"t{number}", "service_notice": "", "account_id": ""}
        if self.fault == "number_and_token":
            row["service_request_id"] = number
        if self.fault == "nothing_given":
            del row["token"]
        return [row]

    def written(self, form: str, root: str, value: Any) -> bytes:
        """The body of an answer."""
        if form == "json":
            plain = value if self.fault == "empty_texts" else _nulls(value)
            if self.fault == "json_root":
                plain = {root: plain}
            if self.fault == "json_single" and isinstance(plain, list) and len(plain) == 1:
                plain = plain[0]
            return json.dumps(plain).encode()
        element = Element(root, {"xmlns": "urn:city"} if self.fault == "namespace" else {})
        _fill(element, value)
        start = b"" if self.fault == "no_declaration" else b'<?xml version="1.0" encoding="utf-8"?>\n'
        return start + bytes(tostring(element, encoding="utf-8", xml_declaration=False))

    def kind(self, form: str) -> str:
        """The content type of a format."""
        return "application/xml" if form == "xml" and self.fault == "application_xml" else TYPES[form]

    def errors(self, form: str, refusal: Refusal) -> tuple[str, bytes]:
        """The content type and the body of an error."""
        if self.fault == "html_errors":
            return "text/html", b"<!DOCTYPE html><p>Not found<br></html>"
        rows: list[dict[str, Any]] = [{"code": refusal.status, "description": text} for text in refusal.texts]
        if self.fault == "errors_without_code":
            rows = [{"description": text} for text in refusal.texts]
        return self.kind(form), self.written(form, "errors", rows)


def _nulls(value: Any) -> Any:
    if isinstance(value, list):
        return [_nulls(child) for child in value]
    if isinstance(value, dict):
        return {name: _nulls(child) for name, child in value.items()}
    return None if value == "" else value


def _fill(element: Element, value: Any) -> None:
    if isinstance(value, list):
        for child in value:
            _fill(SubElement(element, CHILD[element.tag]), child)
    elif isinstance(value, dict):
        for name, child in value.items():
            _fill(SubElement(element, name), child)
    else:
        element.text = str(value).lower() if isinstance(value, bool) else str(value)


@contextmanager
def city(fault: str = "") -> Iterator[str]:
    """The endpoint of a server with that fault."""
    place = City(fault)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self.answer("GET", parse_qs(urlsplit(self.path).query, keep_blank_values=True))

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.answer("POST", parse_qs(content, keep_blank_values=True))

        def answer(self, method: str, values: Values) -> None:
            path, _dot, form = urlsplit(self.path).path.removeprefix("/v2/").rpartition(".")
            try:
                root, value = place.get(path, values) if method == "GET" else ("service_requests", place.post(values))
                status, kind, body = 200, place.kind(form), place.written(form, root, value)
            except Refusal as refusal:
                status, (kind, body) = refusal.status, place.errors(form, refusal)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    place.url = f"http://127.0.0.1:{server.server_port}/v2"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield place.url
    server.shutdown()
    server.server_close()
