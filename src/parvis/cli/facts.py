"""The commands of whoever keeps the answers and the facts. Each returns its exit code."""

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from django.utils import translation

from parvis.apps.intake.answer_audit import answers_on, no_such_address
from parvis.apps.knowledge.checking import KINDS, Finding, Weight, counts, findings, in_short
from parvis.apps.knowledge.fact_import import import_facts, plan_import
from parvis.apps.places.models import Address
from parvis.apps.places.queries import exact
from parvis.lib.clock import today
from parvis.lib.console import language, say, write_json
from parvis.lib.errors import NotFound, Refused

WEIGHTS = {Weight.MEND: "!", Weight.VERIFY: "?", Weight.LOOK: " "}


def said(args: Namespace) -> int:
    """`parvis said`: what was true and what was said on a day; 1 when no published answer is known of that day."""
    code = language(args.language)
    with translation.override(code):
        answer_audit = answers_on(args.subject, args.on, code, _address(args.address))
        if args.json:
            write_json(answer_audit.as_json())
        else:
            say(answer_audit.lines())
    return 0 if answer_audit.answers else 1


def _address(text: str | None) -> Address | None:
    if not text:
        return None
    address = exact(text)
    if address is None:
        raise NotFound(no_such_address(text))
    return address


def facts(args: Namespace) -> int:
    """`parvis import-facts`: 0 when every row fits, 1 when one is refused; then nothing is written."""
    with translation.override(language(args.language)):
        path = Path(args.file)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise Refused(f"{path}: {error.strerror}") from error
        bring = plan_import if args.dry_run else import_facts
        done = bring(content=content, name=path.name)
        if args.json:
            changes = [change.as_json() for change in done.changes]
            write_json({"dry_run": args.dry_run, "counts": done.counts, "facts": changes})
        else:
            say(done.lines(dry_run=args.dry_run))
    return 0


def check(args: Namespace) -> int:
    """`parvis check-knowledge`: 1 when something must be mended, or verified when --strict."""
    with translation.override(language(args.language)):
        result = findings()
        told = counts(result)
        if args.json:
            listed = [finding.as_json() for finding in result]
            write_json({"on": today().isoformat(), **{w.value: n for w, n in told.items()}, "findings": listed})
        else:
            say(_findings(result, told))
    return 1 if told[Weight.MEND] or (args.strict and told[Weight.VERIFY]) else 0


def _findings(value: list[Finding], told: Mapping[Weight, int]) -> list[str]:
    lines: list[str] = []
    for kind, title in KINDS.items():
        mine = [finding for finding in value if finding.kind == kind]
        if mine:
            lines += [
                f"{title} ({len(mine)})",
                *(f"  {WEIGHTS[item.weight]} {item.name}: {item.message}{_owner(item)}" for item in mine),
            ]
    return [*lines, in_short(told)]


def _owner(finding: Finding) -> str:
    return f" ({finding.owner})" if finding.owner else ""
