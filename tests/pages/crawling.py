"""Opening what a page leads to, and what that leads to, as someone who follows every link would."""

import sys
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.core.signals import got_request_exception
from django.http import HttpRequest
from django.template import Template
from django.template.context import Context, RequestContext
from django.test import Client
from django.test.signals import template_rendered
from django.urls import Resolver404, resolve

from parvis.apps.directory.models import Department, User
from parvis.apps.directory.rules.permissions import Role

STAFF = ("/desk/", "/desk/queue/", "/desk/mine/", "/desk/rules/new/", "/desk/tresorerie/", "/edition/")
RESIDENT = ("/", "/mon-dossier/", "/loisirs/", "/carte/")
EVERYONE = "toute.fonction"
"""The user name of who holds every role."""
WAGTAIL = {"wagtailadmin/shared/attrs.html: attrs"}
"""A name of theirs, which hides one of theirs."""
SKIPPED = ("/dev/", "/static/", "/media/", "/edition/bulk/")
"""Not ours to open: the mailbox of a demonstration, files, and what a script completes before it is followed."""


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        address = values.get("href") if tag == "a" else values.get("hx-get")
        if address:
            self.found.append(address)


@dataclass
class Crawl:
    """What was opened: the names of the views, and what failed as "address: why"."""

    views: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    shadowed: set[str] = field(default_factory=set)


def crawl(client: Client, starts: Iterable[str], *, each: int) -> Crawl:
    """Opens these addresses, then the links of their pages: `each` of a view, for each set of names in its query.

    A page that answers 500 or more fails, and so does a link that leads nowhere (404). `shadowed` are the names that a
    view gives to a template of which every page already has one: "template: name".
    """
    done, waiting = Crawl(), deque((start, "") for start in starts)
    counted: Counter[tuple[str, frozenset[str]]] = Counter()
    opened = set[str]()
    errors: list[str] = []

    def note_error(sender: Any, request: HttpRequest | None = None, **_more: Any) -> None:
        errors.append(repr(sys.exc_info()[1]))

    def note_names(sender: Template, template: Template, context: Context, **_more: Any) -> None:
        done.shadowed |= shadowed(template, context)

    got_request_exception.connect(note_error)
    template_rendered.connect(note_names)
    try:
        while waiting:
            address, origin = waiting.popleft()
            if address in opened:
                continue
            kind = _kind(address)
            if kind is None or counted[kind] >= each:
                continue
            counted[kind] += 1
            opened.add(address)
            done.views[kind[0]] += 1
            answer = client.get(address)
            if answer.status_code >= 500 or (answer.status_code == 404 and origin):
                why = errors.pop() if errors else ""
                done.failures.append(f"{address}: {answer.status_code} {why} (from {origin or 'the start'})")
                continue
            if answer.status_code in (301, 302):
                waiting.appendleft((urljoin(address, answer["Location"]), address))
            elif not answer.streaming and answer.get("Content-Type", "").startswith("text/html"):
                waiting.extend((link, address) for link in _links_of(address, answer.text))
    finally:
        got_request_exception.disconnect(note_error)
        template_rendered.disconnect(note_names)
    return done


def all_well(opened: Crawl) -> bool:
    """Whether nothing failed, and no view gave a name that every page has."""
    opened.failures += sorted(opened.shadowed - WAGTAIL)
    return not opened.failures


def holder_of_every_role() -> User:
    """Someone new, who holds every role in every department."""
    user = User.objects.create_user(EVERYONE, email="toute@exemple.ca", first_name="Toute", last_name="Fonction")
    for department in Department.objects.all():
        for role in Role:
            user.memberships.create(department=department, role=role)
    return user


def shadowed(template: Template, context: Context) -> set[str]:
    """The names that the view gives and that every page already has from the context processors."""
    if not isinstance(context, RequestContext) or len(context.dicts) < 3:
        return set()
    _builtins, everywhere, *given = context.dicts
    return {f"{template.name}: {name}" for name in set(everywhere) & set(given[0] if given else ())}


def _links_of(address: str, page: str) -> list[str]:
    parser = _Links()
    parser.feed(page)
    found = [urljoin(address, link) for link in parser.found]
    return [link.split("#")[0] for link in found if link.startswith("/") and not link.startswith(SKIPPED)]


def _kind(address: str) -> tuple[str, frozenset[str]] | None:
    parts = urlsplit(address)
    try:
        match = resolve(parts.path)
    except Resolver404:
        return ("", frozenset())
    names = frozenset(part.split("=")[0] for part in parts.query.split("&") if part)
    return match.view_name, names
