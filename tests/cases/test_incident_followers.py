"""Followers of an incident are notified once, in their language, including merged files and French-only text."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.cases.letters import postal_letters
from parvis.apps.cases.models import Case, Entry, Incident, PaperLetter, Report
from parvis.apps.cases.queries import incidents as queries
from parvis.apps.cases.services import handling, journal
from parvis.apps.cases.services.incidents.incidents import join_case, stop_following
from parvis.apps.cases.services.merging import merging
from parvis.apps.content.queries import notices
from parvis.apps.directory.models import Actor
from parvis.apps.intake.models import Callback
from parvis.apps.intake.services.persons import separate
from parvis.apps.mail.models import Outgoing
from parvis.apps.residents.models import Merger, Person
from parvis.apps.residents.services.merging import merge
from parvis.lib.errors import Invalid
from tests.cases.test_incidents import end, join, let_them_decide, opened, request, update
from tests.counting import statements
from tests.factories import SmallTown, make_address, make_person

RunJobs = Callable[[], int]


@pytest.fixture(autouse=True)
def _wednesday(settings: Settings, town: SmallTown) -> None:
    settings.PARVIS_NOW = "2026-11-25T10:00:00-05:00"
    let_them_decide(town, settings)


@pytest.fixture
def two() -> tuple[Person, Person]:
    """Two files of one person, each with its own e-mail address."""
    return make_person("Jeanne Roy", email="jeanne@exemple.ca"), make_person("J. Roy", email="jroy@exemple.ca")


def made_one(town: SmallTown, two: tuple[Person, Person]) -> Merger:
    kept, absorbed = two
    return merge(kept_id=kept.pk, absorbed_id=absorbed.pk, chosen={}, why="même date", by=town.agent)


def addressed() -> list[str]:
    """The sorted recipients of the letters queued since the last call."""
    recipients = sorted(Outgoing.objects.values_list("to", flat=True))
    Outgoing.objects.all().delete()
    return recipients


def joined(town: SmallTown, incident: Incident, person: Person, **more: Any) -> Case:
    case = request(town, person, **more)
    join_case(incident_id=incident.pk, case_id=case.pk, by=town.technician)
    return case


# --- Two files of one person -----------------------------------------------------------------------------------------


def test_two_files_made_one_hear_once_and_each_again_once_separated(
    town: SmallTown, two: tuple[Person, Person], run_jobs: RunJobs
) -> None:
    incident = opened(town)
    for person in two:
        join(incident, town.agent, person)
    merger = made_one(town, two)
    assert queries.following(incident).followers == 1
    update(incident, town.technician)
    run_jobs()
    assert addressed() == ["jeanne@exemple.ca"]
    [spread] = queries.updates(incident)
    assert (spread.email, spread.nobody, spread.waiting) == (1, 0, 0)
    separate(merger_id=merger.pk, by=town.agent)
    update(incident, town.technician)
    run_jobs()
    assert addressed() == ["jeanne@exemple.ca", "jroy@exemple.ca"]


def test_a_request_tells_instead_of_a_call_of_the_other_file(
    town: SmallTown, two: tuple[Person, Person], run_jobs: RunJobs
) -> None:
    incident = opened(town)
    join(incident, town.agent, two[0])
    case = joined(town, incident, two[1])
    merger = made_one(town, two)
    run_jobs()
    addressed()
    update(incident, town.technician)
    run_jobs()
    assert addressed() == ["jeanne@exemple.ca"]
    assert case.entries.get(kind=Entry.Kind.INFORMED).notified_via == "email"
    separate(merger_id=merger.pk, by=town.agent)
    end(incident, town.technician)
    run_jobs()
    assert addressed() == ["jeanne@exemple.ca", "jroy@exemple.ca"]


def test_two_requests_of_one_person_each_say_it_and_one_letter_leaves(
    town: SmallTown, two: tuple[Person, Person], run_jobs: RunJobs
) -> None:
    incident = opened(town)
    cases = [joined(town, incident, person) for person in two]
    made_one(town, two)
    run_jobs()
    addressed()
    update(incident, town.technician)
    end(incident, town.technician)
    run_jobs()
    assert addressed() == ["jeanne@exemple.ca"] * 2
    for case in cases:
        assert [entry.kind for entry in case.entries.order_by("seq")][-2:] == [Entry.Kind.INFORMED, Entry.Kind.CLOSED]
    assert [wrong for _reference, wrong in journal.verify() if wrong] == []


def test_what_was_joined_while_they_were_one_leaves_each_of_them_told(
    town: SmallTown, two: tuple[Person, Person], run_jobs: RunJobs
) -> None:
    incident = opened(town)
    join(incident, town.agent, two[0])
    merger = made_one(town, two)
    joined(town, incident, two[1])  # replaces the call, which no longer follows
    assert Report.objects.filter(follows=True).count() == 1
    run_jobs()
    addressed()
    separate(merger_id=merger.pk, by=town.agent)
    update(incident, town.technician)
    run_jobs()
    assert addressed() == ["jeanne@exemple.ca", "jroy@exemple.ca"]


def test_who_asked_to_hear_no_more_hears_no_more_once_separated(
    town: SmallTown, two: tuple[Person, Person], run_jobs: RunJobs
) -> None:
    incident = opened(town)
    reports = [join(incident, town.agent, person) for person in two]
    merger = made_one(town, two)
    stop_following(report_id=reports[0].pk, by=town.agent)
    separate(merger_id=merger.pk, by=town.agent)
    update(incident, town.technician)
    run_jobs()
    assert addressed() == []


@pytest.mark.parametrize("deep", [False, True])
def test_an_answer_on_merged_requests_reaches_one_person_once(
    town: SmallTown, two: tuple[Person, Person], run_jobs: RunJobs, deep: bool
) -> None:
    first, second = (request(town, person) for person in two)
    between = request(town, make_person("Luc Roy", email="luc@exemple.ca")) if deep else None
    for low, high in [(second, between), (between, first)] if between else [(second, first)]:
        merging.merge(case_id=low.pk, into_id=high.pk, words="Le même", by=Actor.staff(town.agent))
    merger, others = made_one(town, two), ["luc@exemple.ca"] * deep
    run_jobs()
    addressed()
    handling.answer(case_id=first.pk, words="On y va lundi.", by=town.technician)
    run_jobs()
    assert addressed() == ["jeanne@exemple.ca", *others]
    assert second.entries.filter(kind=Entry.Kind.ANSWERED, body="On y va lundi.").exists()  # shown on its page
    separate(merger_id=merger.pk, by=town.agent)
    handling.answer(case_id=first.pk, words="C’est commencé.", by=town.technician)
    run_jobs()
    assert addressed() == ["jeanne@exemple.ca", "jroy@exemple.ca", *others]


def test_followers_cost_the_same_however_many(town: SmallTown) -> None:
    incident, counts = opened(town), []
    for _ in range(2):
        for number in range(20):
            join(incident, town.agent, make_person(f"P {number}", email=f"p{number}@exemple.ca"))
        with statements() as asked:
            queries.following(incident)
        counts.append(len(asked))
    assert counts[0] == counts[1]


# --- What was written in French only ---------------------------------------------------------------------------------


def in_english(town: SmallTown, email: str = "ann@exemple.ca") -> Case:
    case = request(town, make_person("Ann Hill", email=email), language="en", english_ground="eligible")
    assert case.language == "en"
    return case


def test_someone_merged_who_reads_english_is_counted_among_those_who_need_it(town: SmallTown) -> None:
    incident = opened(town)
    head = joined(town, incident, make_person(email="jo@exemple.ca"))
    merging.merge(case_id=in_english(town).pk, into_id=head.pk, words="Le même", by=Actor.staff(town.agent))
    assert queries.following(incident).english == 1
    with pytest.raises(Invalid) as refused:
        update(incident, town.technician, words_en="")
    assert list(refused.value.fields) == ["words_en"]


def test_each_of_them_hears_in_their_own_language(town: SmallTown, run_jobs: RunJobs) -> None:
    incident = opened(town)
    head = joined(town, incident, make_person(email="jo@exemple.ca"))
    merging.merge(case_id=in_english(town).pk, into_id=head.pk, words="Le même", by=Actor.staff(town.agent))
    run_jobs()
    addressed()
    update(incident, town.technician)
    run_jobs()
    letters = {outgoing.to: outgoing for outgoing in Outgoing.objects.all()}
    assert "Water is back" in letters["ann@exemple.ca"].text and "Hello" in letters["ann@exemple.ca"].text
    assert "L’eau revient" in letters["jo@exemple.ca"].text and "Bonjour" in letters["jo@exemple.ca"].text


def test_french_words_alone_go_in_a_french_letter(town: SmallTown, run_jobs: RunJobs) -> None:
    incident = opened(town)
    head = joined(town, incident, make_person(email="jo@exemple.ca"))
    merging.merge(case_id=request(town, make_person("Ann", email="ann@exemple.ca")).pk, into_id=head.pk,
                   words="Le même", by=Actor.staff(town.agent))  # fmt: skip
    own = joined(town, incident, make_person("Bob", email="bob@exemple.ca"))
    reports = [
        join(incident, town.agent, make_person("Cy", email="cy@exemple.ca")),
        join(incident, town.agent, phone="+14185550133"),
        join(incident, town.agent, make_person("Rose", reach=Person.Reach.PAPER, address=make_address(16))),
    ]
    run_jobs()
    addressed()
    update(incident, town.technician, words_en="")
    later = {"language": "en", "english_ground": "eligible"}  # they ask for English before the job runs
    Case.objects.exclude(pk=head.pk).update(**later)
    Report.objects.filter(pk__in=[report.pk for report in reports]).update(language="en")
    run_jobs()
    for letter in Outgoing.objects.all():
        assert "Bonjour" in letter.text and "Hello" not in letter.text, letter.to
        assert letter.language == "fr" and 'lang="fr-CA"' in letter.html
    assert addressed() == ["ann@exemple.ca", "bob@exemple.ca", "cy@exemple.ca", "jo@exemple.ca"]
    assert own.entries.get(kind=Entry.Kind.INFORMED).data["language"] == "fr"
    assert Callback.objects.get().reason.startswith("Bris d’aqueduc. L’eau revient")
    assert "Bonjour" in postal_letters.words_of(PaperLetter.objects.get()).text


def test_the_banner_says_the_news_in_the_language_of_the_page_or_that_it_is_french(town: SmallTown) -> None:
    incident = opened(town)
    update(incident, town.technician)
    french, english = Client().get("/").content.decode(), Client().get("/?langue=en").content.decode()
    assert "L’eau revient vers 20 h." in french and "Water is back around 8 p.m." in english
    update(incident, town.technician, words_fr="Deux équipes creusent.", words_en="")
    notices.forget()
    english = Client().get("/?langue=en").content.decode()
    assert 'In French only: <span lang="fr-CA">Deux équipes creusent.</span>' in english
    assert "Water is back" not in english
    assert "seulement" not in Client().get("/").content.decode().partition("Deux équipes")[0]
