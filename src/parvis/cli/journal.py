"""`parvis verify-journal`: checks what is only ever added to. Returns its exit code."""

from argparse import Namespace
from pathlib import Path

from parvis.apps.cases.models import Case
from parvis.apps.cases.services import journal, journal_checkpoints, journal_verification
from parvis.lib.console import say, write_json
from parvis.lib.ids import parse_reference


def verify_journal(args: Namespace) -> int:
    """`parvis verify-journal`: 0 when all is as it was written, 1 when something is not or a reference is unknown.

    With `--head`, signs what was written and prints the head to keep elsewhere.
    """
    if args.head:
        write_json(journal_checkpoints.head(journal_checkpoints.sign()))
        return 0
    kept = journal_verification.read_head(Path(args.against)) if args.against else None
    checked, faults = _check_journals(args)
    if not args.references:
        heads = journal_verification.check_checkpoints()
        faults |= {f"signed head {name}": [wrong] for name, wrong in heads if wrong}
        faults |= {name: [wrong] for name, wrong in journal_verification.check_letters()}
        faults |= {name: [wrong] for name, wrong in journal_verification.check_rows()}
    if kept and (wrong := journal_verification.compare_with(kept)):
        faults[args.against] = wrong
    if args.json:
        write_json({"cases": checked, "holds": not faults, "faults": faults})
    else:
        say(f"{name}: {'; '.join(wrong)}" for name, wrong in faults.items())
        say([f"{checked} journals checked, {len(faults)} with a fault."])
    return 1 if faults else 0


def _check_journals(args: Namespace) -> tuple[int, dict[str, list[str]]]:
    """How many journals were checked, and the problems by reference."""
    rows = Case.objects.all()
    faults: dict[str, list[str]] = {}
    if args.references:
        wanted = {text: str(parse_reference(text) or text) for text in args.references}
        rows = rows.filter(reference__in=wanted.values())
        known = set(rows.values_list("reference", flat=True))
        faults |= {text: ["there is no such case"] for text, reference in wanted.items() if reference not in known}
    checked = 0
    for reference, wrong in journal.verify(rows, photos=not args.without_photos):
        checked += 1
        if wrong:
            faults[reference] = wrong
    return checked, faults
