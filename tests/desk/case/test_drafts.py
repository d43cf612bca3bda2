"""Drafts of a case's forms are restored on its page, and deleted on submission."""

import html
import json
import re
from typing import Any

import pytest
from django.test import Client

from parvis.apps.cases.models import Case
from parvis.apps.cases.services import handling
from parvis.apps.workspace.models import CaseDraft
from tests.counting import statements
from tests.desk.case.made import entered, make, opened
from tests.factories import SmallTown

WORDS = "Le lampadaire est remplacé."


@pytest.fixture
def case(town: SmallTown) -> Case:
    return opened(town)


@pytest.fixture
def client(town: SmallTown) -> Client:
    return entered(town.technician)


def keep(client: Client, case: Case, name: str, seq: int = 1, **typed: Any) -> Any:
    """Saves a draft as the page does."""
    url = f"/desk/cases/{case.reference}/draft/{name}/"
    return client.post(url, {"seq": seq, "draft": json.dumps({"words": WORDS, **typed})})


def shown(client: Client, case: Case, query: str = "") -> str:
    return html.unescape(client.get(f"/desk/cases/{case.reference}/{query}").content.decode())


def form_of(page: str, name: str) -> str:
    """The HTML of the form of one action on the page, or ""."""
    return page.partition(f'id="do-{name}"')[2].partition("</section>")[0]


def test_a_closing_half_written_is_there_when_the_page_is_opened_again_by_whoever_wrote_it(
    town: SmallTown, case: Case, client: Client
) -> None:
    answer = keep(client, case, "close", reason="done")
    assert answer.status_code == 200 and answer.json()["seq"] == 1 and "Gardé" in answer.json()["saved"]
    form = form_of(shown(entered(town.technician), case), "close")  # another device
    assert WORDS in form and re.search(r'value="done"[^>]*checked', form)
    assert WORDS in form_of(shown(client, case, "?do=close"), "close")
    alone = client.get(f"/desk/cases/{case.reference}/close/", HTTP_X_REQUESTED_WITH="fetch").content.decode()
    assert WORDS in alone
    for other in (town.manager, town.agent):
        assert WORDS not in shown(entered(other), case) and WORDS not in shown(entered(other), case, "?do=close")


def test_what_was_chosen_comes_back_with_the_words(town: SmallTown, case: Case, client: Client) -> None:
    keep(client, case, "pass-on", department=town.planning.slug)
    form = form_of(shown(client, case), "pass-on")
    assert WORDS in form and re.search(rf'value="{town.planning.slug}"[^>]*selected', form)
    keep(client, case, "answer", language="en")
    page = shown(client, case)
    assert form_of(page, "pass-on") == "", "the last one written is open"
    assert re.search(r'name="language"[^>]*value="en"[^>]*checked', form_of(page, "answer"))
    assert "mots gardés" in page


def test_once_sent_the_words_are_kept_no_more_and_a_late_save_is_told_so(case: Case, client: Client) -> None:
    keep(client, case, "note")
    make(client, case, "note", words=WORDS)
    assert keep(client, case, "note", seq=9).json()["seq"] > 9
    assert WORDS not in shown(client, case, "?do=note").partition('id="do-note"')[2].partition("</section>")[0]


def test_a_refusal_keeps_them(town: SmallTown, case: Case, client: Client) -> None:
    keep(client, case, "close")
    assert make(client, case, "close", words=WORDS, reason="").status_code == 422
    assert WORDS in form_of(shown(client, case), "close")
    handling.note(case_id=case.pk, words="Vu.", by=town.manager)
    sent = {"expect": "1", "words": WORDS, "reason": "done"}
    assert client.post(f"/desk/cases/{case.reference}/close/", sent).status_code == 409
    assert WORDS in form_of(shown(client, case), "close")


def test_words_for_a_gesture_no_longer_possible_are_still_given_back(
    town: SmallTown, case: Case, client: Client
) -> None:
    keep(client, case, "ask")
    handling.close(case_id=case.pk, reason="done", words="Fait.", by=town.manager)
    form = form_of(shown(client, case), "ask")
    assert WORDS in form and "n’est plus possible" in form


def test_they_are_put_away_by_a_gesture_and_given_back_by_another(case: Case, client: Client) -> None:
    keep(client, case, "note")
    there = f"/desk/cases/{case.reference}/draft/note/"
    page = client.post(f"{there}discard/", {"words": f"{WORDS} Oui.", "expect": "1"}, follow=True).content.decode()
    assert f"{there}restore/" in page and form_of(page, "note") == ""
    back = client.post(f"{there}restore/", follow=True)
    assert f"{WORDS} Oui." in form_of(back.content.decode(), "note")
    assert client.post(f"{there}restore/", follow=True).status_code == 200


def test_nothing_is_kept_where_one_may_not_read_nor_of_what_is_no_gesture(
    town: SmallTown, case: Case, client: Client
) -> None:
    elsewhere = opened(town, subject=town.shed)
    assert keep(client, elsewhere, "note").status_code == 404
    for name in ("take", "nothing"):
        assert keep(client, case, name).status_code == 404
    for draft in ("", "[]", '{"words": 3}', '{"words": {"a": "b"}}'):
        url = f"/desk/cases/{case.reference}/draft/note/"
        assert client.post(url, {"seq": 1, "draft": draft}).status_code == 400
    assert keep(client, case, "note", words="x" * 60_000).status_code == 422
    assert not CaseDraft.objects.exists()


def test_only_the_fields_of_the_form_are_kept_and_a_consent_never_is(town: SmallTown, case: Case) -> None:
    officer = entered(town.privacy_officer)
    keep(officer, case, "erase", entry="1", sure="on", other="x", csrfmiddlewaretoken="t")
    assert CaseDraft.objects.get().typed == {"words": WORDS, "entry": "1"}


def test_a_page_costs_the_same_with_no_words_kept_and_with_words_for_every_gesture(case: Case, client: Client) -> None:
    keep(client, case, "note")
    counts = []
    for names in ((), ("ask", "answer", "wait", "visit", "note")):
        for name in names:
            keep(client, case, name, seq=5)
        shown(client, case)
        with statements() as made:
            shown(client, case)
        counts.append(len([item for item in made if "content_contentversion" not in item["sql"]]))
    assert counts[0] == counts[1]
