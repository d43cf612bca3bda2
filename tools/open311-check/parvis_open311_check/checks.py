"""The list of checks: each is numbered, names its section of the specification, and yields plain sentences."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from parvis_open311_check.wire import Answer, Server, Unreadable

PAGES = "https://github.com/open311/open311.github.io/blob/master/"
REPORT, DISCOVERY = f"{PAGES}GeoReport/v2/index.md", f"{PAGES}Service_Discovery.md"
JSON_PAGE = f"{PAGES}JSON_and_XML_Conversion.md"
FORMS = ("xml", "json")


@dataclass
class Subject:
    """The server tested, and how far the tests may go."""

    server: Server
    discovery: str = ""  # the URL of the discovery without its suffix; found by the first check
    write: bool = False
    sent: list[dict[str, str]] = field(default_factory=list)  # requests sent by the tests: number, service

    @property
    def forms(self) -> tuple[str, ...]:
        """The formats that the server speaks: XML always, JSON when it answers."""
        return FORMS if self.server.get("services", "json").status == 200 else FORMS[:1]  # noqa: PLR2004


class Skipped(Exception):
    """The check does not apply; the message says why."""


Run = Callable[[Subject], Iterator[str]]


@dataclass(frozen=True)
class Check:
    """One check. `writes`: it sends requests, or tries to."""

    number: str
    title: str
    section: str
    page: str
    run: Run
    writes: bool = False


@dataclass(frozen=True)
class Result:
    """The outcome of a check: its failures, or why it was left out; passed when there is neither."""

    check: Check
    failures: list[str]
    skipped: str = ""

    @property
    def outcome(self) -> str:
        """`passed`, `failed` or `skipped`."""
        return "failed" if self.failures else "skipped" if self.skipped else "passed"


ALL: list[Check] = []


def check(number: str, title: str, section: str, *, page: str = REPORT, writes: bool = False) -> Callable[[Run], Run]:
    """Adds a function to the list of checks."""

    def add(run: Run) -> Run:
        ALL.append(Check(number, title, section, page, run, writes))
        return run

    return add


def run_all(subject: Subject) -> Iterator[Result]:
    """Runs every check, in order of their numbers."""
    for one in sorted(ALL, key=lambda one: tuple(map(int, one.number.split(".")))):
        if one.writes and not subject.write:
            yield Result(one, [], "it sends requests: give --write to allow it")
            continue
        failures: list[str] = []
        skipped = ""
        try:
            failures += dict.fromkeys(one.run(subject))
        except Unreadable as problem:
            failures.append(f"{problem}.")
        except Skipped as reason:
            skipped = str(reason)
        yield Result(one, failures, skipped)


def errors_of(answer: Answer, *statuses: int) -> Iterator[str]:
    """What is wrong with an error that should have one of these statuses."""
    wanted = " or ".join(map(str, statuses))
    if answer.status not in statuses:
        yield f"{answer.url} answers {answer.status} where {wanted} is expected."
        return
    yield from shape_of_errors(answer)


def shape_of_errors(answer: Answer) -> Iterator[str]:
    """What is wrong with the body of an error."""
    try:
        rows = answer.read("errors")
    except Unreadable as problem:
        yield f"The error is not Open311's own: {problem}."
        return
    if not rows:
        yield f"{answer.url}: the list of errors is empty."
    for row in rows:
        for name in ("code", "description"):
            if not isinstance(row, dict) or row.get(name) in (None, ""):
                yield f"{answer.url}: an error has no {name}."
