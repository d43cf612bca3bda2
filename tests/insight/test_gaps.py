"""What the answers missed is grouped for editors by meaning, and each decision can be undone."""

from typing import Any

import pytest

from parvis.apps.catalogue.loading import load_catalogue
from parvis.apps.catalogue.models import ExampleQuestion
from parvis.apps.content.models import Answer, OutOfScopeExample, OutOfScopeTopic
from parvis.apps.content.services.content import bump_edition
from parvis.apps.insight.models import Gap, Signal
from parvis.apps.insight.queries import gaps
from parvis.apps.insight.services import learning
from parvis.apps.intake.models import Matter
from parvis.apps.matching.queries import suggesting
from parvis.apps.matching.services.example_training import teach_variant
from parvis.lib.errors import Conflict, Invalid, NotAllowed
from tests.content.makers import publish_answer
from tests.factories import SmallTown
from tests.insight.makers import answered, unanswered, useless


@pytest.fixture
def shed(town: SmallTown) -> Answer:
    for text in ("permis pour un cabanon", "construire une remise"):
        ExampleQuestion.objects.create(subject=town.shed, language="fr", text=text)
    ExampleQuestion.objects.create(subject=town.pothole, language="fr", text="trou dans la rue")
    return publish_answer(town.shed, town.planning)


def lines() -> list[gaps.GapRow]:
    return gaps.page_of_open()[0]


def first_of(words: str) -> str:
    return next((hit.slug for hit in suggesting.suggest(words).hits), "")


# --- Gathering ----------------------------------------------------------------------------------------------------


def test_questions_of_one_meaning_stand_together_with_their_channels(town: SmallTown, shed: Answer) -> None:
    for words in ("Avez-vous un service de traversier?", "le traversier, quel service", "horaire du traversier"):
        unanswered(town, words)
    unanswered(town, "traversier service demain", "counter")
    unanswered(town, "garder des poules dans ma cour")
    learning.gather()
    ferry, hens = lines()
    assert (ferry.gap.count, hens.gap.count) == (4, 1)
    assert sorted(n for _label, n in ferry.channels) == [1, 3]
    assert ferry.words[0] == "traversier service demain"


def test_gathering_again_brings_nothing_twice(town: SmallTown, shed: Answer) -> None:
    unanswered(town, "garder des poules")
    useless(shed, "Rien sur les poules")
    assert learning.gather() == 2
    assert learning.gather() == 0
    assert Signal.objects.count() == 2


def test_an_opinion_not_useful_comes_under_its_subject_with_its_words(town: SmallTown, shed: Answer) -> None:
    useless(shed, "On ne dit pas si ça prend un permis pour le démolir")
    useless(shed)
    learning.gather()
    assert {line.gap.near for line in lines()} == {town.shed}
    assert [line.words for line in lines() if line.words] == [["On ne dit pas si ça prend un permis pour le démolir"]]


def test_an_opinion_waits_for_its_hour_since_its_reader_may_correct_it(town: SmallTown, shed: Answer) -> None:
    opinion = useless(shed, "Non")
    opinion.at = opinion.at.replace(year=opinion.at.year + 1)
    opinion.save()
    assert learning.gather() == 0


def test_an_answer_chosen_against_the_first_one_is_remembered_and_the_first_one_is_not(
    town: SmallTown, shed: Answer
) -> None:
    other = publish_answer(town.streetlight, town.works, title_fr="Lampadaire")
    overridden = answered(town, other, "permis pour un cabanon")
    agreed = answered(town, shed, "permis pour un cabanon")
    learning.gather()
    [line] = lines()
    assert line.gap.near == town.streetlight
    assert [(signal.matter, signal.first) for signal in gaps.signals_of(line.gap)] == [(overridden, town.shed)]
    assert not Signal.objects.filter(matter=agreed).exists()
    assert learning.gather() == 0


def test_what_was_corrected_leaves_the_list(town: SmallTown, shed: Answer) -> None:
    matter = unanswered(town, "garder des poules")
    unanswered(town, "des poules à garder")
    learning.gather()
    Matter.objects.filter(pk=matter.pk).update(outcome=Matter.Outcome.ANSWERED, subject=town.shed)
    learning.gather()
    assert [line.gap.count for line in lines()] == [1]
    Matter.objects.update(outcome=Matter.Outcome.ANSWERED, subject=town.shed)
    learning.gather()
    assert lines() == []


def test_words_erased_where_they_were_said_are_erased_here(town: SmallTown, shed: Answer) -> None:
    matter = unanswered(town, "garder des poules chez Jeanne")
    learning.gather()
    Matter.objects.filter(pk=matter.pk).update(words="")
    assert lines()[0].words == []


def test_a_question_of_the_site_is_kept_without_what_reaches_someone(town: SmallTown, shed: Answer) -> None:
    learning.note_unfound(words="des poules? 450 658-1066, moi@ville.example", language="fr")
    learning.gather()
    [line] = lines()
    assert "658" not in line.words[0] and "@" not in line.words[0]
    assert line.words[0].startswith("des poules?")


def test_the_list_costs_the_same_at_1_and_50(town: SmallTown, shed: Answer, django_assert_num_queries: Any) -> None:
    for count in (1, 50):
        for rank in range(count):
            unanswered(town, f"zz{chr(97 + rank % 26)}{rank} kk{rank}")
        learning.gather()
        with django_assert_num_queries(4):
            assert lines()
    first, after = gaps.page_of_open()
    second, _end = gaps.page_of_open(after)
    assert len(first) == gaps.PAGE
    assert not {line.gap.pk for line in first} & {line.gap.pk for line in second}


# --- Deciding -----------------------------------------------------------------------------------------------------


@pytest.fixture
def gap(town: SmallTown, shed: Answer) -> Gap:
    unanswered(town, "bâtiment pour ma tondeuse")
    learning.gather()
    return Gap.objects.get()


def teach(gap: Gap, town: SmallTown, text: str = "bâtiment pour ma tondeuse", **values: Any) -> Gap:
    wish: dict[str, Any] = {"subject": town.shed, "language": "fr", "by": town.editor} | values
    return learning.teach(gap_id=gap.pk, text=text, **wish)


def test_a_way_of_asking_is_found_at_once_survives_the_files_and_can_be_taken_back(town: SmallTown, gap: Gap) -> None:
    assert first_of("bâtiment pour ma tondeuse") != "cabanon"
    teach(gap, town)
    assert first_of("bâtiment pour ma tondeuse") == "cabanon"
    load_catalogue(groups=[], subjects=[], rules=[])
    assert ExampleQuestion.objects.filter(text="bâtiment pour ma tondeuse").exists()
    learning.undo(gap_id=gap.pk, by=town.editor)
    assert not ExampleQuestion.objects.filter(text="bâtiment pour ma tondeuse").exists()
    assert [line.gap for line in lines()] == [gap]


@pytest.mark.parametrize(
    "text", ["", "?!", "x" * 401, "appelez-moi au 450 658-1066", "moi@ville.example", "Trou dans la rue!"]
)
def test_a_way_of_asking_that_may_not_be_kept_is_refused(town: SmallTown, gap: Gap, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        teach(gap, town, text)
    assert list(refused.value.fields) == ["text"]
    assert Gap.objects.get().state == Gap.State.OPEN


def test_what_is_not_ours_keeps_its_door_and_goes_on_counting(town: SmallTown, gap: Gap) -> None:
    with pytest.raises(Invalid):
        learning.not_ours(gap_id=gap.pk, external_body=None, by=town.editor)
    learning.not_ours(gap_id=gap.pk, external_body=town.police, by=town.editor)
    unanswered(town, "un bâtiment pour la tondeuse")
    learning.gather()
    assert lines() == []
    kept = Gap.objects.get()
    assert (kept.state, kept.external_body, kept.count) == (Gap.State.NOT_OURS, town.police, 2)


def test_what_is_left_aside_stays_aside_and_may_come_back(town: SmallTown, gap: Gap) -> None:
    learning.dismiss(gap_id=gap.pk, by=town.editor)
    unanswered(town, "un bâtiment pour la tondeuse")
    learning.gather()
    assert lines() == []
    learning.undo(gap_id=gap.pk, by=town.editor)
    assert lines()[0].gap.count == 2


def test_two_editors_do_not_decide_twice(town: SmallTown, gap: Gap) -> None:
    learning.write_answer(gap_id=gap.pk, by=town.editor)
    with pytest.raises(Conflict):
        teach(gap, town)
    assert ExampleQuestion.objects.filter(from_town_file=False).count() == 0


def test_agents_do_not_decide(town: SmallTown, gap: Gap) -> None:
    with pytest.raises(NotAllowed):
        learning.dismiss(gap_id=gap.pk, by=town.agent)


def test_the_effect_is_measured_before_anything_is_kept(town: SmallTown, shed: Answer, gap: Gap) -> None:
    for _ in range(2):
        answered(town, shed, "permis pour un cabanon")
    effect = gaps.effect(gap, about=town.shed, language="fr", text="bâtiment pour ma tondeuse")
    [mine] = effect.mine
    assert (mine.before != "cabanon", mine.after, effect.helped) == (True, "cabanon", 1)
    assert (effect.settled, effect.right_before, effect.right_after, effect.harms) == (2, 2, 2, False)
    assert not ExampleQuestion.objects.filter(from_town_file=False).exists()
    assert first_of("bâtiment pour ma tondeuse") != "cabanon"


def hydro() -> OutOfScopeTopic:
    """An out-of-scope topic and its outside body."""
    return OutOfScopeTopic.objects.create(
        slug="panne-electricite", title_fr="Panne d’électricité", title_en="Power outage",
        say_fr="C’est Hydro.", say_en="It is Hydro.", body_fr="Hydro", body_en="Hydro", phone="+18005550100",
    )  # fmt: skip


def test_what_is_not_ours_teaches_the_engine_and_can_be_taken_back(town: SmallTown, shed: Answer) -> None:
    unanswered(town, "plus rien ne s’allume dans ma cuisine")
    learning.gather()
    gap, theirs, words = Gap.objects.get(), hydro(), "plus rien ne s’allume dans la maison"
    bump_edition()
    effect = gaps.effect(gap, about=theirs, language="fr", text=words)
    assert [tried.after for tried in effect.mine] == [theirs.slug] and effect.helped == 1
    assert not OutOfScopeExample.objects.exists()
    decided = learning.teach_not_ours(gap_id=gap.pk, elsewhere=theirs, language="fr", text=words, by=town.editor)
    assert (decided.state, decided.near, decided.external_body) == (Gap.State.NOT_OURS, None, None)
    assert OutOfScopeExample.objects.get().from_town_file is False
    suggesting.forget()
    other = suggesting.suggest("plus rien ne s’allume dans la maison").other
    assert other is not None and (other.slug, other.external_body.name) == (theirs.slug, "Hydro")
    with pytest.raises(Invalid):
        teach_variant(subject=town.shed, language="fr", text=words, by=town.editor)
    learning.undo(gap_id=gap.pk, by=town.editor)
    assert not OutOfScopeExample.objects.exists() and Gap.objects.get().state == Gap.State.OPEN


def test_the_effect_shows_what_would_be_found_worse(town: SmallTown, shed: Answer, gap: Gap) -> None:
    answered(town, shed, "une remise pour mes outils de jardin")
    wish = "une remise pour mes outils de jardin, vite"
    effect = gaps.effect(gap, about=town.streetlight, language="fr", text=wish)
    assert effect.harms
    assert [(tried.before, tried.after) for tried in effect.changed] == [("cabanon", "lampadaire")]


def test_the_effect_costs_the_same_whatever_the_messages(
    town: SmallTown, shed: Answer, gap: Gap, django_assert_max_num_queries: Any
) -> None:
    wish: dict[str, Any] = {"about": town.shed, "language": "fr", "text": "bâtiment pour ma tondeuse"}
    for count in (1, 30):
        for rank in range(count):
            answered(town, shed, f"permis pour un cabanon {rank}")
        with django_assert_max_num_queries(14):
            assert gaps.effect(gap, **wish).settled


def test_the_words_of_a_request_stay_with_the_request(town: SmallTown, shed: Answer) -> None:
    other = publish_answer(town.streetlight, town.works, title_fr="Lampadaire")
    matter = answered(town, other, "permis pour un cabanon")
    Matter.objects.filter(pk=matter.pk).update(outcome=Matter.Outcome.CASE)
    assert learning.gather() == 0


def test_an_override_corrected_since_leaves_the_list(town: SmallTown, shed: Answer) -> None:
    other = publish_answer(town.streetlight, town.works, title_fr="Lampadaire")
    matter = answered(town, other, "permis pour un cabanon")
    learning.gather()
    assert len(lines()) == 1
    Matter.objects.filter(pk=matter.pk).update(subject=town.shed)
    learning.gather()
    assert lines() == []


def test_a_long_past_is_not_asked_again(town: SmallTown, shed: Answer) -> None:
    other = publish_answer(town.streetlight, town.works, title_fr="Lampadaire")
    for _ in range(3):
        answered(town, other, "permis pour un cabanon")
    assert learning.gather(farthest=1) == 1


def test_a_gathering_that_is_stopped_goes_on_where_it_was(
    town: SmallTown, shed: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = publish_answer(town.streetlight, town.works, title_fr="Lampadaire")
    for _ in range(3):
        answered(town, other, "permis pour un cabanon")
    monkeypatch.setattr(learning, "ASKED", 2)
    monkeypatch.setattr(learning, "AT_MOST", 0.0)
    assert learning.gather() == 2 and lines() == []
    monkeypatch.setattr(learning, "AT_MOST", 30.0)
    assert [learning.gather() for _ in range(2)] == [1, 0]
    assert [line.gap.count for line in lines()] == [3]
