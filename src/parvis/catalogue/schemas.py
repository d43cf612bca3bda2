"""groups.yaml, subjects.yaml, routing.yaml and synonyms.yaml: their entries."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from parvis.catalogue.clocks import parse_wait
from parvis.catalogue.models import Audience, Nature, Question, Subject
from parvis.catalogue.promises import parse_duration
from parvis.lib.ingest.entries import Entry, Mistake, Names, twice
from parvis.lib.ingest.fields import (
    NOTHING,
    Both,
    Check,
    Flag,
    Icon,
    Known,
    Lists,
    Most,
    OneOf,
    Several,
    Slug,
    Text,
)
from parvis.places.models import Street

LONGEST_VARIANT = 400

Department = Annotated[Text, Known("department")]


@dataclass(frozen=True)
class Written(Check):
    """A length of time that `parse` can read; or empty."""

    parse: Callable[[str], object]

    def wrong(self, text: str, known: Names) -> str:
        try:
            if text:
                self.parse(text)
        except ValueError as error:
            return f": {error}"
        return ""


Duration = Annotated[Text, Written(parse_duration)]
Wait = Annotated[Text, Written(parse_wait)]


class GroupData(Entry):
    """A family of subjects; the order of the file is the order of the screens."""

    named_by: ClassVar[str] = "slug"
    noun: ClassVar[str] = "group"

    slug: Slug
    title: Annotated[Both, Most(120)]


class ChoiceData(Entry):
    """One of the answers that a question offers."""

    named_by: ClassVar[str] = "value"

    value: Slug
    label: Annotated[Both, Most(200)]


class QuestionData(Entry):
    """Something asked before a case is opened."""

    named_by: ClassVar[str] = "key"
    noun: ClassVar[str] = "question"

    key: Slug
    kind: Annotated[Text, OneOf(Question.Kind.values)] = Field(alias="type")
    label: Annotated[Both, Most(200)]
    hint: Annotated[Both, Most(200)] = NOTHING
    required: Flag = False
    choices: tuple[ChoiceData, ...] = ()

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """Choices are for questions that offer some."""
        if (self.kind == Question.Kind.CHOICE) != bool(self.choices):
            yield Mistake("a question of type 'choice', and no other, gives choices")


class PromiseData(Entry):
    """The times to take charge and to settle, and how long the clock may stand still in all."""

    ack: Duration
    target: Duration
    wait: Wait = ""


class VariantsData(Lists):
    """The ways people ask, in each language."""

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """Each is short, and given once."""
        for texts in (self.fr, self.en):
            for text in texts:
                if not 1 <= len(text) <= LONGEST_VARIANT:
                    yield Mistake(f"a way of asking must have 1 to {LONGEST_VARIANT} characters: {text[:40]!r}")
            for text in sorted({text for text in texts if texts.count(text) > 1}):
                yield Mistake(f"the same way of asking is given twice: {text!r}")


class SubjectData(Entry):
    """A subject with its owner (department slug), its promises, its questions and the ways people ask about it."""

    named_by: ClassVar[str] = "slug"
    noun: ClassVar[str] = "subject"

    slug: Slug
    title: Annotated[Both, Most(160)]
    group: Annotated[Text, Known("group")]
    icon: Icon = ""
    answerable: Flag
    routable: Flag
    department: Department
    nature: Annotated[Text, OneOf(Nature.values)]
    place: Annotated[Text, OneOf(Subject.Place.values)]
    urgent: Flag = False
    promise: PromiseData
    proof: Annotated[Text, OneOf(Subject.Proof.values)] = "none"
    level_up: Department = ""
    door: Annotated[Text, Known("outside body")] = ""
    questions: tuple[QuestionData, ...] = ()
    variants: VariantsData = VariantsData()
    aliases: Several = ()
    computed: Annotated[Several, OneOf(Subject.Computed.values)] = ()

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """It leads somewhere; what is on call runs day and night, so its promise counts hours of the clock."""
        for name, written in (("ack", self.promise.ack), ("target", self.promise.target)):
            if self.urgent and written and not written.endswith("H"):
                yield Mistake(f"is on call ('urgent'), day and night: {name!r} must count clock hours, such as '4H'")
        if not self.answerable and not self.routable and not self.door:
            yield Mistake("is neither answerable nor routable, and gives no door: it would lead nowhere")
        yield from twice(self.questions, "questions")


class RuleData(Entry):
    """A routing rule; empty criteria accept anything; `to` is a department slug, `owner` a username or ""."""

    named_by: ClassVar[str] = "name"
    noun: ClassVar[str] = "rule"

    name: Slug
    subjects: Annotated[Several, Known("subject")] = ()
    sectors: Annotated[Several, Known("sector")] = ()
    streets: Annotated[Several, Known("street")] = ()
    street_owners: Annotated[Several, OneOf(Street.Owner.values)] = ()
    words: Several = ()
    audiences: Annotated[Several, OneOf(Audience.values)] = ()
    natures: Annotated[Several, OneOf(Nature.values)] = ()
    to: Department
    owner: Annotated[Text, Known("person")] = ""
    urgent: Flag = False
    why: Annotated[Both, Most(300)]

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """It has a condition."""
        places = self.sectors + self.streets + self.street_owners
        if not self.subjects + places + self.words + self.audiences + self.natures:
            yield Mistake("would catch every case: give at least one condition")
