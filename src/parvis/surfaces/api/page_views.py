"""The page for people: what the API does, operation by operation, from its own schema."""

import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from parvis.apps.directory.queries import town
from parvis.apps.directory.rules.permissions import Scope
from parvis.apps.integrations.rules.events import EVENTS
from parvis.lib.errors import NotFound
from parvis.surfaces.api.api import api
from parvis.surfaces.api.gate import WITHOUT_KEY
from parvis.surfaces.api.problems import titles

_PERSON = {"name": "Jeanne Arsenault", "email": "jeanne@exemple.ca"}
EXAMPLES: dict[str, dict[str, Any]] = {
    "ask": {"text": "quand passe le recyclage ?", "lang": "fr"},
    "open_case": {"subject": "nid-de-poule", "words": "Un trou", "place": "12 rue du Quai", "person": _PERSON},
    "write_message": {"words": "Le trou s'est agrandi."},
    "withdraw_case": {"words": "C'est réglé."},
    "bring_contact": {"channel": "social", "text": "Le lampadaire est éteint.", "person": {"name": "Luc Gagnon"}},
    "make_household": {"people": [{"name": "Léa Gagné", "born": "2018-05-02"}], "resident": True},
    "register": {"group": "natation-3-mardi", "participants": ["Zk3..."], "together": False, "wait": True},
    "make_webhook": {"url": "https://exemple.ca/parvis", "events": ["case.opened", "case.closed"]},
    "change_webhook": {"active": True},
    "replay_since": {"since": "2026-11-24T10:00:00-05:00"},
}
PATHS = {"{slug}": "nid-de-poule", "{address_id}": "12", "{reference}": "26-0417-K"}
QUERIES = {"find_addresses": "?q=12+quai", "list_cases": "?updated_since=2026-11-24T00:00:00-05:00"}


TITLES = {
    "answers": _("Answers"),
    "addresses": _("Addresses"),
    "cases": _("Cases"),
    "files": _("Photos"),
    "contacts": _("Contacts"),
    "incidents": _("Incidents"),
    "leisure": _("Leisure"),
    "webhooks": _("Webhooks"),
}
SCOPES = {
    Scope.ANSWERS_READ: _("read the answers, within the quota of the key"),
    Scope.CASES_READ: _("read the cases, without the people"),
    Scope.CASES_WRITE: _("open cases, and write in those it opened"),
    Scope.CONTACTS_READ: _("list the contacts, without their words"),
    Scope.CONTACTS_WRITE: _("bring contacts to the desk"),
    Scope.PERSONS_READ: _("see people and what they wrote; each reading is logged"),
    Scope.REGISTRATIONS_WRITE: _("make households, and register them for activities"),
    Scope.WEBHOOKS_MANAGE: _("be told of what happens"),
}
EVENT_WORDS = {
    "case.opened": _("a case was opened"),
    "case.message": _("the citizen wrote"),
    "case.answered": _("the town wrote to the citizen, or phoned"),
    "case.changed": _("its state, its department or its date changed, or the citizen corrected it"),
    "case.closed": _("it was closed"),
    "case.reopened": _("it was opened again"),
    "incident.opened": _("an incident was opened: one cause that many people report"),
    "incident.updated": _("its words were corrected, or the town gave news of it"),
    "incident.ended": _("the incident ended, or was taken back"),
}


@dataclass(frozen=True)
class Field:
    """A parameter, or a field of the body."""

    name: str
    kind: str
    required: bool
    words: str


@dataclass(frozen=True)
class Operation:
    """One operation, as the page shows it; `scope` is empty when no key is needed."""

    name: str
    method: str
    path: str
    title: str
    words: str
    scope: str
    fields: list[Field]
    example: str


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Every operation with its fields and an example, the scopes, the events, the problems."""
    try:
        email = town().email
    except NotFound:
        email = ""
    context = {
        "groups": _groups(),
        "scopes": SCOPES.items(),
        "events": [(event, EVENT_WORDS[event]) for event in EVENTS],
        "problems": titles().items(),
        "without_key": WITHOUT_KEY,
        "email": email,
        "base": f"{settings.PARVIS_URL}/api/v1",
    }
    return render(request, "api/page.html", context)


def _groups() -> list[tuple[str, str, list[Operation]]]:
    schema = api.get_openapi_schema(path_prefix="/api/v1/")
    groups: dict[str, list[Operation]] = {tag: [] for tag in TITLES}
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            groups[operation["tags"][0]].append(_operation(path, method, operation, schema["components"]["schemas"]))
    return [(tag, str(TITLES[tag]), operations) for tag, operations in groups.items()]


def _operation(path: str, method: str, operation: dict[str, Any], models: dict[str, Any]) -> Operation:
    name, scope = str(operation["operationId"]), str(operation.get("x-scope", ""))
    return Operation(
        name=name,
        method=method.upper(),
        path=path,
        title=gettext(operation["summary"]),
        words=gettext(operation["description"]),
        scope=scope,
        fields=[_parameter(row) for row in operation["parameters"]] + _body(operation, models),
        example=_example(name, method, path, scope),
    )


def _parameter(row: dict[str, Any]) -> Field:
    words = row.get("description") or row["schema"].get("description") or ""
    return Field(row["name"], _kind(row["schema"]), row.get("required", False), gettext(words) if words else "")


def _body(operation: dict[str, Any], models: dict[str, Any]) -> list[Field]:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        model = models.get(content["schema"].get("$ref", "").rpartition("/")[2], content["schema"])
        required = model.get("required", [])
        return [
            Field(name, _kind(value), name in required, gettext(words) if (words := value.get("description")) else "")
            for name, value in model["properties"].items()
        ]
    return []


def _kind(schema: dict[str, Any]) -> str:
    """The type in short: "string", "fr | en", "array of string"."""
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"] if value != "")
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_kind(one) for one in schema["anyOf"] if one.get("type") != "null"))
    if "$ref" in schema:
        return "object"
    if schema.get("type") == "array":
        return f"array of {_kind(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type", "any"))


def _example(name: str, method: str, path: str, scope: str) -> str:
    for parameter, value in PATHS.items():
        path = path.replace(parameter, value)
    url = f"{settings.PARVIS_URL}{path}{QUERIES.get(name, '')}"
    lines = [f"curl {'' if method == 'get' else f'-X {method.upper()} '}'{url}'"]
    if scope:
        lines.append("-H 'Authorization: Bearer parvis.xxxx.yyyy'")
    if name == "send_file":
        lines.append("-F 'file=@photo.jpg'")
    elif name in EXAMPLES:
        body = json.dumps(EXAMPLES[name], ensure_ascii=False).replace("'", "\u2019")
        lines += ["-H 'Content-Type: application/json'", f"-d '{body}'"]
    return " \\\n  ".join(lines)
