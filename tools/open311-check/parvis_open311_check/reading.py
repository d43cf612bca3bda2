"""Checks that read only: discovery, formats, jurisdictions, services, requests."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from parvis_open311_check.checks import DISCOVERY, JSON_PAGE, Skipped, Subject, check, errors_of
from parvis_open311_check.wire import CONTENT_TYPES, Answer, as_texts

DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
SERVICE = ("service_code", "service_name", "description", "metadata", "type", "keywords", "group")
ATTRIBUTE = ("variable", "code", "datatype", "required", "datatype_description", "order", "description")
DATATYPES = ("string", "number", "datetime", "text", "singlevaluelist", "multivaluelist")
REQUEST = (
    *("service_request_id", "status", "status_notes", "service_name", "service_code", "description"),
    *("agency_responsible", "service_notice", "requested_datetime", "updated_datetime", "expected_datetime"),
    *("address", "address_id", "zipcode", "lat", "long", "media_url"),
)
DATES = ("requested_datetime", "updated_datetime", "expected_datetime")
NOTHING = "parvis-check-nothing"
MOST, DAYS, FEW = 1_000, 90, 5
OK, BAD, MISSING = 200, 400, 404


def rows_of(subject: Subject, form: str, **parameters: str) -> list[dict[str, Any]]:
    """The requests of a list. Raises Unreadable; Skipped when the server refuses."""
    answer = subject.server.get("requests", form, **parameters)
    if answer.status != OK:
        raise Skipped(f"{answer.url} answers {answer.status}")
    return [row for row in answer.read("service_requests") if isinstance(row, dict)]


def services_of(subject: Subject, form: str = "xml") -> list[dict[str, Any]]:
    """The services. Raises Unreadable."""
    return [row for row in subject.server.get("services", form).read("services") if isinstance(row, dict)]


def lacking(row: dict[str, Any], names: tuple[str, ...], what: str) -> Iterator[str]:
    """A sentence for each element that a row lacks."""
    for name in names:
        if name not in row:
            yield f"{what} lacks {name}: every element must be there, empty when there is nothing to say."


def moment_of(text: str) -> datetime:
    """The moment of a W3C date."""
    return datetime.fromisoformat(text)


@check("1.1", "The discovery is there and complete", "Service Discovery", page=DISCOVERY)
def discovery(subject: Subject) -> Iterator[str]:
    """Every element, in both formats."""
    base = subject.server.endpoint
    bases = [subject.discovery] if subject.discovery else [f"{base}/discovery", f"{base.rpartition('/')[0]}/discovery"]
    found = next((url for url in bases if subject.server.get_url(f"{url}.xml", "xml").status == OK), "")
    if not found:
        yield f"There is no discovery at {' nor at '.join(f'{url}.xml' for url in bases)}."
        return
    subject.discovery = found
    for form in subject.forms:
        value = subject.server.get_url(f"{found}.{form}", form).read("discovery")
        yield from lacking(value, ("changeset", "contact", "key_service", "endpoints"), f"The discovery in {form}")
        for endpoint in value.get("endpoints") or []:
            names = ("specification", "url", "changeset", "type", "formats")
            yield from lacking(endpoint, names, f"An endpoint of the discovery in {form}")


@check("1.2", "The discovery names this endpoint", "Service Discovery", page=DISCOVERY)
def endpoint(subject: Subject) -> Iterator[str]:
    """One endpoint is GeoReport v2."""
    if not subject.discovery:
        raise Skipped("there is no discovery")
    value = subject.server.get_url(f"{subject.discovery}.xml", "xml").read("discovery")
    ours = [row for row in value.get("endpoints") or [] if row.get("specification") == SPECIFICATION]
    if not ours:
        yield f"No endpoint has the specification {SPECIFICATION}."
    for row in ours:
        if row.get("type") not in ("production", "test"):
            yield f"The type of an endpoint is {row.get('type')!r}: production or test."
        if not row.get("formats") or not all("/" in str(kind) for kind in row["formats"]):
            yield "The formats of an endpoint must be MIME types, such as text/xml."
        for date in (value.get("changeset"), row.get("changeset")):
            if date and not re.match(r"\d{4}-\d\d-\d\d", date):
                yield f"The changeset {date!r} is not a date."


@check("2.1", "Answers have the content type of their format", "Formats")
def content_types(subject: Subject) -> Iterator[str]:
    """text/xml and application/json, in UTF-8."""
    for answer in _answers(subject):
        wanted = CONTENT_TYPES[answer.form]
        if answer.content_type.replace(" ", "").lower() != wanted.replace(" ", ""):
            yield f"{answer.url} has the Content-Type {answer.content_type!r}, not {wanted!r}."


@check("2.2", "The XML has a declaration in UTF-8 and no namespace", "Formats")
def declaration(subject: Subject) -> Iterator[str]:
    """As the specification's examples."""
    for answer in _answers(subject):
        if answer.form == "xml":
            if not answer.declared:
                yield f"{answer.url} has no XML declaration that says UTF-8."
            if answer.element.tag.startswith("{"):
                yield f"{answer.url} puts its elements in a namespace: {answer.element.tag}."


def _answers(subject: Subject) -> list[Answer]:
    return [subject.server.get(path, form) for path in ("services", "requests") for form in subject.forms]


@check("3.1", "Dates have an offset", "Date and time")
def dates(subject: Subject) -> Iterator[str]:
    """W3C dates, such as 2026-11-24T08:00:00-05:00."""
    for form in subject.forms:
        for row in rows_of(subject, form):
            for name in DATES:
                if row.get(name) and not DATE.fullmatch(str(row[name])):
                    yield f"In {form}, {name} is {row[name]!r}: a date must have a time and an offset, or Z."


@check("3.2", "Places are in degrees of WGS 84", "GET service requests")
def places(subject: Subject) -> Iterator[str]:
    """Latitude in lat, longitude in long."""
    for row in rows_of(subject, "xml"):
        for name, most in (("lat", 90), ("long", 180)):
            try:
                right = not row.get(name) or abs(float(row[name])) <= most
            except ValueError:
                right = False
            if not right:
                yield f"{name} is {row[name]!r}: degrees from -{most} to {most} are expected."


@check("4.1", "A jurisdiction unknown is 404, and an empty one is as if absent", "jurisdiction_id")
def jurisdictions(subject: Subject) -> Iterator[str]:
    """With one jurisdiction it may be left out; with several, missing is 400."""
    for form in subject.forms:
        unknown = subject.server.get("services", form, jurisdiction_id=f"{NOTHING}.example")
        yield from errors_of(unknown, MISSING)
    url = f"{subject.server.endpoint}/services.xml"
    absent, empty = (subject.server.get_url(url, "xml", **more) for more in ({}, {"jurisdiction_id": ""}))
    if absent.status != empty.status:
        yield f"An empty jurisdiction_id answers {empty.status}, and none at all {absent.status}: both are one."
    if absent.status not in (OK, BAD):
        yield f"Without a jurisdiction_id the server answers {absent.status}: 400, or 200 when it has one only."


@check("5.1", "The services are complete", "GET Service List")
def services(subject: Subject) -> Iterator[str]:
    """Without a key."""
    for form in subject.forms:
        answer = subject.server.get("services", form)
        if answer.status != OK:
            yield f"{answer.url} answers {answer.status} without a key: the list of services is open to all."
            continue
        rows = services_of(subject, form)
        codes = [str(row.get("service_code")) for row in rows]
        if len(set(codes)) < len(codes):
            yield f"In {form}, two services have the same service_code."
        for row in rows:
            what = f"In {form}, the service {row.get('service_code')!r}"
            yield from lacking(row, SERVICE, what)
            if row.get("type") not in ("realtime", "batch", "blackbox"):
                yield f"{what} has the type {row.get('type')!r}: realtime, batch or blackbox."
            if row.get("metadata") not in ((True, False) if form == "json" else ("true", "false")):
                wanted = "a boolean" if form == "json" else "true or false"
                yield f"{what} has metadata {row.get('metadata')!r}: {wanted}."


@check("6.1", "The definitions of services are complete", "GET Service Definition")
def definitions(subject: Subject) -> Iterator[str]:
    """Those of services with metadata, the first FEW."""
    rows = [row for row in services_of(subject) if str(row.get("metadata")).lower() == "true"]
    if not rows:
        raise Skipped("no service has metadata")
    for row in rows[:FEW]:
        for form in subject.forms:
            answer = subject.server.get(f"services/{row['service_code']}", form)
            if answer.status != OK:
                yield f"{answer.url} answers {answer.status}: a service whose metadata is true has a definition."
                continue
            value = answer.read("service_definition")
            yield from lacking(value, ("service_code", "attributes"), f"The definition {answer.url}")
            yield from _attributes(value.get("attributes") or [], answer.url)


def _attributes(rows: list[dict[str, Any]], url: str) -> Iterator[str]:
    orders = [str(row.get("order")) for row in rows]
    if sorted(orders) != sorted(str(rank) for rank in range(1, len(rows) + 1)):
        yield f"{url}: the orders of the attributes are {', '.join(orders)}; each must be unique, from 1."
    for row in rows:
        what = f"{url}: the attribute {row.get('code')!r}"
        yield from lacking(row, ATTRIBUTE, what)
        if row.get("datatype") not in DATATYPES:
            yield f"{what} has the datatype {row.get('datatype')!r}: one of {', '.join(DATATYPES)}."
        if str(row.get("datatype")).endswith("valuelist"):
            values = row.get("values") or []
            if not values or not all(isinstance(one, dict) and one.get("key") and one.get("name") for one in values):
                yield f"{what} is a list: its values need a key and a name each."


@check("6.2", "A service unknown is 404", "GET Service Definition")
def unknown_service(subject: Subject) -> Iterator[str]:
    """With an error of Open311's."""
    for form in subject.forms:
        yield from errors_of(subject.server.get(f"services/{NOTHING}", form), MISSING)


@check("10.1", "A token unknown is 404", "GET service_request_id from a token")
def unknown_token(subject: Subject) -> Iterator[str]:
    """With an error of Open311's."""
    for form in subject.forms:
        yield from errors_of(subject.server.get(f"tokens/{NOTHING}", form), MISSING)


@check("11.1", "By default, the list holds the last 90 days and 1,000 requests at most", "GET service requests")
def default_span(subject: Subject) -> Iterator[str]:
    """Whichever is smaller; whatever the start, never more than 90 days."""
    oldest = datetime.now(UTC) - timedelta(days=DAYS + 1)
    rows = rows_of(subject, "xml")
    if len(rows) > MOST:
        yield f"The list holds {len(rows)} requests: 1,000 at most."
    for row in rows:
        date = str(row.get("requested_datetime"))
        if DATE.fullmatch(date) and moment_of(date) < oldest:
            yield f"A request of {date} is listed by default: the last 90 days only."
    answer = subject.server.get("requests", "xml", start_date="2012-01-01T00:00:00Z", end_date="2026-01-01T00:00:00Z")
    if answer.status == OK:
        found = [str(row.get("requested_datetime")) for row in answer.read("service_requests")]
        moments = sorted(moment_of(date) for date in found if DATE.fullmatch(date))
        if moments and moments[-1] - moments[0] > timedelta(days=DAYS + 1):
            yield "A range of fourteen years gives requests more than 90 days apart."


@check("11.2", "The filters of the list are obeyed", "GET service requests")
def filters(subject: Subject) -> Iterator[str]:
    """Status, service, dates."""
    rows = rows_of(subject, "xml")
    for status in ("open", "closed"):
        for row in rows_of(subject, "xml", status=status):
            if row.get("status") != status:
                yield f"status={status} lists {row.get('service_request_id')}, whose status is {row.get('status')!r}."
    codes = list(dict.fromkeys(str(row.get("service_code")) for row in rows))
    for code in codes[:1]:
        for row in rows_of(subject, "xml", service_code=code):
            if row.get("service_code") != code:
                yield f"service_code={code} lists a request of {row.get('service_code')!r}."
    dated = sorted(str(row["requested_datetime"]) for row in rows if DATE.fullmatch(str(row.get("requested_datetime"))))
    if len(dated) > 1:
        middle = sorted(dated, key=moment_of)[len(dated) // 2]
        written = moment_of(middle).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for row in rows_of(subject, "xml", start_date=written):
            date = str(row.get("requested_datetime"))
            if DATE.fullmatch(date) and moment_of(date) < moment_of(written):
                yield f"start_date={written} lists a request of {date}."


@check("11.3", "Numbers joined by commas are found, whatever the other filters", "GET service requests")
def numbers(subject: Subject) -> Iterator[str]:
    """service_request_id overrides everything."""
    wanted = [str(row["service_request_id"]) for row in rows_of(subject, "xml") if row.get("service_request_id")][:2]
    if not wanted:
        raise Skipped("there is no request to read")
    for form in subject.forms:
        more = {"service_request_id": ",".join(wanted), "service_code": NOTHING}
        found = {str(row.get("service_request_id")) for row in rows_of(subject, form, **more)}
        if found != set(wanted):
            yield f"service_request_id={','.join(wanted)} gives {', '.join(sorted(found)) or 'nothing'} in {form}."


@check("12.1", "Requests are complete", "GET service requests")
def elements(subject: Subject) -> Iterator[str]:
    """Every element, and a status."""
    for form in subject.forms:
        for row in rows_of(subject, form)[:50]:
            what = f"In {form}, the request {row.get('service_request_id')!r}"
            yield from lacking(row, REQUEST, what)
            if row.get("status") not in ("open", "closed"):
                yield f"{what} has the status {row.get('status')!r}: open or closed."


@check("13.1", "One request reads as in the list", "GET service request")
def one_request(subject: Subject) -> Iterator[str]:
    """A list of one, in JSON too."""
    rows = rows_of(subject, "xml")
    if not rows:
        raise Skipped("there is no request to read")
    number = str(rows[0].get("service_request_id"))
    for form in subject.forms:
        answer = subject.server.get(f"requests/{number}", form)
        if answer.status != OK:
            yield f"{answer.url} answers {answer.status}, though the list holds this request."
            continue
        found = answer.read("service_requests")
        if len(found) != 1 or str(found[0].get("service_request_id")) != number:
            yield f"{answer.url} must hold the request {number}, alone."


@check("13.2", "A request unknown is 404", "GET service request")
def unknown_request(subject: Subject) -> Iterator[str]:
    """With an error of Open311's."""
    for form in subject.forms:
        yield from errors_of(subject.server.get(f"requests/{NOTHING}", form), MISSING)


@check("15.1", "JSON and XML say the same", "JSON and XML conversion", page=JSON_PAGE)
def both(subject: Subject) -> Iterator[str]:
    """The root is dropped, containers are arrays, empty elements are null."""
    if "json" not in subject.forms:
        raise Skipped("the server does not speak JSON, which is optional")
    for path, root in (("services", "services"), ("requests", "service_requests")):
        in_json, in_xml = (subject.server.get(path, form).read(root) for form in ("json", "xml"))
        if any(value == "" for row in in_json if isinstance(row, dict) for value in row.values()):
            yield f'{path}.json has "" for an element that is empty: it must be null.'
        if len(in_json) != len(in_xml):
            yield f"{path} has {len(in_json)} rows in JSON and {len(in_xml)} in XML."
        for one, other in zip(as_texts(in_json), in_xml, strict=False):
            for name in sorted({*one, *other}) if isinstance(one, dict) and isinstance(other, dict) else ():
                if not _same(one.get(name), other.get(name)):
                    yield f"{path}: {name} is {one.get(name)!r} in JSON and {other.get(name)!r} in XML."


def _same(one: Any, other: Any) -> bool:
    try:
        return one == other or float(one) == float(other)
    except (TypeError, ValueError):
        return False
