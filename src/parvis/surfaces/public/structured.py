"""What a search engine or an assistant reads of a topic page: the question, the answer and whose it is (schema.org)."""

import json
from typing import Any

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from parvis.apps.directory.models import Town
from parvis.apps.knowledge.rendering import Rendered
from parvis.ui.context import LANGUAGE_PARAMETER

_ESCAPED = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def of_answer(answer: Rendered, path: str, place: Town) -> SafeString:
    """The JSON-LD of a published answer, fit to stand in a page. Values that are not told are not in it.

    A text that rests on a value to check, or on an example, is left out whole: nothing would warn its reader.
    """
    language_choice = f"{answer.short.lang}-CA"
    here = f"{settings.PARVIS_URL}{path}" + (f"?{LANGUAGE_PARAMETER}=en" if answer.lang == "en" else "")
    who = {
        "@type": "GovernmentOrganization",
        "name": place.name_en if answer.lang == "en" else place.name_fr,
        "url": settings.PARVIS_URL,
        **({"telephone": place.phone} if place.phone else {}),
    }
    page: dict[str, Any] = {
        "@type": "WebPage",
        "@id": here,
        "url": here,
        "name": answer.title,
        "inLanguage": language_choice,
        "publisher": who,
        **({"description": answer.summary} if answer.summary and _sound(answer, answer.summary) else {}),
        **({"dateModified": answer.published_on.isoformat()} if answer.published_on else {}),
    }
    if _sound(answer, answer.short.plain):
        said = {"@type": "Answer", "text": answer.short.plain, "inLanguage": language_choice, "author": who}
        page["mainEntity"] = {"@type": "Question", "name": answer.title, "acceptedAnswer": said}
    text = json.dumps({"@context": "https://schema.org", **page}, ensure_ascii=False).translate(_ESCAPED)
    return mark_safe(text)


def _sound(answer: Rendered, text: str) -> bool:
    """Whether that text shows no value that is to be checked, nor one marked as an example."""
    return not any(fact.shown in text for fact in answer.used if fact.shown and (not fact.told or fact.mark))
