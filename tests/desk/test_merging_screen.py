"""Merging, unmerging and linking cases from the desk: the previews and their effects."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.cases.models import Case, CaseLink
from parvis.apps.cases.queries.lists.duplicates import DuplicateQuery, find_duplicates
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.merging import merging
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.directory.models import Actor, User
from parvis.apps.insight.queries.figures import count
from parvis.lib.clock import today
from tests.factories import SmallTown, make_address, make_person, unique

SignedIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _wednesday(settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-25T10:00:00-05:00"


def request(town: SmallTown, **more: Any) -> Case:
    values = {"subject": town.pothole, "nature": "request", "channel": "phone", "address": town.address, **more}
    return open_case(NewCase(key=unique(), **values), by=Actor.staff(town.agent)).case


# --- Similar cases ----------------------------------------------------------------------------------------------------


def test_what_is_near_or_of_the_same_person_is_offered_with_its_reasons(town: SmallTown) -> None:
    here = make_address(20, "rue du Port", latitude=46.10, longitude=-71.20)
    near = make_address(24, "rue du Port", latitude=46.1003, longitude=-71.20)
    far = make_address(900, "rue du Port", latitude=46.2, longitude=-71.20)
    jeanne = make_person()
    close, away = request(town, address=near, words="Un nid-de-poule profond"), request(town, address=far)
    before = make_person("J. Arseneau", merged_into=jeanne)
    mine = request(town, address=far, person=before)
    query = DuplicateQuery(town.pothole, words="nid-de-poule devant chez moi", address=here, person=jeanne.pk)
    with translation.override("en"):
        result = {duplicate.case: duplicate.why for duplicate in find_duplicates(query)}
    assert set(result) == {close, mine} and away not in result
    assert "33 m away" in result[close] and "same subject" in result[close] and "poule" in result[close]
    assert "same person" in result[mine]


def test_as_many_queries_at_one_as_at_forty(
    town: SmallTown, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    here = make_address(20, "rue du Port", latitude=46.10, longitude=-71.20)
    for _n in range(40):
        request(town, address=here)
    query = DuplicateQuery(town.pothole, address=here, person=make_person().pk)
    find_duplicates(query)  # the subjects are cached by the process
    with django_assert_max_num_queries(4):
        assert len(find_duplicates(query)) == 5


# --- The page of a request --------------------------------------------------------------------------------------------


def test_an_agent_looks_then_merges_then_parts(town: SmallTown, signed_in: SignedIn) -> None:
    first, second = request(town), request(town, person=make_person(email="jeanne@exemple.ca"))
    agent = signed_in(town.agent)
    part = agent.get(f"/desk/cases/{second.reference}/similar/", headers={"HX-Request": "true"})
    assert first.reference in part.text and "<html" not in part.text
    preview = agent.get(f"/desk/cases/{second.reference}/merge/?with={first.reference}")
    assert preview.status_code == 200 and second.merged_into_id is None
    send = {"with": first.reference, "words": ""}
    assert agent.post(f"/desk/cases/{second.reference}/merge/", send).status_code == 422
    done = agent.post(f"/desk/cases/{second.reference}/merge/", send | {"words": "Pareil"}, follow=True)
    assert Case.objects.get(pk=second.pk).merged_into == first and second.reference in done.text
    page = agent.get(f"/desk/cases/{second.reference}/")
    assert first.reference in page.text
    again = agent.post(f"/desk/cases/{second.reference}/merge/", send | {"words": "Pareil"})
    assert again.status_code == 302
    assert count(today(), today()).opened == 2 and count(today(), today()).distinct == 1
    apart = agent.post(f"/desk/cases/{second.reference}/unmerge/", follow=True)
    assert f"{second.reference} est de nouveau seule, comme avant" in apart.text
    assert Case.objects.get(pk=second.pk).is_open


def test_two_requests_are_linked_and_unlinked(town: SmallTown, signed_in: SignedIn) -> None:
    first, second = request(town), request(town)
    agent = signed_in(town.agent)
    agent.post(f"/desk/cases/{second.reference}/link/", {"with": first.reference})
    assert CaseLink.objects.count() == 1
    agent.post(f"/desk/cases/{first.reference}/unlink/", {"with": second.reference})
    assert not CaseLink.objects.exists()


def test_a_refusal_is_said_and_a_link_offered(town: SmallTown, signed_in: SignedIn) -> None:
    first, second = request(town), request(town)
    handling.close(case_id=first.pk, reason="done", words="Fait", proof="Vu", by=town.technician)
    page = signed_in(town.agent).get(f"/desk/cases/{second.reference}/merge/?with={first.reference}")
    assert "rouvrez-la d’abord" in page.text
    assert f"/desk/cases/{second.reference}/link/" in page.text


def test_others_neither_read_nor_merge(town: SmallTown, signed_in: SignedIn) -> None:
    first, second = request(town), request(town)
    send = {"with": first.reference, "words": "x"}
    assert signed_in(town.planner).post(f"/desk/cases/{second.reference}/merge/", send).status_code == 404
    assert signed_in(town.editor).post(f"/desk/cases/{second.reference}/merge/", send).status_code == 403


def test_an_answer_asks_for_the_other_language_only_when_someone_reads_it(town: SmallTown, signed_in: SignedIn) -> None:
    first, second = (
        request(town),
        request(town, language="en", english_ground="eligible", person=make_person(email="john@exemple.ca")),
    )
    technician = signed_in(town.technician)
    assert 'id="answer-other"' not in technician.get(f"/desk/cases/{first.reference}/?do=answer").text
    merging.merge(case_id=second.pk, into_id=first.pk, words="Pareil", by=Actor.staff(town.agent))
    assert 'id="answer-other"' in technician.get(f"/desk/cases/{first.reference}/?do=answer").text
    send = {"words": "Demain", "expect": Case.objects.get(pk=first.pk).seq}
    assert technician.post(f"/desk/cases/{first.reference}/answer/", send).status_code == 422
    assert technician.post(f"/desk/cases/{first.reference}/answer/", send | {"other": "Soon"}).status_code == 302


# --- The call ---------------------------------------------------------------------------------------------------------


def test_a_call_is_attached_with_a_number_of_its_own(town: SmallTown, signed_in: SignedIn) -> None:
    first = request(town)
    agent = signed_in(town.agent)
    begun = agent.post("/desk/contacts/", {"channel": "phone", "key": unique()})
    url = begun["Location"].partition("?")[0]
    asked: dict[str, Any] = {
        "case-subject": town.pothole.slug,
        "case-nature": "request",
        "case-address": town.address.pk,
    }
    assert first.reference in agent.get(f"{url}expectations", asked).text
    send = asked | {
        "case-key": unique(), "case-words": "Le trou", "case-who": "nobody", "case-place": town.address.label,
        "ask-taille": "grand", "case-ask-taille": "grand", "case-into": first.pk,
    }  # fmt: skip
    opened = agent.post(f"{url}case/", send, follow=True)
    second = Case.objects.exclude(pk=first.pk).get()
    assert second.merged_into == first and first.reference in opened.text and second.code
    agent.post(f"/desk/cases/{second.reference}/unmerge/", {"contact": url.rstrip("/").rpartition("/")[2]})
    assert Case.objects.get(pk=second.pk).is_open
