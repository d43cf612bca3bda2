"""A client of GeoReport v2, in XML, the only format that the specification demands of a server.

It is kind to what servers get wrong: other content types, a JSON-like root, elements that lack. Every call is bounded
in time and size, and refuses hosts that are not public.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser, fromstring

from django.conf import settings
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from parvis.apps.open311.rules.forwarding import TheirRequest
from parvis.lib.outbound import Target, Unreachable, call, target
from parvis.lib.transport import DeliveryUncertain, PermanentError, TransientError

SECONDS = 10.0
LARGEST = 4_000_000
CHUNK = 65_536
OK = (200, 201)
DEFINITE = (400, 401, 403, 404, 405, 410, 422)
TYPED = "application/x-www-form-urlencoded; charset=utf-8"
SPECIFICATION = "georeport_v2"
PROLOG = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
MOST_PAGES = 20


@dataclass(frozen=True)
class Accepted:
    """The answer to a request that they took: a number, or a token, or neither (a blackbox service)."""

    number: str = ""
    token: str = ""
    notice: str = ""


@dataclass(frozen=True)
class Listed:
    """Requests of theirs; not `whole` when there may be others, that they do not list."""

    rows: Sequence[TheirRequest]
    whole: bool


@dataclass(frozen=True)
class TheirService:
    """A service of theirs; `asks`: it has questions of its own."""

    code: str
    name: str
    group: str
    asks: bool


def trusted_hosts() -> Collection[str]:
    """The hosts called though not public: those of the demonstration and the tests."""
    trusted: frozenset[str] = settings.PARVIS_OPEN311_TRUSTED_HOSTS
    return trusted


@dataclass(frozen=True)
class GeoReport:
    """One server: its URL, the jurisdiction to name, its key."""

    url: str
    jurisdiction_id: str = ""
    key: str = ""

    def endpoint(self) -> str:
        """The endpoint of GeoReport v2: what the discovery says, production first, when the URL is of one.

        Raises TransientError, PermanentError.
        """
        if "discovery" not in self.url.rpartition("/")[2]:
            return self.url.rstrip("/")
        root = self._parsed(self._called(self.url, "GET"))
        found = [
            (_text(row, "type") != "production", _text(row, "url").rstrip("/"))
            for row in root.iter("endpoint")
            if SPECIFICATION in _text(row, "specification").lower() and _text(row, "url")
        ]
        if not found:
            raise PermanentError(_("its discovery names no endpoint of GeoReport v2"))
        return min(found)[1]

    def services(self) -> list[TheirService]:
        """All their services. Raises TransientError, PermanentError."""
        root = self._parsed(self._get("services"))
        rows = [
            TheirService(
                code=_text(row, "service_code")[:120],
                name=_text(row, "service_name")[:200],
                group=_text(row, "group")[:120],
                asks=_text(row, "metadata").lower() == "true",
            )
            for row in root.iter("service")
        ]
        return [row for row in rows if row.code]

    def send(self, values: Mapping[str, str], *, key: str) -> Accepted:
        """Sends a request. Raises TransientError, PermanentError, DeliveryUncertain: see `requests` then."""
        sent = {**self._common(), **values, "api_key": self.key}
        body = urlencode({name: value for name, value in sent.items() if value}).encode()
        try:
            where = target(f"{self.url}/requests.xml", trusted=trusted_hosts())
        except Unreachable as error:
            raise TransientError(_unreachable(error)) from error
        headers = {"Content-Type": TYPED, "Idempotency-Key": key, "Accept": "text/xml"}
        try:
            status, content = _answer(where, "POST", headers, body)
        except Unreachable as error:
            raise DeliveryUncertain(_unreachable(error)) from error
        if status in DEFINITE:
            raise PermanentError(_reason(status, content))
        if status not in OK:
            raise DeliveryUncertain(_answers(status))
        try:
            row = next(self._parsed(content).iter("request"), None)
        except PermanentError as error:
            raise DeliveryUncertain(str(error)) from error
        if row is None:
            raise DeliveryUncertain(_("its answer names no request"))
        number, token = _text(row, "service_request_id"), _text(row, "token")
        return Accepted(number[:120], "" if number else token[:120], _text(row, "service_notice"))

    def number_of(self, token: str) -> str:
        """The number behind a token; "" while they have given none. Raises TransientError, PermanentError."""
        row = next(self._parsed(self._get(f"tokens/{quote(token, safe='')}")).iter("request"), None)
        return _text(row, "service_request_id")[:120] if row is not None else ""

    def request(self, number: str) -> TheirRequest:
        """One request as they tell it. Raises TransientError, PermanentError (they know none by that number)."""
        rows = list(self._parsed(self._get(f"requests/{quote(number, safe='')}")).iter("request"))
        row = next((row for row in rows if _text(row, "service_request_id") in (number, "")), None)
        if row is None:
            raise PermanentError(_("they know no request of that number"))
        return _their(row)

    def requests(self, service_code: str, start: datetime, end: datetime) -> Listed:
        """Their requests of a service between two moments, page after page. Raises TransientError, PermanentError."""
        asked = {"service_code": service_code, "extensions": "true"}
        asked |= {"start_date": f"{start:%Y-%m-%dT%H:%M:%SZ}", "end_date": f"{end:%Y-%m-%dT%H:%M:%SZ}"}
        found: dict[str, TheirRequest] = {}
        for page in range(1, MOST_PAGES + 1):
            try:
                rows = self._page(asked | ({"page": str(page)} if page > 1 else {}))
            except PermanentError:
                if page == 1:
                    raise
                return Listed(list(found.values()), whole=False)
            known = len(found)
            found |= {row.number: row for row in rows}
            if page > 1 and rows and len(found) == known:  # the same again: it knows nothing of pages
                return Listed(list(found.values()), whole=False)
            if not rows or not _looks_full(len(rows)):
                return Listed(list(found.values()), whole=True)
        return Listed(list(found.values()), whole=False)

    def _page(self, asked: Mapping[str, str]) -> list[TheirRequest]:
        rows = self._parsed(self._get("requests", **asked)).iter("request")
        return [their for their in map(_their, rows) if their.number]

    def _common(self) -> dict[str, str]:
        return {"jurisdiction_id": self.jurisdiction_id} if self.jurisdiction_id else {}

    def _get(self, path: str, **values: str) -> bytes:
        asked = {**self._common(), **values} | ({"api_key": self.key} if self.key and path != "services" else {})
        return self._called(f"{self.url}/{path}.xml?{urlencode(asked)}", "GET")

    def _called(self, url: str, method: str) -> bytes:
        try:
            status, content = _answer(target(url, trusted=trusted_hosts()), method, {"Accept": "text/xml"}, None)
        except Unreachable as error:
            raise TransientError(_unreachable(error)) from error
        if status in DEFINITE:
            raise PermanentError(_reason(status, content))
        if status not in OK:
            raise TransientError(_answers(status))
        return content

    def _parsed(self, content: bytes) -> Element:
        root = _read(content)
        if root is None:
            raise PermanentError(_("its answer is not GeoReport v2"))
        return root


class _WithoutDoctype(TreeBuilder):
    """Refuses a document type in whatever encoding it is written: it is a page, or declares entities."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise ValueError(name)


def _read(content: bytes) -> Element | None:
    """The root of what they answered; None when it is not XML, or has a document type. LARGEST bounds it."""
    prolog = PROLOG.match(content)
    after = content[prolog.end() if prolog else 0 :][:9].lower()
    if after.startswith((b"<!doctype", b"<!entity")):
        return None
    try:
        return fromstring(content, parser=XMLParser(target=_WithoutDoctype()))  # noqa: S314
    except (ParseError, LookupError, ValueError):  # the two last: an encoding that is not known
        return None


def _looks_full(count: int) -> bool:
    """Whether a page of that many may be followed by others: sizes of pages are round numbers."""
    return count > 0 and count % 10 == 0


def _answer(where: Target, method: str, headers: Mapping[str, str], body: bytes | None) -> tuple[int, bytes]:
    with call(where, method, headers=headers, body=body, seconds=SECONDS) as response:
        content = bytearray()
        for chunk in response.stream(CHUNK, decode_content=True):
            content += chunk
            if len(content) > LARGEST:
                raise Unreachable("its answer is too large")
    return response.status, bytes(content)


def _answers(status: int) -> str:
    return _("the server answers %(status)s") % {"status": status}


def _unreachable(error: Unreachable) -> str:
    return _("the server cannot be reached (%(why)s)") % {"why": error}


def _reason(status: int, content: bytes) -> str:
    """Their own words for a refusal, when they are an error of Open311; the status otherwise."""
    root = _read(content)
    words = [_text(row, "description") for row in root.iter("error")] if root is not None else []
    return f"{status}: {'; '.join(filter(None, words))[:240]}" if any(words) else _answers(status)


def _their(row: Element) -> TheirRequest:
    point = None
    try:
        point = float(_text(row, "lat")), float(_text(row, "long"))
    except ValueError:
        point = None
    at = _moment(_text(row, "requested_datetime"))
    return TheirRequest(
        number=_text(row, "service_request_id")[:120],
        service_code=_text(row, "service_code"),
        status=_text(row, "status")[:40],
        notes=_text(row, "status_notes")[:2000],
        changed=_text(row, "updated_datetime")[:40],
        at=at,
        point=point,
        address=_text(row, "address"),
        words=_text(row, "description"),
        texts=" ".join(row.itertext()),
    )


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


def _text(row: Element, name: str) -> str:
    return (row.findtext(name) or "").strip()
