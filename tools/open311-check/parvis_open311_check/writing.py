"""Checks that send requests: keys, what is missing, the answer, tokens."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from parvis_open311_check.checks import Skipped, Subject, check, errors_of
from parvis_open311_check.reading import NOTHING, OK, lacking, services_of
from parvis_open311_check.wire import Answer

CREATED = (200, 201)
FORBIDDEN, BAD, MISSING = 403, 400, 404
WORDS = "Test of Open311 by parvis-open311-check; please close it. Essai d’Open311; veuillez fermer."


def _where(subject: Subject) -> dict[str, str]:
    """A place of the town: that of the first request that has one, or the one given on the command line."""
    given = subject.sent[0] if subject.sent and "lat" in subject.sent[0] else {}
    if given:
        return {"lat": given["lat"], "long": given["long"]}
    for row in subject.server.get("requests", "xml").read("service_requests"):
        if row.get("lat") and row.get("long"):
            return {"lat": str(row["lat"]), "long": str(row["long"])}
    raise Skipped("no place of the town is known: give --at LAT,LONG")


def _required(subject: Subject, code: str) -> dict[str, str]:
    """An answer to each required question of a service."""
    answer = subject.server.get(f"services/{code}", "xml")
    if answer.status != OK:
        return {}
    rows = answer.read("service_definition").get("attributes") or []
    return {f"attribute[{row['code']}]": _value(row) for row in rows if str(row.get("required")).lower() == "true"}


def _value(row: dict[str, Any]) -> str:
    if values := row.get("values"):
        return str(values[0]["key"])
    day = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"number": "1", "datetime": day}.get(str(row.get("datatype")), "essai")


def _full(subject: Subject, code: str = "") -> dict[str, str]:
    """All the fields of a request that is right."""
    code = code or str(services_of(subject)[0]["service_code"])
    moment = datetime.now(UTC).isoformat()
    return {
        "api_key": subject.server.key, "service_code": code, "description": f"{WORDS} {moment}",
        **_where(subject), **_required(subject, code),
    }  # fmt: skip


def _without(fields: dict[str, str], *names: str) -> dict[str, str]:
    return {name: text for name, text in fields.items() if name not in names}


@check("9.1", "Without a key, or with a wrong one, the answer is 403", "POST Service Request", writes=True)
def keys(subject: Subject) -> Iterator[str]:
    """Never 401."""
    for form in subject.forms:
        full = _full(subject)
        yield from errors_of(subject.server.post(form, _without(full, "api_key")), FORBIDDEN)
        yield from errors_of(subject.server.post(form, full | {"api_key": NOTHING}), FORBIDDEN)


@check("9.2", "What is missing is 400, and a service unknown 404", "POST Service Request", writes=True)
def missing(subject: Subject) -> Iterator[str]:
    """The service, the location, the answers that are required."""
    _with_key(subject)
    for form in subject.forms:
        full = _full(subject)
        yield from errors_of(subject.server.post(form, _without(full, "service_code")), BAD)
        yield from errors_of(subject.server.post(form, _without(full, "lat", "long")), BAD)
        yield from errors_of(subject.server.post(form, full | {"service_code": NOTHING}), MISSING)
    for row in services_of(subject):
        code = str(row["service_code"])
        if required := _required(subject, code):
            lacks = _without(_full(subject, code), *required)
            yield from errors_of(subject.server.post("xml", lacks), BAD)
            break


@check("8.1", "A request sent gives a number or a token", "POST Service Request", writes=True)
def sent(subject: Subject) -> Iterator[str]:
    """One of both, neither when the service is a black box."""
    _with_key(subject)
    types = {str(row["service_code"]): row.get("type") for row in services_of(subject)}
    for form in subject.forms:
        full = _full(subject)
        answer = subject.server.post(form, full)
        if answer.status not in CREATED:
            yield f"{answer.url} answers {answer.status} to a request that is complete: {_said(answer)}"
            continue
        rows = answer.read("service_requests")
        if len(rows) != 1:
            yield f"{answer.url} gives {len(rows)} requests: one was sent."
            continue
        row = rows[0]
        given = [name for name in ("service_request_id", "token") if row.get(name)]
        black = types.get(full["service_code"]) == "blackbox"
        if len(given) != (0 if black else 1):
            wanted = "neither of them" if black else "one of them"
            yield f"The answer has {' and '.join(given) or 'neither number nor token'}: {wanted} is expected."
        yield from lacking(row, ("service_notice", "account_id"), f"The answer in {form}")
        subject.sent.append({name: str(row[name]) for name in given})


@check("10.2", "A token gives the number", "GET service_request_id from a token", writes=True)
def tokens(subject: Subject) -> Iterator[str]:
    """Of a request just sent."""
    given = next((row["token"] for row in subject.sent if row.get("token")), "")
    if not given:
        raise Skipped("the server gives numbers at once, no token")
    for form in subject.forms:
        answer = subject.server.get(f"tokens/{given}", form)
        rows = answer.read("service_requests")
        if len(rows) != 1 or not {"service_request_id", "token"} <= set(rows[0]):
            yield f"{answer.url} must give service_request_id and token."


def _with_key(subject: Subject) -> None:
    if not subject.server.key:
        raise Skipped("it needs a key: give --key")


def _said(answer: Answer) -> str:
    return answer.content.decode("utf-8", "replace")[:300]
