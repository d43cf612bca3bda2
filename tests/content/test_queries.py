"""Search results, and how soon they reflect a change."""

import threading
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connections

from parvis.apps.catalogue.models import ExampleQuestion, Subject
from parvis.apps.content.models import ContentVersion, Danger, Synonym
from parvis.apps.content.queries.answers import card, current_answer, edition
from parvis.apps.content.services.content import bump_edition
from parvis.apps.matching.queries import matcher, suggesting
from parvis.lib import clock
from tests.content.makers import make_fact, publish_answer
from tests.factories import SmallTown, make_subject


def found(text: str, **how: Any) -> list[str]:
    return [hit.slug for hit in suggesting.suggest(text, **how).hits]


def test_a_published_answer_is_found_and_shown_as_an_answer(town: SmallTown) -> None:
    make_fact("tarif", town.planning, valid_to=date(2025, 12, 31))
    publish_answer(town.shed, town.planning, fees_fr="{fact:tarif}", facts="tarif\ninconnu")
    ExampleQuestion.objects.create(subject=town.shed, language="fr", text="ma remise de jardin, faut tu un papier")
    hit = suggesting.suggest("remise de jardin").hits[0]
    assert (hit.slug, hit.kind, hit.title, hit.summary) == ("cabanon", "answer", "Cabanon", "Permis de cabanon")
    assert (hit.department, hit.promise_words, hit.lapsed_facts) == ("Batiment", "5\u00a0jours ouvrables", 2)
    assert 0 < hit.confidence <= 1
    english = suggesting.suggest("garden shed", "en").hits[0]
    assert (english.title, english.promise_words) == ("Shed", "5\u00a0business days")


def test_subjects_without_an_answer_are_requests_and_those_of_others_show_their_door(town: SmallTown) -> None:
    make_subject("bruit", town.police, title="Bruit la nuit", routable=False, external_body=town.police)
    make_subject("fantome", town.works, title="Fantôme du grenier", routable=False)
    make_subject("retire", town.works, title="Ancien service", active=False)
    assert suggesting.suggest("nid de poule").hits[0].kind == "request"
    hit = suggesting.suggest("bruit la nuit").hits[0]
    assert hit.kind == "door"
    assert hit.external_body is not None
    assert (hit.external_body.name, hit.external_body.phone) == ("Police", "+14185550199")
    assert "fantome" not in found("fantôme du grenier")
    assert "retire" not in found("ancien service")


def test_a_comment_is_promised_nothing(town: SmallTown) -> None:
    hit = suggesting.suggest(town.opinion.title_fr).hits[0]
    assert (hit.slug, hit.promise_words) == (town.opinion.slug, "")


def test_no_words_find_nothing(town: SmallTown) -> None:
    assert found("") == []
    assert found("   ") == []


def test_synonyms_and_dangers_of_the_town_are_known(town: SmallTown) -> None:
    Synonym.objects.create(language="fr", word="shed", meaning="cabanon")
    publish_answer(town.shed, town.planning)
    Danger.objects.create(
        words_fr=["crocodile au parc"], words_en=["crocodile in the park"], say_fr="Sortez.", say_en="Get out."
    )
    suggestion = suggesting.suggest("mon shed")
    assert suggestion.hits[0].slug == "cabanon"
    assert [str(part) for part in suggestion.understood] == ["shed = cabanon"]
    assert suggestion.danger is None
    danger = suggesting.suggest("there is a crocodile in the park", "en").danger
    assert danger and (danger.say, danger.phone) == ("Get out.", "911")


def test_a_search_sees_a_publication_without_a_restart(town: SmallTown) -> None:
    assert suggesting.suggest("cabanon").hits[0].kind == "request"
    before = edition()
    publish_answer(town.shed, town.planning, title_fr="Cabanon tout neuf")
    hit = suggesting.suggest("cabanon").hits[0]
    assert (hit.kind, hit.title) == ("answer", "Cabanon tout neuf")
    assert edition() > before


def test_a_search_sees_what_another_process_published(town: SmallTown) -> None:
    assert "patinoire" not in found("patinoire")
    make_subject("patinoire", town.works, title="Patinoire")
    ContentVersion.objects.update_or_create(pk=1, defaults={"number": 900, "changed_at": clock.now()})
    limit = time.monotonic() + 5
    while "patinoire" not in found("patinoire"):
        assert time.monotonic() < limit, "the publication was never seen"
        time.sleep(0.05)


def test_a_withdrawn_answer_is_no_longer_given(town: SmallTown) -> None:
    answer = publish_answer(town.shed, town.planning)
    assert current_answer("cabanon") is not None
    answer.unpublish()
    assert current_answer("cabanon") is None
    assert suggesting.suggest("cabanon").hits[0].kind == "request"


def test_between_changes_a_search_costs_at_most_one_small_query(
    town: SmallTown, django_assert_max_num_queries: Any
) -> None:
    suggesting.suggest("cabanon")
    with django_assert_max_num_queries(1):
        for _ in range(20):
            suggesting.suggest("cabanon jumelé 10x12")


@pytest.mark.parametrize("how_many", [2, 30])
def test_reading_everything_costs_the_same_queries_whatever_the_number_of_subjects(
    town: SmallTown, how_many: int, django_assert_num_queries: Any
) -> None:
    for n in range(how_many):
        make_fact(f"f{n}", town.works)
        publish_answer(make_subject(f"sujet-{n}", town.works, external_body=town.police), town.works, facts=f"f{n}")
    suggesting.forget()
    with django_assert_num_queries(13):
        suggesting.suggest("sujet")


@pytest.mark.django_db(transaction=True)
def test_several_threads_never_read_everything_twice_at_once(town: SmallTown, monkeypatch: pytest.MonkeyPatch) -> None:
    building, most = 0, 0
    real = matcher.read

    def slow(*args: Any) -> Callable[[], matcher.Matcher]:
        nonlocal building, most
        building += 1
        most = max(most, building)
        time.sleep(0.1)
        built = real(*args)
        building -= 1
        return built

    suggesting.suggest("cabanon")
    monkeypatch.setattr(matcher, "read", slow)
    bump_edition()
    answers: list[int] = []

    def ask() -> None:
        answers.append(len(found("cabanon")))
        connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(answers)) == 1
    assert len(answers) == 6
    assert most == 1


def test_every_active_subject_has_its_card(town: SmallTown) -> None:
    for subject in Subject.objects.filter(active=True, routable=True):
        shown = card(subject.slug, "fr")
        assert shown is not None
        assert shown.title == subject.title_fr
    assert card("inconnu", "fr") is None


@pytest.mark.django_db(transaction=True)
def test_whoever_asks_while_a_change_is_learned_goes_on_with_what_stands(
    town: SmallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "patinoire" not in found("patinoire")
    real, go_on = matcher.read, threading.Event()

    def slow(*args: Any) -> Callable[[], matcher.Matcher]:
        learn = real(*args)

        def learn_slowly() -> matcher.Matcher:
            assert go_on.wait(30)
            return learn()

        return learn_slowly

    monkeypatch.setattr(matcher, "read", slow)
    make_subject("patinoire", town.works, title="Patinoire")
    bump_edition()
    assert "patinoire" not in found("patinoire")
    assert found("cabanon") and not go_on.is_set()
    go_on.set()
    started = time.monotonic()
    while "patinoire" not in found("patinoire"):
        assert time.monotonic() - started < 30, "the change was never learned"
        time.sleep(0.05)
