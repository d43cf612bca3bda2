"""Structured data of an answer's page for search engines: the question, the answer and its publisher (schema.org)."""

import json
from typing import Any

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from parvis.apps.content.queries.rendering import Rendered
from parvis.apps.directory.models import Town
from parvis.ui.context import LANGUAGE_PARAMETER

_ESCAPED = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def of_answer(answer: Rendered, path: str, place: Town) -> SafeString:
    """The JSON-LD of a published answer, escaped for HTML. It holds no withheld value.

    A text that relies on an unverified or example value is omitted entirely, since nothing would warn its reader.
    """
    language_tag = f"{answer.short.lang}-CA"
    url = f"{settings.PARVIS_URL}{path}" + (f"?{LANGUAGE_PARAMETER}=en" if answer.lang == "en" else "")
    publisher = {
        "@type": "GovernmentOrganization",
        "name": place.name_en if answer.lang == "en" else place.name_fr,
        "url": settings.PARVIS_URL,
        **({"telephone": place.phone} if place.phone else {}),
    }
    page: dict[str, Any] = {
        "@type": "WebPage",
        "@id": url,
        "url": url,
        "name": answer.title,
        "inLanguage": language_tag,
        "publisher": publisher,
        **({"description": answer.summary} if answer.summary and _is_verified(answer, answer.summary) else {}),
        **({"dateModified": answer.published_on.isoformat()} if answer.published_on else {}),
    }
    if _is_verified(answer, answer.short.plain):
        accepted = {"@type": "Answer", "text": answer.short.plain, "inLanguage": language_tag, "author": publisher}
        page["mainEntity"] = {"@type": "Question", "name": answer.title, "acceptedAnswer": accepted}
    text = json.dumps({"@context": "https://schema.org", **page}, ensure_ascii=False).translate(_ESCAPED)
    return mark_safe(text)


def _is_verified(answer: Rendered, text: str) -> bool:
    """Whether the text shows no unverified value and no example."""
    return not any(fact.shown in text for fact in answer.used if fact.shown and (not fact.told or fact.mark))
