"""The exam stays one: nothing the engine learns from resembles a held-out message, and it is frozen before scoring.

`messages/frozen.txt` holds the hash of every way of asking of the sample town. Whoever changes one runs
`python -m tools.freeze_variants`, which refuses what resembles too much; the measures of docs/build/answers.md were
taken with the hash written there.
"""

from collections import Counter, defaultdict

from parvis.lib import words
from parvis.operations.town.reading import read
from tests.town.conftest import CARIGNAN
from tools.freeze_variants import MESSAGES, MOST_ALIKE, exam, learned_from
from tools.likeness import Exam, frozen, grams, likeness


def test_nothing_learned_resembles_a_held_out_message() -> None:
    held = Exam(exam())
    assert len(held) > 150
    assert [entry for entry in learned_from(read(CARIGNAN)) if held.nearest(entry[2]) > MOST_ALIKE] == []


def test_what_is_learned_is_what_was_frozen() -> None:
    assert frozen(list(learned_from(read(CARIGNAN)))) == (MESSAGES / "frozen.txt").read_text(encoding="utf-8").strip()


def test_likeness_tells_the_same_words_from_others() -> None:
    result = grams("Quand passe le camion des ordures?")
    assert likeness(result, grams("quand passe le camion des ordures")) == 1
    assert likeness(result, grams("mon chat est dans l'arbre")) < 0.2
    assert 0.6 < likeness(result, grams("quand passe le camion du recyclage")) < 0.8


def test_the_nearest_of_many_is_the_one_that_resembles_most() -> None:
    held = Exam(["Quand passe le camion des ordures?", "Mon chat est dans l'arbre", "??"])
    assert len(held) == 2
    text = "quand passe le camion du recyclage"
    assert held.nearest(text) == likeness(grams(text), grams("Quand passe le camion des ordures?"))
    assert held.nearest("zzz") == 0


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
