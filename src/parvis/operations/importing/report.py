"""What an import did, or would do: counts, and each line that does not fit with its reason."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from parvis.lib import quebec
from parvis.lib.ingest.problem_log import ProblemLog
from parvis.operations.importing.refusals import CannotImport

SHOWN = 50
REMEMBERED = 1000


@dataclass(frozen=True)
class Problem:
    """Why a line, or something of it, did not fit. `refused`: the line was left out; otherwise it came without it."""

    line: int
    number: str
    reason: str
    refused: bool = True
    notes: bool = False


@dataclass
class Report:
    """The counts as they grow, and the first REMEMBERED problems; all of them go to `log` as they come."""

    system: str
    file: str
    dry_run: bool
    encoding: str = ""
    delimiter: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    seconds: float = 0.0
    log: ProblemLog | None = None

    @property
    def refused(self) -> int:
        """How many lines were, or would be, left out for a fault of theirs."""
        return self.counts["refused"] + self.counts["notes_refused"]

    def tell(self, problems: Sequence[Problem]) -> None:
        """Keeps these problems of one line."""
        if any(problem.refused for problem in problems):
            self.counts["notes_refused" if problems[0].notes else "refused"] += 1
        elif problems:
            self.counts["incomplete"] += 1
        for item in problems:
            self.reasons[item.reason] += 1
            if len(self.problems) < REMEMBERED:
                self.problems.append(item)
            if self.log:
                marks = "yes" if item.refused else "no", "notes" if item.notes else "cases"
                self.log.write(vars(item), (str(item.line), item.number, *marks, item.reason))

    def as_json(self) -> dict[str, Any]:
        """The report as plain values, for `--json`; `problems` holds at most REMEMBERED of them."""
        names = ("lines", "created", "open", "closed", "already", "left", "refused", "incomplete")
        more = ("notes", "notes_refused", "people_new", "people_known")
        return {
            "system": self.system,
            "file": self.file,
            "dry_run": self.dry_run,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "counts": {name: self.counts[name] for name in (*names, *more)},
            "unused_columns": self.unused,
            "reasons": [{"reason": reason, "lines": count} for reason, count in self.reasons.most_common(REMEMBERED)],
            "problems": [vars(problem) for problem in self.problems],
            "more_problems": sum(self.reasons.values()) - len(self.problems),
            "seconds": round(self.seconds, 1),
        }

    def lines(self) -> list[str]:
        """The report as lines to print, in the active language."""
        said = [_said(problem) for problem in self.problems[:SHOWN]]
        hidden = sum(self.reasons.values()) - len(said)
        if hidden > 0:
            said += [ngettext("... and %(n)d more.", "... and %(n)d more.", hidden) % {"n": hidden}]
            said += [f"  {count} x {reason}" for reason, count in self.reasons.most_common(15)]
        if self.unused:
            said.append(_("Columns that were not used: %(names)s") % {"names": ", ".join(self.unused)})
        return [*said, *self._summary()]

    def _summary(self) -> list[str]:
        done = self.counts
        words = {
            "system": self.system,
            "lines": done["lines"],
            "seconds": quebec.number(round(self.seconds, 1), get_language() or "fr", places=1),
            **{name: done[name] for name in ("created", "open", "closed", "already", "left", "refused", "incomplete")},
        }
        first = (
            _("%(system)s, lines read: %(lines)d, in %(seconds)s s. Nothing was written: this was a dry run.")
            if self.dry_run
            else _("%(system)s, lines read: %(lines)d, in %(seconds)s s.")
        )
        second = (
            _("Requests that would be brought: %(created)d (open: %(open)d, closed: %(closed)d).")
            if self.dry_run
            else _("Requests brought: %(created)d (open: %(open)d, closed: %(closed)d).")
        )
        third = _("Here already: %(already)d. Left out by the mapping: %(left)d. Refused: %(refused)d.")
        said = [first % words, second % words, third % words]
        if done["incomplete"]:
            said.append(_("Brought without something that could not be read: %(incomplete)d.") % words)
        if done["notes"] or done["notes_refused"]:
            text = _("Notes: %(notes)d, refused: %(refused)d.")
            said.append(text % {"notes": done["notes"], "refused": done["notes_refused"]})
        if done["people_new"] or done["people_known"]:
            text = _("People, new: %(new)d; already known: %(known)d.")
            said.append(text % {"new": done["people_new"], "known": done["people_known"]})
        return said


def _said(problem: Problem) -> str:
    words = {"line": problem.line, "number": problem.number, "reason": problem.reason}
    if not problem.number:
        return _("Line %(line)d: %(reason)s") % words
    return _("Line %(line)d, number %(number)s: %(reason)s") % words


def open_log(path: Path) -> ProblemLog:
    """Where every problem is written as it comes; CannotImport when it cannot be."""
    try:
        return ProblemLog(path, ("line", "number", "refused", "file", "reason"))
    except OSError as error:
        text = _("The report cannot be written to %(path)s: %(why)s")
        raise CannotImport(text % {"path": path, "why": error.strerror}) from None
