"""Reports of loading addresses or an assessment roll: counts, changes, and problems."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from parvis.lib.errors import Invalid
from parvis.lib.ingest.problem_log import ProblemLog

SHOWN = 30
REMEMBERED = 1000


@dataclass(frozen=True)
class Problem:
    """A problem with a line (or a roll unit, by its rank) or part of it; `refused`: the line is skipped."""

    line: int
    what: str
    reason: str
    refused: bool = True


@dataclass
class LoadingReport:
    """Running counts, the first changes and the first problems; every problem also goes to `log`."""

    file: str
    dry_run: bool
    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    log: ProblemLog | None = None

    def tell(self, line: int, what: str, reason: str, *, refused: bool = True) -> None:
        """Records a problem; reasons are counted without the values that they quote."""
        self.counts["refused" if refused else "incomplete"] += 1
        self.reasons[reason.partition(":")[0]] += 1
        problem = Problem(line, what, reason, refused)
        if len(self.problems) < REMEMBERED:
            self.problems.append(problem)
        if self.log:
            self.log.write(vars(problem), (str(line), what, "yes" if refused else "no", reason))

    def changed(self, what: str) -> None:
        """Records a change, as text, among the first SHOWN."""
        if len(self.changes) < SHOWN:
            self.changes.append(what)

    def as_json(self) -> dict[str, Any]:
        """The report as plain values, for `--json`, with at most REMEMBERED problems."""
        return {
            "file": self.file,
            "dry_run": self.dry_run,
            "counts": dict(sorted(self.counts.items())),
            "changes": self.changes,
            "reasons": dict(self.reasons.most_common()),
            "problems": [vars(problem) for problem in self.problems],
            "notes": self.notes,
            "seconds": round(self.seconds, 1),
        }

    def lines(self) -> list[str]:
        """The report as lines to print."""
        lines = [f"{self.file}: read in {self.seconds:.1f} s{'; nothing was written (dry run)' * self.dry_run}."]
        lines.append("  " + ", ".join(f"{count:,} {name}" for name, count in self.counts.items() if count))
        lines += [f"  {change}" for change in self.changes]
        lines += [f"  line {p.line}, {p.what or '-'}: {p.reason}" for p in self.problems[:SHOWN]]
        if (hidden := sum(self.reasons.values()) - min(len(self.problems), SHOWN)) > 0:
            lines.append(f"  ... and {hidden:,} more:")
            lines += [f"    {count:,} x {reason}" for reason, count in self.reasons.most_common(15)]
        return lines + [f"  {note}" for note in self.notes]


def open_log(path: Path) -> ProblemLog:
    """Opens the log of problems; Invalid when it cannot be written."""
    try:
        return ProblemLog(path, ("line", "what", "refused", "reason"))
    except OSError as error:
        raise Invalid(f"The report cannot be written to {path}: {error.strerror}.") from None
