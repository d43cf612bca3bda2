"""Helpers of the tests of the case screens."""

import re
from typing import Any

from django.http import HttpResponse
from django.test import Client

from parvis.apps.cases.models import Case
from parvis.apps.cases.services.indexing import index_new_cases
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import Nature
from parvis.apps.directory.models import Actor, User
from tests.factories import SmallTown, unique

TUESDAY = "2026-11-24T10:00:00-05:00"


def opened(town: SmallTown, **values: Any) -> Case:
    """A case that can be found: by default a streetlight out, reported by phone."""
    given: dict[str, Any] = {
        "key": unique(),
        "subject": town.streetlight,
        "nature": Nature.REQUEST,
        "channel": "phone",
        "words": "Il fait noir devant chez nous.",
        "address": town.address,
    }
    case = open_case(NewCase(**{**given, **values}), by=Actor.staff(town.agent)).case
    index_new_cases()
    return case


def comment(town: SmallTown, words: str = "Beau sapin!", **values: Any) -> Case:
    """A comment about a streetlight, for the works department."""
    return opened(town, nature=Nature.COMMENT, words=words, **values)


def entered(user: User) -> Client:
    """A signed-in client in French, after its first page."""
    client = Client()
    client.force_login(user)
    client.get("/desk/queue/")
    return client


def page(response: Any) -> str:
    """The content of a page, with ordinary spaces."""
    assert isinstance(response, HttpResponse)
    return response.content.decode().replace("\u00a0", " ")


def text(response: Any) -> str:
    """The text of a page, without tags, on one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page(response)))


def make(client: Client, case: Case, transition: str, **values: Any) -> Any:
    """Submits one action, from the current page of the case."""
    seq = Case.objects.values_list("seq", flat=True).get(pk=case.pk)
    return client.post(f"/desk/cases/{case.reference}/{transition}/", {"expect": seq, **values})
