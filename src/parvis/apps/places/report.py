"""What the loading of a file of addresses or of a roll did, or would do: counts, changes, and what does not fit."""

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
    """Why a line (or a unit of a roll, by its rank), or something of it, does not fit; `refused`: it is left out."""

    line: int
    what: str
    reason: str
    refused: bool = True


@dataclass
class LoadingReport:
    """The counts as they grow, the first changes and the first problems; every problem goes to `log` as it comes."""

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
        """Keeps one problem; its reason is counted without what is quoted in it."""
        self.counts["refused" if refused else "incomplete"] += 1
        self.reasons[reason.partition(":")[0]] += 1
        problem = Problem(line, what, reason, refused)
        if len(self.problems) < REMEMBERED:
            self.problems.append(problem)
        if self.log:
            self.log.write(vars(problem), (str(line), what, "yes" if refused else "no", reason))

    def changed(self, what: str) -> None:
        """Keeps one change in words, among the first."""
        if len(self.changes) < SHOWN:
            self.changes.append(what)

    def as_json(self) -> dict[str, Any]:
        """The report as plain values, for `--json`; `problems` holds at most REMEMBERED of them."""
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
        said = [f"{self.file}: read in {self.seconds:.1f} s{'; nothing was written (dry run)' * self.dry_run}."]
        said.append("  " + ", ".join(f"{count:,} {name}" for name, count in self.counts.items() if count))
        said += [f"  {each}" for each in self.changes]
        said += [f"  line {p.line}, {p.what or '-'}: {p.reason}" for p in self.problems[:SHOWN]]
        if (hidden := sum(self.reasons.values()) - min(len(self.problems), SHOWN)) > 0:
            said.append(f"  ... and {hidden:,} more:")
            said += [f"    {count:,} x {reason}" for reason, count in self.reasons.most_common(15)]
        return said + [f"  {note}" for note in self.notes]


def open_log(path: Path) -> ProblemLog:
    """Where every problem is written as it comes; Invalid when it cannot be."""
    try:
        return ProblemLog(path, ("line", "what", "refused", "reason"))
    except OSError as error:
        raise Invalid(f"The report cannot be written to {path}: {error.strerror}.") from None
