"""Calls to the API with the key of a program."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.test import Client

from parvis.apps.directory.models import ApiKey, User
from parvis.apps.directory.rules.permissions import Scope
from parvis.apps.directory.services.keys import make_key
from tests.factories import unique


def new_key(by: User, *scopes: Scope, **more: Any) -> tuple[str, ApiKey]:
    """The secret of a new key with these scopes, and the key."""
    values: dict[str, Any] = {"name": "Application", "scopes": list(scopes), "last_day": date(2027, 6, 30)}
    made = make_key(submission=unique(), by=by, **values | more)
    return made.secret, made.key


@dataclass
class Answer:
    """A response of the API."""

    response: Any

    @property
    def status(self) -> int:
        return int(self.response.status_code)

    @property
    def value(self) -> Any:
        return self.response.json()

    @property
    def code(self) -> str:
        """The code of a problem."""
        assert self.response["Content-Type"] == "application/problem+json", self.response.content
        return str(self.value["code"])


@dataclass
class Program:
    """A program that calls the API, with a key or without."""

    secret: str = ""
    client: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True))

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        return ({"Authorization": f"Bearer {self.secret}"} if self.secret else {}) | more

    def get(self, path: str, **parameters: Any) -> Answer:
        headers = parameters.pop("headers", {})
        return Answer(self.client.get(f"/api/v1{path}", parameters, headers=self._headers(headers)))

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """A call with a JSON body; `headers` have underscores for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = {} if body is None else {"data": body, "content_type": "application/json"}
        call = getattr(self.client, method)
        return Answer(call(f"/api/v1{path}", headers=self._headers(named), **content))

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.send("post", path, {} if body is None else body, **headers)
