"""The page of those who wait, rendered every few seconds for all of them; what differs from one to another is put in.

A whole page costs ten times what the rest of its request does, and thousands ask for the same one at an opening.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.contrib.messages.storage.cookie import CookieStorage
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.translation import get_language

from parvis.apps.leisure.models import Rush
from parvis.surfaces.public.frame import nav
from parvis.ui.context import LOOK_COOKIE, LOOKS

TEMPLATE = "public/line/page.html"
RENDERED_AGAIN = 5  # seconds
MESSAGES_COOKIE = CookieStorage.cookie_name
_PLACE = re.compile("@@([a-z]+)@@")


def waiting_page(request: HttpRequest, state: str, rush: Rush, values: Mapping[str, Any]) -> HttpResponse:
    """The page in that state, with these values, escaped unless they are safe. No query, but once in a while."""
    look = request.COOKIES.get(LOOK_COOKIE, "")
    key = f"line:{state}:{rush.pk}:{rush.opens_at.timestamp()}:{get_language()}:{look if look in LOOKS else ''}"
    said = MESSAGES_COOKIE in request.COOKIES  # words for this reader alone, shown once
    shared = not said and not request.META.get("QUERY_STRING")  # which the page repeats
    page: str | None = caches["local"].get(key) if shared else None
    if page is None:
        marks = {name: f"@@{name}@@" for name in values}
        context = {
            "state": state,
            "rush": rush,
            "public_nav": nav("leisure"),
            **({} if said else {"messages": ()}),
            "page_now": None,
            **marks,
        }
        page = render_to_string(TEMPLATE, context, request)
        if shared:
            caches["local"].set(key, page, RENDERED_AGAIN)
    return HttpResponse(_PLACE.sub(lambda found: str(conditional_escape(values[found[1]])), page))
