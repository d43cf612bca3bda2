"""The figures of a run, in a table that a person reads."""

from collections.abc import Iterable

from bench.figures import Figure, Section

NOISY = 0.1
_HEAD = f"{'':56}{'value':>10} {'':9}{'goal':>9}{'ratio':>8}  {'':7}{'n':>6}{'/s':>9}{'p50':>9}{'p95':>9}"


def table(sections: Iterable[Section]) -> str:
    """Every section, one line for each figure: value, goal, how many times better than the goal, and its series."""
    lines = []
    for section in sections:
        others = f"the others used {section.others:.0%} of the machine"
        lines += ["", section.title, f"  {others}{': NOISY' if section.others > NOISY else ''}", _HEAD]
        lines += [_line(figure) for figure in section.figures]
        lines += [f"  {note}" for note in section.notes]
    return "\n".join(lines) + "\n"


def missed(sections: Iterable[Section]) -> list[str]:
    """The goals that are not reached, by their section and name."""
    return [
        f"{section.title}: {figure.name}" for section in sections for figure in section.figures if figure.met is False
    ]


def _line(figure: Figure) -> str:
    goal = ratio = verdict = ""
    if figure.met is not None:
        sign, limit = ("<=", figure.at_most) if figure.at_most is not None else (">=", figure.at_least)
        goal, verdict = f"{sign} {limit:g}", "met" if figure.met else "MISSED"
        ratio = f"x{figure.ratio:.2f}" if figure.ratio is not None else ""
    timings = figure.timings
    series = f"{timings.count:>6}{timings.per_second:>9.1f}{timings.p50:>9.2f}{timings.p95:>9.2f}" if timings else ""
    value = f"{figure.value:>10.2f}".rstrip("0").rstrip(".").rjust(10) if "." in f"{figure.value}" else figure.value
    return f"  {figure.name:54}{value:>10} {figure.unit:9}{goal:>9}{ratio:>8}  {verdict:7}{series}".rstrip()
