"""The page of a request: words first, what fits its state, the journal in reading order, its place in the list."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.cases.models import Case, ClosingReason
from parvis.apps.cases.queries.access import transitions_for
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.directory.models import Actor
from parvis.apps.directory.rules.permissions import Action, Role
from parvis.surfaces.desk.case.case_actions import FITTING, actions_of
from tests.desk.case.made import TUESDAY, comment, entered, make, opened, page, text
from tests.factories import SmallTown, make_person

MOST = 6


@pytest.fixture(autouse=True)
def _tuesday(settings: Settings) -> None:
    settings.PARVIS_NOW = TUESDAY


def url(case: Case, **query: str) -> str:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return f"/desk/cases/{case.reference}/{'?' if asked else ''}{asked}"


def to_take(town: SmallTown) -> Case:
    return opened(town)


def working(town: SmallTown) -> Case:
    case = opened(town, person=make_person("Jeanne Cyr", phone="+14505550143"))
    handling.take(case_id=case.pk, by=town.technician)
    return case


def paused(town: SmallTown) -> Case:
    case = working(town)
    handling.ask(case_id=case.pk, words="Quel poteau?", by=town.technician)
    return case


def closed(town: SmallTown) -> Case:
    case = working(town)
    handling.close(case_id=case.pk, reason=ClosingReason.ANSWERED, words="C'est dit.", by=town.technician)
    return case


SITUATIONS: dict[str, Callable[[SmallTown], Case]] = {
    "to_take": to_take, "working": working, "paused": paused, "closed": closed, "comment": comment,
}  # fmt: skip


def part(answer: str, start: str, end: str) -> str:
    """What stands between two marks of a page."""
    return answer.split(start, 1)[1].split(end, 1)[0]


def offered(html: str) -> list[str]:
    """The actions of a part of the page, in order: links to forms, and forms of one press."""
    pattern = r'data-panel="([a-z-]+)"|<form[^>]*action="/desk/cases/[^/"]+/([a-z-]+)/"'
    return [link or press for link, press in re.findall(pattern, html)]


def test_every_situation_is_tried() -> None:
    assert set(SITUATIONS) == set(FITTING)


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("role", list(Role))
def test_at_most_six_gestures_stand_on_the_page_and_each_allowed_one_is_there_once(
    town: SmallTown, situation: str, role: Role
) -> None:
    case, user = SITUATIONS[situation](town), town.staff[role]
    response = entered(user).get(url(case))
    if response.status_code != 200:
        assert not user.may(Action.READ_CASE) or not transitions_for(user, Case.objects.get(pk=case.pk))
        return
    case.refresh_from_db()
    html = page(response)
    first = offered(part(html, 'class="do"', "</div>"))
    more = offered(part(html, '<details class="menu more-gestures"', "</details>"))
    transitions = transitions_for(user, case)
    allowed = {action.name for action in actions_of(case) if str(action.transition) in transitions}
    if case.owner_id == user.pk:
        allowed -= {"take"}
    assert len(first) <= MOST
    assert sorted(first + more) == sorted(allowed), "each once, on the line or in the menu"


def test_what_fits_changes_with_the_state(town: SmallTown) -> None:
    client = entered(town.technician)

    def first(case: Case) -> list[str]:
        return offered(part(page(client.get(url(case))), 'class="do"', "</div>"))

    assert first(to_take(town)) == ["take", "answer", "ask", "visit", "pass-on", "close"]
    assert first(working(town)) == ["answer", "ask", "new-date", "visit", "pass-on", "close"]
    assert first(paused(town))[:3] == ["answer", "reply", "new-date"] and "ask" not in first(paused(town))
    assert "called" in first(closed(town)) and not {"take", "ask", "close"} & set(first(closed(town)))


def test_the_citizens_words_come_first_and_once(town: SmallTown) -> None:
    case = opened(town, person=make_person("Lucie Tremblay", phone="+14505550142"), words="Le trou revient toujours.")
    html = page(entered(town.technician).get(url(case)))
    order = ["Le trou revient toujours.", "Lucie Tremblay", "12, rue du Quai", 'class="promise-line', 'class="do"']
    places = [html.index(words) for words in order]
    assert places == sorted(places)
    assert html.count("Le trou revient toujours.") == 1, "the journal does not say them again"


def test_the_journal_is_in_reading_order_and_can_be_limited_to_what_the_citizen_sees(town: SmallTown) -> None:
    case = working(town)
    handling.note(case_id=case.pk, words="Entre nous.", by=town.technician)
    handling.answer(case_id=case.pk, words="Nous venons jeudi.", by=town.technician)
    journal = part(page(entered(town.technician).get(url(case))), '<ol class="journal">', "</ol>")
    lines = [line.split(">", 1) for line in journal.split("<li")[1:]]
    assert "Reçue" in lines[0][1] and "Nous venons jeudi." in lines[-1][1]
    shown = {
        words: "public" in css
        for css, line in lines
        for words in ("Entre nous.", "Nous venons jeudi.")
        if words in line
    }
    assert shown == {"Entre nous.": False, "Nous venons jeudi.": True}


def test_an_overdue_bar_runs_to_today_and_says_what_was_promised(town: SmallTown, settings: Settings) -> None:
    case = opened(town)
    due = case.due_at
    assert due is not None
    settings.PARVIS_NOW = "2027-02-10T10:00:00-05:00"
    ends = part(page(entered(town.technician).get(url(case))), '<p class="ends">', "</p>")
    words = re.findall(r"<span>(.*?)</span>", ends, re.S)
    assert [word.strip() for word in words][0].startswith("24 novembre")
    assert "promis pour le" in words[1] and words[2].strip() == "aujourd’hui, le 10 février"


def test_the_page_fetches_what_is_opened_and_no_sooner(
    town: SmallTown, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    case, near = opened(town, person=make_person(email="j@exemple.ca")), opened(town, title="Poteau penché")
    client = entered(town.technician)
    client.get(url(case))
    with django_assert_max_num_queries(13):
        html = page(client.get(url(case)))
    assert near.reference not in html
    parts = re.findall(r'hx-get="(/desk/cases/[^"]+/(?:similar|side|later|mark|alert)[^"]*)"', html)
    assert len(parts) >= 4
    for address in parts:
        assert client.get(address.replace("&amp;", "&"), headers={"HX-Request": "true"}).status_code == 200, address


def test_the_alert_form_is_asked_for_and_its_words_arrive(town: SmallTown) -> None:
    case, client = opened(town), entered(town.technician)
    form = page(client.get(f"/desk/cases/{case.reference}/alert/"))
    assert 'name="alert-kind" value="distress"' in form and 'class="form danger-form"' in form


# --- The place in the list -------------------------------------------------------------------------------------------


def neighbours(client: Client, case: Case, **place: str) -> dict[str, Any]:
    query = {"queue": "voirie", **place}
    response = client.get(f"/desk/cases/{case.reference}/neighbours", query)
    html = page(response)
    found = dict(re.findall(r'href="/desk/cases/([^/]+)/[^"]*"\s+rel="(prev|next)"', html))
    return {"rank": text(response).strip(), **{rel: reference for reference, rel in found.items()}}


def test_j_and_k_lead_to_the_neighbours_of_the_list(town: SmallTown) -> None:
    first, second, third = (opened(town) for _ in range(3))
    client = entered(town.technician)
    there = neighbours(client, second)
    assert (there["prev"], there["next"]) == (first.reference, third.reference) and "2 sur 3" in there["rank"]
    assert "prev" not in neighbours(client, first) and "next" not in neighbours(client, third)


def test_the_neighbours_follow_the_list_as_it_is_shown(town: SmallTown) -> None:
    first, stopped, third = (opened(town, person=make_person(phone=f"+1450555014{n}")) for n in range(3))
    handling.ask(case_id=stopped.pk, words="Quel poteau?", by=town.technician)
    client = entered(town.technician)
    listed = re.findall(r'id="c-([^"]+)"', page(client.get("/desk/queue/voirie/")))
    assert listed == [first.reference, third.reference, stopped.reference], "paused ones come last"
    assert neighbours(client, first)["next"] == third.reference
    assert (neighbours(client, stopped)["prev"], "next" in neighbours(client, stopped)) == (third.reference, False)
    [row] = re.findall(
        rf'href="/desk/cases/{stopped.reference}/[^"]*row=(\d+)"', page(client.get("/desk/queue/voirie/"))
    )
    assert row == "2"


def test_a_request_that_left_the_list_leads_to_the_one_now_at_its_place(town: SmallTown) -> None:
    first, second, third = (opened(town) for _ in range(3))
    client = entered(town.technician)
    make(client, second, "close", reason="answered", words="C'est dit.")
    there = neighbours(client, second, row="1")
    assert (there["prev"], there["next"]) == (first.reference, third.reference)


def test_a_list_that_one_may_not_read_has_no_neighbours(town: SmallTown) -> None:
    case, client = opened(town), entered(town.technician)
    assert client.get(f"/desk/cases/{case.reference}/neighbours").status_code == 404
    assert client.get(f"/desk/cases/{case.reference}/neighbours?queue=nulle-part").status_code == 404


def test_the_neighbours_cost_the_same_for_any_list(
    town: SmallTown, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    cases = [opened(town) for _ in range(30)]
    client = entered(town.technician)
    with django_assert_max_num_queries(9):
        neighbours(client, cases[15])


def test_a_person_without_words_or_place_is_said_so(town: SmallTown) -> None:
    case = open_case(
        NewCase(key="vide", subject=town.streetlight, nature="request", channel="counter", words=""),
        by=Actor.staff(town.agent),
    ).case
    shown = text(entered(town.technician).get(url(case)))
    assert "Rien n’a été écrit." in shown and "Aucun lieu" in shown
