"""The API itself: its routes, how it reads, and how what goes wrong becomes a problem."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from parvis.lib.errors import Refused
from parvis.surfaces.api.gate import WithKey
from parvis.surfaces.api.parsing import CleanParser
from parvis.surfaces.api.problems import CONTENT_TYPE, Problem, of_refused, of_status, respond
from parvis.surfaces.api.routes.answers import router as answers
from parvis.surfaces.api.routes.cases import router as cases
from parvis.surfaces.api.routes.contacts import router as contacts
from parvis.surfaces.api.routes.files import router as files
from parvis.surfaces.api.routes.incidents import router as incidents
from parvis.surfaces.api.routes.leisure import router as leisure
from parvis.surfaces.api.routes.places import router as places
from parvis.surfaces.api.routes.webhooks import router as webhooks
from parvis.surfaces.api.validation import problem_of

VERSION = "1.0.0"
DESCRIPTION = "What a town answers, its addresses, its cases, contacts, incidents, leisure and webhooks."


class TownApi(NinjaAPI):
    """The API of a town. Its schema says that errors are problems, and which reading needs no key."""

    def get_openapi_operation_id(self, operation: Any) -> str:
        """The name of the function."""
        return str(operation.view_func.__name__)

    def get_openapi_schema(self, **arguments: Any) -> OpenAPISchema:
        """The OpenAPI 3.1 document."""
        schema = super().get_openapi_schema(**arguments)
        bearer = {"type": "http", "scheme": "bearer", "description": WithKey.openapi_description}
        schema["components"]["securitySchemes"] = {"key": bearer}
        for operations in schema["paths"].values():
            for operation in operations.values():
                _mend(operation)
        return schema


def _mend(operation: dict[str, Any]) -> None:
    for status, response in operation["responses"].items():
        if int(status) >= 400 and "application/json" in response.get("content", {}):  # noqa: PLR2004
            response["content"] = {CONTENT_TYPE: response["content"]["application/json"]}
    scope = operation.get("x-scope")
    operation["security"] = [{"key": [scope]}] if scope else [{}, {"key": []}]


api = TownApi(
    title="Parvis",
    version=VERSION,
    description=DESCRIPTION,
    docs_url=None,
    openapi_url="/openapi.json",
    parser=CleanParser(),
    urls_namespace="api",
)
for tag, router in {
    "answers": answers,
    "addresses": places,
    "cases": cases,
    "files": files,
    "contacts": contacts,
    "incidents": incidents,
    "leisure": leisure,
    "webhooks": webhooks,
}.items():
    api.add_router("", router, tags=[tag])


@api.exception_handler(Problem)
def on_problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    """A problem, as it is."""
    return respond(problem)


@api.exception_handler(Refused)
def on_refused(request: HttpRequest, refused: Refused) -> HttpResponse:
    """A refusal of a service."""
    return respond(of_refused(refused))


@api.exception_handler(ValidationError)
def on_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Fields that are missing or wrong."""
    return respond(problem_of(error.errors))


@api.exception_handler(HttpError)
def on_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What the library refuses itself; a problem that the parser found is its cause."""
    cause = error.__cause__
    return respond(cause if isinstance(cause, Problem) else of_status(error.status_code))


@api.exception_handler(Http404)
def on_missing(request: HttpRequest, error: Http404) -> HttpResponse:
    """Nothing there."""
    return respond(of_status(404))
