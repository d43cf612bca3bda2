"""Who asks, and how: the format of the URL, the language, the parameters, the jurisdiction, the key."""

from django.http import HttpRequest, QueryDict
from django.utils import translation

from parvis.apps.directory.models import Town
from parvis.apps.directory.queries import town
from parvis.lib.errors import NotFound
from parvis.lib.i18n.languages import LANGUAGES
from parvis.surfaces.open311.wire import CONTENT_TYPES, XML


class NulFound(ValueError):
    """A parameter, whose name this error tells, holds a character that no text can hold."""


def format_of(path: str) -> str:
    """The format that a URL ends with; XML, which every server must speak, when it ends with none."""
    suffix = path.rpartition(".")[2].lower()
    return suffix if suffix in CONTENT_TYPES else XML


def language_of(request: HttpRequest) -> str:
    """The language asked for by `locale`, else by Accept-Language, when the town offers it; else French."""
    asked = (request.GET.get("locale") or translation.get_language_from_request(request)).lower()[:2]
    return asked if asked in LANGUAGES and (asked == "fr" or english_offered()) else "fr"


def english_offered() -> bool:
    """Whether the town offers its pages in English."""
    try:
        return town().english != Town.English.OFF
    except NotFound:
        return False


def parameters(request: HttpRequest) -> QueryDict:
    """The parameters of the request, those of the body over those of the URL; an empty one is as if absent.

    Raises NulFound for a body that holds a NUL character.
    """
    merged = QueryDict(mutable=True)
    sources = [request.GET, request.POST] if request.method == "POST" else [request.GET]
    for source in sources:
        for name, texts in source.lists():
            if any("\0" in str(text) for text in (name, *texts)):
                raise NulFound(str(name).replace("\0", ""))
            if values := [str(text) for text in texts if str(text).strip()]:
                merged.setlist(name, values)
    return merged
