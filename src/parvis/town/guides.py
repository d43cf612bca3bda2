"""guides/<subject>.yaml, and guides/common.yaml, whose questions and rules come first in every guide."""

from collections.abc import Sequence
from typing import Any

from parvis.knowledge.computed import oath, permit_guide
from parvis.knowledge.computed.guide import UNKNOWN, from_json
from parvis.knowledge.loading import GuideData
from parvis.knowledge.phrases import broken_references, fact_keys, typed_values
from parvis.town.entries import Entry, note_twice
from parvis.town.folder import Folder

COMMON = "common"
KINDS = (permit_guide.KIND, oath.KIND)
LONGEST = 400

Content = dict[str, Any]
Placed = tuple[list[Entry], list[Entry]]  # the questions and the rules of one file


def read_guides(
    folder: Folder, *, subjects: Sequence[str], facts: Sequence[str], departments: Sequence[str]
) -> list[GuideData]:
    """The guides of the town. A mistake says the file and the line."""
    files = dict(folder.each("guides"))
    shared, common = files.pop(COMMON, None), Content(questions=[], rules=[])
    reader = _Reader(facts, departments)
    if shared is not None:
        common, _placed = reader.steps(shared)
        shared.done()
    found = []
    for subject, entry in files.items():
        if subject not in subjects:
            entry.wrong(f"there is no subject {subject!r} that is answerable")
        found.append(GuideData(subject, reader.guide(entry, common)))
    return found


class _Reader:
    """Reads the entries of one town's guides; every text may hold facts of that town, and no typed value."""

    def __init__(self, facts: Sequence[str], departments: Sequence[str]) -> None:
        self.facts, self.departments = facts, departments

    def guide(self, entry: Entry, common: Content) -> Content:
        kind = entry.one_of("kind", KINDS, default=permit_guide.KIND)
        with_common = entry.flag("common", kind == permit_guide.KIND)
        first = common if with_common else Content(questions=[], rules=[])
        own, placed = self.steps(entry)
        source = entry.part("source")
        content = {
            "kind": kind,
            "intro": self.text(entry, "intro", {"fr": "", "en": ""}),
            "questions": [*first["questions"], *own["questions"]],
            "rules": [*first["rules"], *own["rules"]],
            "documents": self.texts(entry, "documents"),
            "norms": list(entry.some_of("norms", self.facts, "fact")),
            "source": source.text("title", "", most=200),
            "source_url": source.url("url"),
        }
        if not own["questions"]:
            entry.wrong("'questions' must hold one question at least")
        source.done()
        entry.done()
        self.check(entry, content, placed, common=with_common and bool(first["questions"]))
        return content

    def check(self, entry: Entry, content: Content, placed: Placed, *, common: bool) -> None:
        """What no single entry shows: a question asked nowhere before, a rule that is never reached."""
        one, questions, rules = from_json(content), *placed
        ahead = {"question": len(one.questions) - len(questions), "rule": len(one.rules) - len(rules)}
        found = permit_guide.problems(one, common) if one.kind == permit_guide.KIND else oath.problems(one)
        for problem in found:
            where = entry
            if problem.rule is not None and problem.rule >= ahead["rule"]:
                where = rules[problem.rule - ahead["rule"]]
            elif problem.question is not None and problem.question >= ahead["question"]:
                where = questions[problem.question - ahead["question"]]
            where.wrong(problem.message)

    def steps(self, entry: Entry) -> tuple[Content, Placed]:
        questions, rules = entry.parts("questions", "key"), entry.parts("rules", "outcome")
        read = [self.question(one) for one in questions]
        note_twice(questions, [one["key"] for one in read], "question")
        return Content(questions=read, rules=[self.rule(one) for one in rules]), (questions, rules)

    def question(self, entry: Entry) -> Content:
        choices = entry.parts("choices", "value")
        found: Content = {
            "key": entry.slug("key"),
            "label": self.text(entry, "label"),
            "hint": self.text(entry, "hint", {"fr": "", "en": ""}),
            "choices": [self.choice(one) for one in choices],
            "only_if": self.when(entry, "only_if"),
        }
        note_twice(choices, [one["value"] for one in found["choices"]], "choice")
        if len(choices) < 2:
            entry.wrong("a question gives two choices at least")
        entry.done()
        return found

    def choice(self, entry: Entry) -> Content:
        found = {"value": entry.slug("value"), "label": self.text(entry, "label")}
        if found["value"] == UNKNOWN:
            entry.wrong(f"{UNKNOWN!r} is a choice of every question already")
        entry.done()
        return found

    def rule(self, entry: Entry) -> Content:
        found = {
            "when": self.when(entry, "when"),
            "outcome": entry.text("outcome"),
            "why": self.text(entry, "why"),
            "to": entry.one_of("to", self.departments, "department", ""),
            "documents": self.texts(entry, "documents"),
            "rests_on": list(entry.some_of("rests_on", self.facts, "fact")),
            "norms": list(entry.some_of("norms", self.facts, "fact")),
        }
        entry.done()
        return found

    def when(self, entry: Entry, name: str) -> dict[str, list[str]]:
        """{question: [choices]}."""
        part = entry.part(name)
        return {str(key): list(part.some_of(str(key))) for key in part.raw}

    def texts(self, entry: Entry, name: str) -> list[dict[str, str]]:
        """A list of bilingual texts."""
        found = entry.value(name, [])
        if not isinstance(found, list):
            entry.wrong(f"{name!r} must be a list of texts in fr and en")
            return []
        return [self._checked(entry, entry.texts_of(name, one, LONGEST)) for one in found]

    def text(self, entry: Entry, name: str, default: Any = None) -> dict[str, str]:
        """A bilingual text, its facts known."""
        if default is not None and name not in entry.raw:
            entry.value(name, "")
            return dict(default)
        return self._checked(entry, entry.both(name, most=LONGEST))

    def _checked(self, entry: Entry, both: tuple[str, str]) -> dict[str, str]:
        for key in fact_keys(both):
            if key not in self.facts:
                entry.wrong(f"{{fact:{key}}} names an unknown fact")
        for text in both:
            for broken in broken_references(text):
                entry.wrong(f"{broken!r} is no reference to a fact; write {{fact:key}}")
            for typed in typed_values(text):
                entry.wrong(f"{typed!r} is typed in the text: make it a fact and write {{fact:key}}")
        return {"fr": both[0], "en": both[1]}
