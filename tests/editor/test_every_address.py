"""Every address of the editors' space, with arguments that lead nowhere: refused or not found, never our error."""

import re
from collections.abc import Callable, Iterator

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from wagtail.models import Locale, Page

from parvis.apps.directory.models import User
from tests.content.makers import publish_answer
from tests.factories import SmallTown

NOWHERE = ("999999", "9" * 30, "x", "é")
ARGUMENT = re.compile(r"<(?:\w+:)?\w+>|\(\?P<\w+>[^)]*\)")
MARKS = re.compile(r"[\^$?\\]|\\Z")


def routes(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    """The route of each view under a resolver."""
    for one in resolver.url_patterns:
        route = prefix + str(one.pattern)
        if isinstance(one, URLPattern):
            yield route
        else:
            yield from routes(one, route)


def test_nothing_asked_of_the_editors_space_is_an_error_of_ours(
    town: SmallTown, signed_in: Callable[[User], Client]
) -> None:
    publish_answer(town.shed, town.planning).save()
    if Page.get_first_root_node() is None:  # a test that emptied the tables may have come before
        Locale.objects.get_or_create(language_code="fr")
        Page.add_root(instance=Page(title="Root", slug="root"))
    client = signed_in(town.editor)
    client.raise_request_exception = False
    asked = dict.fromkeys(
        "/" + MARKS.sub("", ARGUMENT.sub(given, route))
        for route in routes(get_resolver())
        if route.startswith("edition/") and "logout" not in route
        for given in NOWHERE[: None if ARGUMENT.search(route) else 1]
    )
    assert len(asked) > 200
    wrong = [
        (method, address, answer.status_code)
        for address in asked
        for method in ("get", "post")
        if (answer := getattr(client, method)(address)).status_code >= 500
    ]
    assert wrong == []
