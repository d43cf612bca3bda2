"""guides/<subject>.yaml, and guides/common.yaml, whose questions and rules come first in every guide."""

from collections.abc import Collection, Mapping
from typing import Any

from parvis.apps.knowledge.calculations import oath, permit_guide
from parvis.apps.knowledge.calculations.guide import from_json
from parvis.apps.knowledge.guide_schemas import CommonGuideFile, GuideFile
from parvis.apps.knowledge.loading import GuideData
from parvis.lib.ingest.entries import Mistake
from parvis.operations.town.reader import Reader, Written

COMMON = "common"
_FIRST = ("questions", "rules")


def read_guides(reader: Reader, files: Mapping[str, Written], subjects: Collection[str]) -> list[GuideData]:
    """The guides of the town, by answerable subject. A mistake says the file and the line."""
    shared = reader.one(CommonGuideFile, files.get(COMMON)) or CommonGuideFile()
    guides = []
    for subject, written in files.items():
        if subject == COMMON:
            continue
        if subject not in subjects:
            reader.wrong(GuideFile, written, Mistake(f"there is no subject {subject!r} that is answerable"))
        guide = reader.one(GuideFile, written)
        if guide is not None:
            content = _content(guide, shared)
            _check(reader, written, guide, content)
            guides.append(GuideData(subject, content))
    return guides


def _content(guide: GuideFile, shared: CommonGuideFile) -> dict[str, Any]:
    """What `knowledge.models.Guide` keeps."""
    content = guide.model_dump(mode="json", exclude={"common", "source"})
    with_common = guide.common if guide.common is not None else guide.kind == permit_guide.KIND
    for name, first in shared.model_dump(mode="json").items():
        content[name] = [*(first if with_common else ()), *content[name]]
    return content | {"source": guide.source.title, "source_url": guide.source.url}


def _check(reader: Reader, written: Written, guide: GuideFile, content: Mapping[str, Any]) -> None:
    """What no single entry shows: a question asked nowhere before, a rule that is never reached."""
    whole = from_json(content)
    ahead = {name: len(content[name]) - len(getattr(guide, name)) for name in _FIRST}
    problems = (
        permit_guide.problems(whole, ahead["questions"] > 0)
        if guide.kind == permit_guide.KIND
        else oath.problems(whole)
    )
    for problem in problems:
        at: tuple[str | int, ...] = ()
        if problem.rule is not None and problem.rule >= ahead["rules"]:
            at = "rules", problem.rule - ahead["rules"]
        elif problem.question is not None and problem.question >= ahead["questions"]:
            at = "questions", problem.question - ahead["questions"]
        reader.wrong(GuideFile, written, Mistake(problem.message, at))
