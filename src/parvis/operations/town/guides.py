"""Reading of guides/<subject>.yaml, and guides/common.yaml, whose questions and rules come first in every guide."""

from collections.abc import Collection, Mapping
from typing import Any

from parvis.apps.calculators.rules import oath, permit_guide
from parvis.apps.calculators.rules.guide import from_json
from parvis.apps.calculators.schemas import CommonGuideFile, GuideFile
from parvis.apps.content.loading import GuideData
from parvis.lib.ingest.entries import Mistake
from parvis.operations.town.reader import RawEntry, Reader

COMMON = "common"
_FIRST = ("questions", "rules")


def read_guides(reader: Reader, files: Mapping[str, RawEntry], subjects: Collection[str] | None) -> list[GuideData]:
    """The guides of the town, by answerable subject (None: not known). Problems name the file and the line."""
    shared = reader.one(CommonGuideFile, files.get(COMMON)) or CommonGuideFile()
    guides = []
    for subject, raw in files.items():
        if subject == COMMON:
            continue
        if subjects is not None and subject not in subjects:
            reader.wrong(GuideFile, raw, Mistake(f"there is no subject {subject!r} that is answerable"))
        guide = reader.one(GuideFile, raw)
        if guide is not None:
            content = _content(guide, shared)
            _check(reader, raw, guide, content)
            guides.append(GuideData(subject, content))
    return guides


def _content(guide: GuideFile, shared: CommonGuideFile) -> dict[str, Any]:
    """The content stored in `content.models.Guide`."""
    content = guide.model_dump(mode="json", exclude={"common", "source"})
    with_common = guide.common if guide.common is not None else guide.kind == permit_guide.KIND
    for name, first in shared.model_dump(mode="json").items():
        content[name] = [*(first if with_common else ()), *content[name]]
    return content | {"source": guide.source.title, "source_url": guide.source.url}


def _check(reader: Reader, raw: RawEntry, guide: GuideFile, content: Mapping[str, Any]) -> None:
    """Checks across entries: a question used before it is asked, an unreachable rule."""
    whole = from_json(content)
    common = {name: len(content[name]) - len(getattr(guide, name)) for name in _FIRST}
    problems = (
        permit_guide.problems(whole, common["questions"] > 0)
        if guide.kind == permit_guide.KIND
        else oath.problems(whole)
    )
    for problem in problems:
        at: tuple[str | int, ...] = ()
        if problem.rule is not None and problem.rule >= common["rules"]:
            at = "rules", problem.rule - common["rules"]
        elif problem.question is not None and problem.question >= common["questions"]:
            at = "questions", problem.question - common["questions"]
        reader.wrong(GuideFile, raw, Mistake(problem.message, at))
