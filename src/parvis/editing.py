"""The commands of whoever keeps the answers and the facts. Each returns its exit code."""

from argparse import Namespace
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from django.utils import timezone, translation

from parvis.intake.said import Said, SaidFact, said_on
from parvis.knowledge.checking import KINDS, Finding, Weight, counts, findings, in_short
from parvis.knowledge.fact_import import Change, Import, import_facts, plan_import
from parvis.lib.clock import today
from parvis.lib.console import language, say, write_json
from parvis.lib.errors import NotFound, Refused
from parvis.places.models import Address
from parvis.places.queries import exact

SIGNS = {"new": "+", "changed": "~", "same": "="}
WEIGHTS = {Weight.MEND: "!", Weight.VERIFY: "?", Weight.LOOK: " "}


def said(asked: Namespace) -> int:
    """`parvis said`: what was true and what was said on a day; 1 when no published answer is known of that day."""
    code = asked.lang or "fr"
    with translation.override(code):
        found = said_on(asked.subject, asked.on, code, _address(asked.address))
        if asked.json:
            write_json(found.as_json())
        else:
            say(_lines(found))
    return 0 if found.answers else 1


def _address(text: str | None) -> Address | None:
    if not text:
        return None
    address = exact(text)
    if address is None:
        raise NotFound(f"No single address is written “{text}”.")
    return address


def _lines(found: Said) -> list[str]:
    lines = [f"{found.slug}, {found.on}" + (f", {found.address}" if found.address else "")]
    lines += ["", "Facts in force that day:"]
    for fact in found.facts:
        lines += _fact_lines(fact)
    lines += ["", "Read by everybody that day:"]
    if not found.answers:
        lines.append("  no published answer is known of that day")
    for answer in found.answers:
        since, until = _moment(answer.since), _moment(answer.until) if answer.until else "now"
        lines += [f"  revision {answer.revision}, {since} - {until}: {answer.answer.title}"]
        lines += [f"    {answer.answer.short.plain}"]
    times = sum(found.given.values())
    return [*lines, "", f"Given to someone that day: {times} times."]


def _fact_lines(fact: SaidFact) -> list[str]:
    lines = []
    for shown in fact.shown:
        state = "" if shown.told and not shown.mark else f" [{shown.status.value}]"
        area = f" ({fact.area})" if fact.area else ""
        lines.append(f"  {fact.key}{area}: {shown.shown}{state}  {shown.source}".rstrip())
    if fact.learned:
        lines.append(f"    learned since, of that day: {fact.learned.shown}")
    return lines


def _moment(when: datetime) -> str:
    return f"{timezone.localtime(when):%Y-%m-%d %H:%M}"


def facts(asked: Namespace) -> int:
    """`parvis import-facts`: 0 when every row fits, 1 when one is refused; then nothing is written."""
    with translation.override(language(asked.language)):
        path = Path(asked.file)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise Refused(f"{path}: {error.strerror}") from error
        bring = plan_import if asked.dry_run else import_facts
        done = bring(content=content, name=path.name)
        if asked.json:
            changes = [change.as_json() for change in done.changes]
            write_json({"dry_run": asked.dry_run, "counts": done.counts, "facts": changes})
        else:
            say(_report(done, dry_run=asked.dry_run))
    return 0


def _report(done: Import, *, dry_run: bool) -> list[str]:
    lines = [line for change in done.told for line in _change_lines(change)]
    counts = done.counts
    words = f"{counts['new']} new, {counts['changed']} changed, {counts['same']} the same."
    return [*lines, f"{words} Nothing was written." if dry_run else words]


def _change_lines(change: Change) -> list[str]:
    area = f" ({change.area})" if change.area else ""
    head = f"{SIGNS[change.action]} {change.key}{area}"
    return [head, *(f"    {one.field}: {one.old or '-'} -> {one.new or '-'}" for one in change.differences)]


def check(asked: Namespace) -> int:
    """`parvis check-knowledge`: 1 when something must be mended, or verified when --strict."""
    with translation.override(language(asked.language)):
        found = findings()
        told = counts(found)
        if asked.json:
            listed = [one.as_json() for one in found]
            write_json({"on": today().isoformat(), **{w.value: n for w, n in told.items()}, "findings": listed})
        else:
            say(_findings(found, told))
    return 1 if told[Weight.MEND] or (asked.strict and told[Weight.VERIFY]) else 0


def _findings(found: list[Finding], told: Mapping[Weight, int]) -> list[str]:
    lines: list[str] = []
    for kind, title in KINDS.items():
        mine = [finding for finding in found if finding.kind == kind]
        if mine:
            lines += [
                f"{title} ({len(mine)})",
                *(f"  {WEIGHTS[one.weight]} {one.name}: {one.message}{_owner(one)}" for one in mine),
            ]
    return [*lines, in_short(told)]


def _owner(finding: Finding) -> str:
    return f" ({finding.owner})" if finding.owner else ""
