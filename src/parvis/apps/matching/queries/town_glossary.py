"""The glossary for English texts, with the town's own terms: subjects, questions, facts, departments."""

from collections.abc import Iterator
from pathlib import Path

from parvis.apps.catalogue.models import Group, Question, Subject
from parvis.apps.content.models import Fact
from parvis.apps.directory.models import Department
from parvis.apps.matching.rules.glossary import Glossary, Piece, pairs_of
from parvis.apps.matching.rules.text import guess_language
from parvis.lib.ttl_cache import TtlCache

WORDS = Path(__file__).with_name("gloss_words.txt")
FRESH_SECONDS = 60.0


def gloss(text: str) -> list[Piece]:
    """The text in pieces, with a French word beside each known English one. At most five queries a minute."""
    return _glossary().read(text)


def is_english(text: str) -> bool:
    """Whether a text looks English more than French."""
    return bool(text.strip()) and guess_language(text) == "en"


def _town_terms() -> Iterator[tuple[str, str]]:
    for model, name in ((Subject, "title"), (Group, "title"), (Fact, "label"), (Department, "name")):
        yield from model.objects.values_list(f"{name}_en", f"{name}_fr")
    for english, french, choices in Question.objects.values_list("label_en", "label_fr", "choices"):
        yield english, french
        yield from ((str(choice["en"]), str(choice["fr"])) for choice in choices)


def _build() -> Glossary:
    with WORDS.open(encoding="utf-8") as lines:
        return Glossary([*pairs_of(lines), *_town_terms()])


_glossary = TtlCache(_build, FRESH_SECONDS)
