"""Messages to several citizens: each sees their own name, reference and due date, never somebody else's."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from pytest_django import Settings

from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.rules.naming import Reader, mention
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.misrouting import not_mine
from parvis.apps.directory.models import User
from parvis.apps.intake.models import Callback
from parvis.apps.mail.models import Outgoing
from parvis.apps.workspace.services.workspace import keep_snippet
from parvis.lib.errors import Invalid
from tests.cases.test_merging import fresh, merge, request, sound, two
from tests.factories import SmallTown, make_person

RunJobs = Callable[[], int]
PHRASE = "Bonjour {nom}, la requête {référence} sera réglée au plus tard {promesse}. {moi}"
ENGLISH = "Hello {name}, request {reference} will be done by {promise}. {me}"


@pytest.fixture(autouse=True)
def _wednesday(settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-25T10:00:00-05:00"


def answered(case: Case) -> str:
    return case.entries.get(kind=Entry.Kind.ANSWERED).body


def merged(town: SmallTown, run_jobs: RunJobs) -> tuple[Case, Case]:
    first, second = two(town)
    merge(second, first, town)
    run_jobs()
    Outgoing.objects.all().delete()
    return first, second


def test_each_citizen_of_a_group_reads_their_own_name_and_number(town: SmallTown, run_jobs: RunJobs) -> None:
    first, second = merged(town, run_jobs)
    handling.answer(case_id=first.pk, words=PHRASE, other=ENGLISH, by=town.technician)
    run_jobs()
    own, other = answered(first), answered(second)
    assert f"Bonjour Jeanne Arsenault, la requête {first.reference} sera" in own and "{" not in own
    assert f"Hello John Smith, request {second.reference} will" in other and "[" not in other
    assert "Smith" not in own and second.reference not in own
    assert "Arsenault" not in other and first.reference not in other
    assert town.technician.display_name in own and town.technician.display_name in other
    assert "Jeanne Arsenault" in Outgoing.objects.get().text
    assert Callback.objects.get().reason == other
    assert sound()


def test_a_question_is_asked_with_its_holes_filled(town: SmallTown, run_jobs: RunJobs) -> None:
    case, _second = merged(town, run_jobs)
    handling.ask(case_id=case.pk, words="Bonjour {nom}, est-ce bien {référence}?", by=town.technician)
    question = Entry.objects.get(case=case, kind=Entry.Kind.ASKED)
    assert question.body == f"Bonjour Jeanne Arsenault, est-ce bien {case.reference}?"


def test_the_new_date_itself_is_what_each_reads(town: SmallTown, run_jobs: RunJobs) -> None:
    first, second = merged(town, run_jobs)
    words, other = "Nous irons {promesse}.", "We come {promise}."
    handling.new_date(case_id=first.pk, due=date(2026, 12, 15), words=words, other=other, by=town.technician)
    run_jobs()
    kind = Entry.Kind.PROMISED
    assert "15 décembre" in first.entries.filter(kind=kind).latest("seq").body.replace("\u00a0", " ")
    assert "December 15" in second.entries.filter(kind=kind).latest("seq").body.replace("\u00a0", " ")


def test_whoever_is_merged_under_a_merged_request_reads_their_own_too(town: SmallTown, run_jobs: RunJobs) -> None:
    lowest, middle, top = (request(town, make_person(name, email=f"{n}@exemple.ca")) for n, name in enumerate(
        ("Ida Roy", "Léo Dubé", "Zoé Caron")
    ))  # fmt: skip
    merge(lowest, middle, town)
    merge(middle, top, town)
    handling.answer(case_id=top.pk, words="Bonjour {nom}, {référence}.", by=town.technician)
    run_jobs()
    for case, name in ((lowest, "Ida Roy"), (middle, "Léo Dubé"), (top, "Zoé Caron")):
        assert answered(case) == f"Bonjour {name}, {case.reference}."


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Rien à signaler.\nBonjour Jeanne Arsenault, nous irons.", "Line 2: “Jeanne Arsenault”"),
        ("Nous avons parlé à JOHN SMITH hier.", "Line 1: “JOHN SMITH”"),
        ("Arsenault, Jeanne : réglé.", "“Arsenault, Jeanne”"),
        ("Bonjour John, c'est réglé.", "“John”"),
        ("Écrivez à jeanne@exemple.ca.", "“jeanne@exemple.ca”"),
        ("Le 418 555-0123 ne répond pas.", "“418 555-0123”"),
    ],
)
@pytest.mark.parametrize("field", ["words", "other"])
def test_words_that_name_one_of_them_are_refused_with_the_place(
    town: SmallTown, words: str, said: str, field: str, run_jobs: RunJobs
) -> None:
    first, _second = merged(town, run_jobs)
    typed: dict[str, Any] = {"words": "Réglé.", "other": "Done."} | {field: words}
    with translation.override("en"), pytest.raises(Invalid) as refused:
        handling.answer(case_id=first.pk, **typed, by=town.technician)
    assert list(refused.value.fields) == [field] and said in str(refused.value.fields[field])
    assert not first.entries.filter(kind=Entry.Kind.ANSWERED).exists()


@pytest.mark.parametrize("gesture", ["close", "new_date", "plan_visit", "not_mine"])
def test_no_gesture_that_tells_them_all_names_one(town: SmallTown, gesture: str, run_jobs: RunJobs) -> None:
    first, second = merged(town, run_jobs)
    words: dict[str, Any] = {"words": f"La requête {second.reference.replace('-', ' ')} est réglée.", "other": "Done."}
    run: dict[str, Any] = {
        "close": lambda: handling.close(case_id=first.pk, reason="not_ours", **words, by=town.technician),
        "new_date": lambda: handling.new_date(case_id=first.pk, due=date(2026, 12, 15), **words, by=town.technician),
        "plan_visit": lambda: handling.plan_visit(case_id=first.pk, day=date(2026, 12, 1), **words, by=town.technician),
        "not_mine": lambda: not_mine(case_id=first.pk, words=words["words"], to=town.police, by=town.technician),
    }
    with pytest.raises(Invalid) as refused:
        run[gesture]()
    assert list(refused.value.fields) == ["words"] and "{" in refused.value.message
    assert fresh(first).is_open


def test_the_proof_of_a_closing_names_nobody_either(town: SmallTown, run_jobs: RunJobs) -> None:
    first, _second = merged(town, run_jobs)
    with pytest.raises(Invalid) as refused:
        handling.close(
            case_id=first.pk,
            reason="done",
            words="Fait.",
            other="Done.",
            proof="Vu avec John Smith",
            by=town.technician,
        )
    assert list(refused.value.fields) == ["proof"]


def test_a_citizen_alone_or_twice_the_same_may_be_named(town: SmallTown, run_jobs: RunJobs) -> None:
    jeanne = make_person("Jeanne Arsenault", email="jeanne@exemple.ca")
    alone = request(town, jeanne)
    handling.answer(case_id=alone.pk, words=f"Bonjour Jeanne Arsenault, {alone.reference}", by=town.technician)
    second = request(town, jeanne)
    merge(second, alone, town)
    handling.answer(case_id=alone.pk, words="Bonjour Jeanne Arsenault", by=town.technician)


def test_what_nothing_fills_for_one_of_them_is_refused(town: SmallTown, run_jobs: RunJobs) -> None:
    first, nobody = request(town, make_person("Jeanne Arsenault", email="j@exemple.ca")), request(town)
    merge(nobody, first, town)
    with translation.override("en"), pytest.raises(Invalid) as refused:
        handling.answer(case_id=first.pk, words="Bonjour {nom}", by=town.technician)
    assert "{name}" in refused.value.message and nobody.reference in refused.value.message


def reader(*names: str, **more: Any) -> Reader:
    return Reader(names=frozenset(names), **more)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Jeanne Arsenault", "On refait la rue Arsenault."),
        ("Jeanne Arsenault", "On refait la rue Jeanne-Arsenault."),
        ("Pierre Lac", "Le lac est gelé, la pierre aussi."),
        ("Marie", "Rue Sainte-Marie, on a fini."),
        ("Jo Li", "Bonjour, joli trou."),
        ("P1", "Appelez le poste 1."),
        ("", "Bonjour à tous"),
        ("M. Côté", "On passe de l'autre côté."),
    ],
)
def test_a_street_or_a_common_word_is_no_name(name: str, words: str) -> None:
    assert mention(words, reader(name, phones=frozenset({"15145550100"}), reference="26-0001-G")) is None


@pytest.mark.parametrize(
    ("name", "words", "item"),
    [
        ("Zoé L’Écuyer", "Merci à zoe l'ecuyer.", "zoe l'ecuyer"),
        ("Jean-Pierre Côté", "Vu avec Jean Pierre CÔTÉ", "Jean Pierre CÔTÉ"),
        ("Marie Anne Roy", "Marie Roy l'a dit", "Marie Roy"),
        ("Mme Côté", "Bonjour Mme Côté", "Côté"),
        ("Luc Côté", "Selon M. Cote, c'est fait", "Cote"),
    ],
)
def test_a_name_is_found_however_it_is_written(name: str, words: str, item: str) -> None:
    found = mention(words, reader(name))
    assert found and (found.words, found.hole) == (item, "name")


@pytest.mark.parametrize(
    "written",
    [
        "514 555-0100",
        "(514) 555.0100",
        "+1 514 555 0100",
        "555-0100",
        "5145550100",
        "+15145550100",
        "514\u2011555\u20110100",
        "514 - 555 – 0100",
    ],
)
def test_a_number_is_found_however_it_is_written(written: str) -> None:
    assert mention(f"Au {written}.", reader(phones=frozenset({"15145550100"})))


def test_the_desk_keeps_the_holes_of_a_phrase_for_each_reader_and_what_was_typed(
    town: SmallTown, run_jobs: RunJobs, signed_in: Callable[[User], Client]
) -> None:
    first, second = merged(town, run_jobs)
    by: User = town.technician
    keep_snippet(name="promis", words_fr=PHRASE, words_en=ENGLISH, by=by, shared=False)
    client = signed_in(by)
    picked = client.get("/desk/snippets/pick", {"q": "promis", "case": first.reference, "citizen": ""})
    assert f"Bonjour {{nom}}, la requête {{référence}} sera réglée au plus tard {{promesse}}. {by.display_name}" in (
        picked.content.decode()
    )
    alone = client.get("/desk/snippets/pick", {"q": "promis", "case": request(town).reference, "citizen": ""})
    assert "{promesse}" not in alone.content.decode()
    path = f"/desk/cases/{first.reference}/answer/"
    typed = {"expect": fresh(first).seq, "words": "Bonjour Jeanne Arsenault,\nc'est réglé.", "other": "Done."}
    page = client.post(path, typed)
    assert page.status_code == 422 and "c&#x27;est réglé." in page.content.decode()
    good = typed | {"words": PHRASE, "other": ENGLISH}
    assert client.post(path, good).status_code == 302
    assert client.post(path, good).status_code == 302, "sent twice, made once"
    run_jobs()
    assert "John Smith" in answered(second)
