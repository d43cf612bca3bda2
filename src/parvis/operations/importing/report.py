"""Import reports: counts, and the problem of each rejected line; the error that stops a whole import."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from parvis.lib import quebec
from parvis.lib.errors import Refused
from parvis.lib.ingest.problem_log import ProblemLog

ADD_YES = gettext_lazy("Nothing was written: to go on, add --yes.")
GO_ON = gettext_lazy("Go on? [y/N]")
NOTHING_WRITTEN = gettext_lazy("Nothing was written.")
SHOWN = 50
REMEMBERED = 1000


class CannotImport(Refused):
    """The file or its mapping is unusable; `problems` lists the errors."""

    code: ClassVar[str] = "import"
    status: ClassVar[int] = 422

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        super().__init__("\n- ".join([message, *problems]))
        self.problems = list(problems)


@dataclass(frozen=True)
class Problem:
    """A problem with a line or part of it. `refused`: the line was skipped; otherwise it was imported without it."""

    line: int
    number: str
    reason: str
    refused: bool = True
    notes: bool = False


@dataclass
class ImportReport:
    """Running counts, and the first REMEMBERED problems; every problem also goes to `log`."""

    system: str
    file: str
    dry_run: bool
    encoding: str = ""
    delimiter: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    carry_over: bool = False
    seconds: float = 0.0
    log: ProblemLog | None = None

    @property
    def refused(self) -> int:
        """The number of lines that were, or would be, refused."""
        return self.counts["refused"] + self.counts["notes_refused"]

    def tell(self, problems: Sequence[Problem]) -> None:
        """Records the problems of one line."""
        if any(problem.refused for problem in problems):
            self.counts["notes_refused" if problems[0].notes else "refused"] += 1
        elif problems:
            self.counts["incomplete"] += 1
        for problem in problems:
            self.reasons[problem.reason] += 1
            if len(self.problems) < REMEMBERED:
                self.problems.append(problem)
            if self.log:
                flags = "yes" if problem.refused else "no", "notes" if problem.notes else "cases"
                self.log.write(vars(problem), (str(problem.line), problem.number, *flags, problem.reason))

    def as_json(self) -> dict[str, Any]:
        """The report as plain values, for `--json`, with at most REMEMBERED problems."""
        names = ("lines", "created", "open", "closed", "already", "left", "refused", "incomplete")
        more = ("new_dates", "shown", "notes", "notes_refused", "people_new", "people_known")
        return {
            "system": self.system,
            "file": self.file,
            "dry_run": self.dry_run,
            "open_as": "earlier" if self.carry_over else "new",
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
        lines = [_line(problem) for problem in self.problems[:SHOWN]]
        hidden = sum(self.reasons.values()) - len(lines)
        if hidden > 0:
            lines += [ngettext("... and %(n)d more.", "... and %(n)d more.", hidden) % {"n": hidden}]
            lines += [f"  {count} x {reason}" for reason, count in self.reasons.most_common(15)]
        if self.unused:
            lines.append(_("Columns that were not used: %(names)s") % {"names": ", ".join(self.unused)})
        return [*lines, *self._summary()]

    @property
    def changes_open_ones(self) -> bool:
        """Whether open requests get, or would get, a new date, or are shown to citizens."""
        return bool(self.counts["new_dates"] or self.counts["shown"])

    def open_words(self) -> str:
        """What becomes of the open requests, in the active language; "" when there is none."""
        counts = self.counts
        words = {name: counts[name] for name in ("open", "new_dates", "shown")}
        if not counts["open"]:
            return ""
        if self.carry_over:
            text = ngettext(
                "%(open)d open request as it was: no promise, not shown to citizens, counted in no figure.",
                "%(open)d open requests as they were: no promise, not shown to citizens, counted in no figure.",
                counts["open"],
            )
        elif self.dry_run:
            text = ngettext(
                "%(open)d open request will begin anew. It will get a new date, from today: %(new_dates)d; will be "
                "shown to citizens: %(shown)d. To bring it as it was: --open-as earlier.",
                "%(open)d open requests will begin anew. They will get new dates, from today: %(new_dates)d; will be "
                "shown to citizens: %(shown)d. To bring them as they were: --open-as earlier.",
                counts["open"],
            )
        else:
            text = ngettext(
                "%(open)d open request began anew: new dates, from today: %(new_dates)d; shown to citizens: %(shown)d.",
                "%(open)d open requests began anew: new dates, from today: %(new_dates)d; shown to citizens: "
                "%(shown)d.",
                counts["open"],
            )
        return text % words

    def _summary(self) -> list[str]:
        counts = self.counts
        names = ("lines", "created", "open", "closed", "already", "left", "refused", "incomplete")
        seconds = quebec.number(round(self.seconds, 1), get_language() or "fr", places=1)
        words = {"system": self.system, "seconds": seconds, **{name: counts[name] for name in names}}
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
        lines = [first % words, second % words, *filter(None, [self.open_words()]), third % words]
        if counts["incomplete"]:
            lines.append(_("Brought without something that could not be read: %(incomplete)d.") % words)
        if counts["notes"] or counts["notes_refused"]:
            text = _("Notes: %(notes)d, refused: %(refused)d.")
            lines.append(text % {"notes": counts["notes"], "refused": counts["notes_refused"]})
        if counts["people_new"] or counts["people_known"]:
            text = _("People, new: %(new)d; already known: %(known)d.")
            lines.append(text % {"new": counts["people_new"], "known": counts["people_known"]})
        return lines


def _line(problem: Problem) -> str:
    words = {"line": problem.line, "number": problem.number, "reason": problem.reason}
    if not problem.number:
        return _("Line %(line)d: %(reason)s") % words
    return _("Line %(line)d, number %(number)s: %(reason)s") % words


def open_log(path: Path) -> ProblemLog:
    """Opens the log of problems; CannotImport when it cannot be written."""
    try:
        return ProblemLog(path, ("line", "number", "refused", "file", "reason"))
    except OSError as error:
        text = _("The report cannot be written to %(path)s: %(why)s")
        raise CannotImport(text % {"path": path, "why": error.strerror}) from None
