"""The entries of guides/<subject>.yaml and guides/common.yaml."""

from collections.abc import Iterator
from typing import Annotated

from parvis.apps.calculators.rules import oath, permit_guide
from parvis.apps.calculators.rules.guide import UNKNOWN
from parvis.apps.content.schemas import Facts, text_mistakes
from parvis.apps.directory.schemas import DepartmentName
from parvis.lib.ingest import fields as f
from parvis.lib.ingest.entries import Entry, Mistake, Names, duplicates

GUIDE_KINDS = (permit_guide.KIND, oath.KIND)

Short = Annotated[f.Both, f.Most(400)]


class WithFacts(Entry):
    """An entry whose texts may hold facts of the town, and no typed value."""

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """Mistakes of its texts."""
        values = [value for _name, value in self]
        values += [entry for value in values if isinstance(value, tuple) for entry in value]
        yield from text_mistakes([text for value in values if isinstance(value, f.Texts) for text in value], known)


class GuideChoiceData(WithFacts, named_by="value", noun="choice"):
    """One answer that may be chosen."""

    value: f.Slug
    label: Short

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """A value reserved for "I do not know"."""
        yield from super().mistakes(known)
        if self.value == UNKNOWN:
            yield Mistake(f"{UNKNOWN!r} is a choice of every question already")


class GuideQuestionData(WithFacts, named_by="key", noun="question"):
    """A question with its choices, asked when the earlier answers are among those of `only_if`."""

    key: f.Slug
    label: Short
    hint: Short = f.NOTHING
    choices: tuple[GuideChoiceData, ...] = ()
    only_if: dict[str, f.Several] = {}

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """Duplicate choices, or fewer than two."""
        yield from super().mistakes(known)
        yield from duplicates(self.choices, "choices")
        if len(self.choices) < 2:
            yield Mistake("a question gives two choices at least")


class GuideRuleData(WithFacts, named_by="outcome"):
    """When the answers are those of `when`, this outcome, for this reason; `to` is who looks after it."""

    when: dict[str, f.Several] = {}
    outcome: f.Text
    why: Short
    to: DepartmentName = ""
    documents: tuple[Short, ...] = ()
    rests_on: Facts = ()
    norms: Facts = ()


class CommonGuideFile(WithFacts):
    """The questions and the rules that come first in every guide."""

    questions: tuple[GuideQuestionData, ...] = ()
    rules: tuple[GuideRuleData, ...] = ()

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """Duplicate questions."""
        yield from super().mistakes(known)
        yield from duplicates(self.questions, "questions")


class GuideFile(CommonGuideFile):
    """The guided questions on one subject; `common`: after those of every guide, the default of a guide to permits."""

    kind: Annotated[f.Text, f.OneOf(GUIDE_KINDS)] = permit_guide.KIND
    common: f.Flag | None = None
    intro: Short = f.NOTHING
    documents: tuple[Short, ...] = ()
    norms: Facts = ()
    source: f.OptionalSource = f.OptionalSource()

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """A guide without questions."""
        yield from super().mistakes(known)
        if not self.questions:
            yield Mistake("'questions' must hold one question at least")
