"""Commands for editors of answers and facts. Each returns its exit code."""

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from django.utils import translation

from parvis.apps.content.queries.checking import KINDS, Finding, Weight, counts, findings, in_short
from parvis.apps.content.services.fact_import import import_facts, plan_import
from parvis.apps.directory.models import Actor
from parvis.apps.intake.queries.answer_audit import answers_on, no_such_address
from parvis.apps.places.models import Address
from parvis.apps.places.queries.addresses import exact
from parvis.lib.clock import today
from parvis.lib.console import language, say, write_json
from parvis.lib.errors import Refused, or_not_found

WEIGHTS = {Weight.MEND: "!", Weight.VERIFY: "?", Weight.LOOK: " "}


def said(args: Namespace) -> int:
    """`parvis said`: the facts and the published answer as of a day; 1 when there was no published answer."""
    code = language(args.language)
    with translation.override(code):
        audit = answers_on(args.subject, args.on, code, _address(args.address))
        if args.json:
            write_json(audit.as_json())
        else:
            say(audit.lines())
    return 0 if audit.answers else 1


def _address(text: str | None) -> Address | None:
    if not text:
        return None
    return or_not_found(exact(text), no_such_address(text))


def facts(args: Namespace) -> int:
    """`parvis import-facts`: imports all rows, or none (exit code 1) when one is refused."""
    with translation.override(language(args.language)):
        path = Path(args.file)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise Refused(f"{path}: {error.strerror}") from error
        if args.dry_run:
            result = plan_import(content=content, name=path.name)
        else:
            result = import_facts(content=content, name=path.name, by=Actor.system())
        if args.json:
            changes = [change.as_json() for change in result.changes]
            write_json({"dry_run": args.dry_run, "counts": result.counts, "facts": changes})
        else:
            say(result.lines(dry_run=args.dry_run))
    return 0


def check(args: Namespace) -> int:
    """`parvis check-knowledge`: 1 when something must be fixed or, with --strict, verified."""
    with translation.override(language(args.language)):
        result = findings()
        totals = counts(result)
        if args.json:
            listed = [finding.as_json() for finding in result]
            write_json({"on": today().isoformat(), **{w.value: n for w, n in totals.items()}, "findings": listed})
        else:
            say([*_finding_lines(result), in_short(totals)])
    return 1 if totals[Weight.MEND] or (args.strict and totals[Weight.VERIFY]) else 0


def _finding_lines(result: list[Finding]) -> Iterator[str]:
    for kind, title in KINDS.items():
        of_kind = [finding for finding in result if finding.kind == kind]
        if of_kind:
            yield f"{title} ({len(of_kind)})"
        for finding in of_kind:
            owner = f" ({finding.owner})" if finding.owner else ""
            yield f"  {WEIGHTS[finding.weight]} {finding.name}: {finding.message}{owner}"
