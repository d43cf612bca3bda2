"""What every answer under /api/ has in common: its language, its headers, and problems for all that goes wrong."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from parvis.apps.directory.models import Town
from parvis.apps.directory.queries import town
from parvis.lib.errors import NotFound
from parvis.lib.i18n.languages import LANGUAGES
from parvis.surfaces.api.problems import CONTENT_TYPE, of_status, respond

PREFIX, PAGE = "/api/", "/api/v1/"


class ApiAnswers:
    """Answers in the language of Accept-Language (French by default), without cookies; every error is a problem.

    The page for people, at /api/v1/ itself, is a page like the others.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX) or request.path_info == PAGE:
            return self.get_response(request)
        language = language_of(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        request.api_headers = {}  # type: ignore[attr-defined]
        response = self.get_response(request)
        translation.activate(language)
        if response.status_code >= 400 and not response.headers.get("Content-Type", "").startswith(CONTENT_TYPE):  # noqa: PLR2004
            allow = response.headers.get("Allow", "")
            response = respond(of_status(response.status_code))
            if allow:
                response["Allow"] = allow
        for name, value in request.api_headers.items():  # type: ignore[attr-defined]
            response[name] = value
        response["Content-Language"] = language
        response["Access-Control-Allow-Origin"] = "*"
        response.headers.setdefault("Cache-Control", "no-store")
        patch_vary_headers(response, ["Accept-Language", "Authorization"])
        return response


def language_of(request: HttpRequest) -> str:
    """The language of Accept-Language that the town offers; else French."""
    asked = translation.get_language_from_request(request)[:2]
    return asked if asked in LANGUAGES and (asked == "fr" or _english_offered()) else "fr"


def _english_offered() -> bool:
    try:
        return town().english != Town.English.OFF
    except NotFound:
        return False
