"""The held-out exam: no training example resembles a held-out message, and the examples are frozen before scoring.

`messages/frozen.txt` holds the hash of all examples of the sample town. After changing one, run
`python -m tools.freeze_variants`, which rejects examples too similar to a held-out message; the measures of
docs/build/answers.md were taken with the hash written there.
"""

from collections import Counter, defaultdict

import pytest

from parvis.lib import words
from parvis.operations.town.reading import read
from tests.town.conftest import CARIGNAN
from tools.freeze_variants import MESSAGES, MOST_ALIKE, exam, learned_from
from tools.likeness import Exam, frozen, grams, likeness


@pytest.mark.soak("answers")
def test_nothing_learned_resembles_a_held_out_message() -> None:
    exam_messages = Exam(exam())
    assert len(exam_messages) > 150
    assert [entry for entry in learned_from(read(CARIGNAN)) if exam_messages.nearest(entry[2]) > MOST_ALIKE] == []


def test_what_is_learned_is_what_was_frozen() -> None:
    assert frozen(list(learned_from(read(CARIGNAN)))) == (MESSAGES / "frozen.txt").read_text(encoding="utf-8").strip()


def test_likeness_tells_the_same_words_from_others() -> None:
    messages_grams = grams("Quand passe le camion des ordures?")
    assert likeness(messages_grams, grams("quand passe le camion des ordures")) == 1
    assert likeness(messages_grams, grams("mon chat est dans l'arbre")) < 0.2
    assert 0.6 < likeness(messages_grams, grams("quand passe le camion du recyclage")) < 0.8


def test_the_nearest_of_many_is_the_one_that_resembles_most() -> None:
    exam_messages = Exam(["Quand passe le camion des ordures?", "Mon chat est dans l'arbre", "??"])
    assert len(exam_messages) == 2
    text = "quand passe le camion du recyclage"
    assert exam_messages.nearest(text) == likeness(grams(text), grams("Quand passe le camion des ordures?"))
    assert exam_messages.nearest("zzz") == 0


def test_no_way_of_asking_belongs_to_two_targets_and_every_subject_has_many() -> None:
    owners: dict[tuple[str, ...], set[str]] = defaultdict(set)
    ways: Counter[tuple[str, str]] = Counter()
    for target, lang, text in learned_from(read(CARIGNAN)):
        owners[tuple(words.split(text))].update({target} - {"!calm", "!danger"})
        ways[target, lang] += 1
    assert [said for said, targets in owners.items() if len(targets) > 1] == []
    subjects = {subject.slug for subject in read(CARIGNAN).subjects}
    assert min(ways[slug, "fr"] for slug in subjects) >= 80
    assert min(ways[slug, "en"] for slug in subjects) >= 30
