"""Schemas of groups.yaml, subjects.yaml, routing.yaml and synonyms.yaml."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from parvis.apps.catalogue.models import Audience, Nature, Question, Subject
from parvis.apps.catalogue.rules.clocks import parse_wait
from parvis.apps.catalogue.rules.promises import parse_duration
from parvis.apps.directory.rules.permissions import Action, roles_with
from parvis.apps.places.models import Street
from parvis.lib.ingest import fields as f
from parvis.lib.ingest.entries import Entry, Mistake, Names, duplicates

LONGEST_VARIANT = 400

Department = Annotated[f.Text, f.Known("department")]


@dataclass(frozen=True)
class Written(f.Check):
    """A text that `parse` accepts, or empty."""

    parse: Callable[[str], object]

    def wrong(self, text: str, known: Names) -> str:
        try:
            if text:
                self.parse(text)
        except ValueError as error:
            return f": {error}"
        return ""


Duration = Annotated[f.Text, Written(parse_duration)]
Wait = Annotated[f.Text, Written(parse_wait)]


class GroupData(Entry, named_by="slug", noun="group"):
    """A family of subjects; the order of the file is the order of the screens."""

    slug: f.Slug
    title: Annotated[f.Both, f.Most(120)]


class ChoiceData(Entry, named_by="value"):
    """One choice of a question."""

    value: f.Slug
    label: Annotated[f.Both, f.Most(200)]
    aliases: f.Several = ()


class QuestionData(Entry, named_by="key", noun="question"):
    """A question asked before a case is opened."""

    key: f.Slug
    kind: Annotated[f.Text, f.OneOf(Question.Kind.values)] = Field(alias="type")
    label: Annotated[f.Both, f.Most(200)]
    hint: Annotated[f.Both, f.Most(200)] = f.NOTHING
    required: f.Flag = False
    choices: tuple[ChoiceData, ...] = ()

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """Only questions of type 'choice' have choices."""
        if (self.kind == Question.Kind.CHOICE) != bool(self.choices):
            yield Mistake("a question of type 'choice', and no other, gives choices")


class PromiseData(Entry):
    """The times to acknowledge and to settle, and the longest total pause."""

    ack: Duration
    target: Duration
    wait: Wait = ""


class VariantsData(f.Lists):
    """The ways people ask, in each language."""

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """Each text must be short and unique."""
        for texts in (self.fr, self.en):
            for text in texts:
                if not 1 <= len(text) <= LONGEST_VARIANT:
                    yield Mistake(f"a way of asking must have 1 to {LONGEST_VARIANT} characters: {text[:40]!r}")
            for text in sorted({text for text in texts if texts.count(text) > 1}):
                yield Mistake(f"the same way of asking is given twice: {text!r}")


class PostData(Entry):
    """A post: a role in a department, every role of a department that reads requests, or a role in any department."""

    department: Department = ""
    role: Annotated[f.Text, f.OneOf(roles_with(Action.READ_CASE))] = ""

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """At least one of the two."""
        if not self.department and not self.role:
            yield Mistake("names nobody: give a department, a role, or both")


class SubjectData(Entry, named_by="slug", noun="subject"):
    """A subject with its owner (department slug), its promises, its questions and the ways people ask about it."""

    slug: f.Slug
    title: Annotated[f.Both, f.Most(160)]
    group: Annotated[f.Text, f.Known("group")]
    icon: f.Icon = ""
    answerable: f.Flag
    routable: f.Flag
    department: Department
    nature: Annotated[f.Text, f.OneOf(Nature.values)]
    place: Annotated[f.Text, f.OneOf(Subject.Place.values)]
    urgent: f.Flag = False
    public: f.Flag = False
    promise: PromiseData
    proof: Annotated[f.Text, f.OneOf(Subject.Proof.values)] = "none"
    level_up: Department = ""
    door: Annotated[f.Text, f.Known("outside body")] = ""
    questions: tuple[QuestionData, ...] = ()
    variants: VariantsData = VariantsData()
    aliases: f.Several = ()
    computed: Annotated[f.Several, f.OneOf(Subject.Computed.values)] = ()
    restricted_to: tuple[PostData, ...] = ()

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """It must be answerable, routable or external; an on-call subject promises clock hours, as it runs at night."""
        for name, duration in (("ack", self.promise.ack), ("target", self.promise.target)):
            if self.urgent and duration and not duration.endswith("H"):
                yield Mistake(f"is on call ('urgent'), day and night: {name!r} must count clock hours, such as '4H'")
        if self.public and (self.nature != Nature.REQUEST or self.place == Subject.Place.NONE):
            yield Mistake("is 'public', on the map of what was reported: its nature must be 'request', with a place")
        if self.public and self.restricted_to:
            yield Mistake("is 'public' and 'restricted_to' some posts: its requests cannot be both")
        if not self.answerable and not self.routable and not self.door:
            yield Mistake("is neither answerable nor routable, and gives no door: it would lead nowhere")
        yield from duplicates(self.questions, "questions")


class RuleData(Entry, named_by="name", noun="rule"):
    """A routing rule; empty criteria accept anything; `to` is a department slug, `owner` a username or ""."""

    name: f.Slug
    subjects: Annotated[f.Several, f.Known("subject")] = ()
    sectors: Annotated[f.Several, f.Known("sector")] = ()
    streets: Annotated[f.Several, f.Known("street")] = ()
    street_owners: Annotated[f.Several, f.OneOf(Street.Owner.values)] = ()
    words: f.Several = ()
    audiences: Annotated[f.Several, f.OneOf(Audience.values)] = ()
    natures: Annotated[f.Several, f.OneOf(Nature.values)] = ()
    to: Department
    owner: Annotated[f.Text, f.Known("person")] = ""
    urgent: f.Flag = False
    why: Annotated[f.Both, f.Most(300)]

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """At least one condition is required."""
        places = self.sectors + self.streets + self.street_owners
        if not self.subjects + places + self.words + self.audiences + self.natures:
            yield Mistake("would catch every case: give at least one condition")
