"""Commands for administrators: data imports, the trial, backups, API keys. Each returns its exit code."""

import sys
import time
from argparse import Namespace
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from django.conf import settings
from django.utils import timezone, translation

from parvis.apps.directory.models import ApiKey
from parvis.apps.directory.queries import open_account
from parvis.apps.directory.services import keys
from parvis.apps.insight.queries import trials
from parvis.apps.insight.services.trials import keep_baseline, start_trial, stop_trial
from parvis.apps.places.rules.report import LoadingReport
from parvis.apps.places.services import addresses, roll
from parvis.lib import clock
from parvis.lib.console import language, say, write_json
from parvis.lib.errors import Invalid, Refused
from parvis.operations.backup import restoring
from parvis.operations.backup.making import back_up
from parvis.operations.importing import services as importing
from parvis.operations.importing.mapping import read_mapping
from parvis.operations.importing.report import ADD_YES, GO_ON, NOTHING_WRITTEN, ImportReport

PROGRESS_SECONDS = 5.0
YES = ("y", "yes", "o", "oui")

R = TypeVar("R", ImportReport, LoadingReport)


def import_cases(args: Namespace) -> int:
    """`parvis import-cases`: 0 when every line was accepted, 1 when one was, or would be, refused, or nobody agreed.

    Open requests that get new dates, or become public, are told first, and need a yes.
    """
    with translation.override(language(args.language)):
        reads = partial(
            importing.import_cases,
            path=Path(args.file),
            mapping=read_mapping(args.mapping),
            notes=Path(args.notes) if args.notes else None,
            carry_over=args.open_as == "earlier",
            progress=_progress(lambda report: f"{report.counts['lines']:,}"),
        )
        log = Path(args.report) if args.report else None
        if not (args.dry_run or args.yes or args.open_as == "earlier"):
            _agree(reads(dry_run=True, log=log))
        report = reads(dry_run=args.dry_run, log=log)
        if args.json:
            write_json(report.as_json())
        else:
            print("\n".join(report.lines()))
    return 1 if report.refused else 0


def _agree(preview: ImportReport) -> None:
    """Tells what will become of the open requests, and asks on a terminal. Raises Refused without a yes."""
    if not preview.changes_open_ones:
        return
    if not sys.stdin.isatty():
        raise Refused(f"{preview.open_words()} {ADD_YES}")
    print(preview.open_words(), GO_ON, sep="\n", end=" ", flush=True)
    if sys.stdin.readline().strip().lower() not in YES:
        raise Refused(str(NOTHING_WRITTEN))


def _progress(text: Callable[[R], str]) -> Callable[[R], None]:
    """Prints progress to standard error, every few seconds."""
    last = time.monotonic()

    def show(report: R) -> None:
        nonlocal last
        if time.monotonic() - last >= PROGRESS_SECONDS:
            last = time.monotonic()
            print(f"{text(report)} ...", file=sys.stderr, flush=True)

    return show


def load_addresses(args: Namespace) -> int:
    """`parvis load-addresses`: 0 when every line was accepted, 1 when one was, or would be, refused."""
    report = addresses.load_addresses(
        path=Path(args.file),
        columns=args.columns,
        complete=args.complete,
        dry_run=args.dry_run,
        log=Path(args.report) if args.report else None,
        progress=_progress(lambda report: f"{report.counts['lines']:,} lines"),
    )
    return _print_report(report, args)


def load_roll(args: Namespace) -> int:
    """`parvis load-roll`: 0 when every unit was accepted, 1 when one was, or would be, refused."""
    report = roll.load_roll(
        path=Path(args.file),
        dry_run=args.dry_run,
        log=Path(args.report) if args.report else None,
        progress=_progress(lambda report: f"{report.counts['units']:,} units"),
    )
    return _print_report(report, args)


def _print_report(report: LoadingReport, args: Namespace) -> int:
    if args.json:
        write_json(report.as_json())
    else:
        say(report.lines())
    return 1 if report.counts["refused"] else 0


def backup(args: Namespace) -> int:
    """`parvis backup`: one archive of everything, made while the service runs."""
    target = Path(args.target or settings.PARVIS_DATA / "backups")
    made = back_up(target=target, keep=args.keep, with_secrets=args.with_secrets)
    manifest, removed = made.manifest, [str(path) for path in made.removed]
    if args.json:
        summary = {name: manifest[name] for name in ("version", "made_at", "town", "database", "cases", "entries")}
        result = {"path": str(made.path), "bytes": made.size, "files": made.files, **summary}
        write_json({**result, "removed": removed, "notes": made.notes})
        return 0
    print(f"{made.path}: {made.size / 1e6:,.1f} MB, {manifest['cases']} requests, {made.files} files.")
    say([*(f"Removed: {path}" for path in removed), *made.notes])
    return 0


def restore(args: Namespace) -> int:
    """`parvis restore`: 0 when all was restored and every journal is valid, 1 otherwise."""
    log = Path(args.destructions) if args.destructions else None
    done = restoring.restore(path=Path(args.file), replace=args.replace, destructions=log)
    if args.json:
        summary = {name: done.manifest[name] for name in ("version", "made_at", "town", "database")}
        result = {**summary, "aside": str(done.aside) if done.aside else None, "cases": done.cases}
        result |= {"destroyed_again": dict(done.again.destroyed)}
        write_json({**result, "holds": not done.faults, "faults": done.faults, "notes": done.notes})
    else:
        made = timezone.localtime(datetime.fromisoformat(done.manifest["made_at"]))
        say([f"Restored: {done.manifest['town']} as it was on {made:%Y-%m-%d at %H:%M}."])
        if done.aside:
            say([f"What was here before is in {done.aside}: remove that folder when it is no longer needed."])
        say([*done.migrations, *done.notes])
        say(f"{name}: {'; '.join(wrong)}" for name, wrong in done.faults.items())
        say([f"{done.cases} journals checked, {len(done.faults)} with a fault."])
    return 1 if done.faults else 0


def trial(args: Namespace) -> int:
    """`parvis trial`: starts it, stops it, or reports its weekly baseline."""
    if args.what == "start":
        if args.until is None:
            raise Invalid("Say until when: parvis trial start --until 2027-03-31")
        start_trial(until=args.until)
    elif args.what == "stop":
        stop_trial()
    keep_baseline()
    result, lines = trials.trial(), trials.baseline()
    if args.json:
        days = {"since": result.since.isoformat(), "until": result.until.isoformat()} if result else None
        write_json({"trial": days, "weeks": trials.as_rows(lines)})
    elif args.csv:
        print(trials.as_csv(lines), end="")
    elif result is None:
        print("There is no trial. To begin one today: parvis trial start --until DATE")
    else:
        say([f"Trial from {result.since} to {result.until}.", *map(_week, reversed(lines))])
    return 0


def _week(line: trials.TrialWeek) -> str:
    figures, state = line.figures, "frozen" if line.week.frozen_at else "still counted"
    return (
        f"{line.week.first_day} to {line.week.last_day} ({state}): {figures.all_contacts} contacts, "
        f"{_shown(figures.share_answered, ' %')} answered at once; "
        f"{figures.opened} requests opened, {figures.closed} closed, "
        f"half of them within {_shown(figures.closing_half, ' days')}; first answer, half within "
        f"{_shown(figures.first_half, ' h')}; promises kept {_shown(figures.share_kept, ' %')} of {figures.due}; "
        f"{figures.reopened} reopened, {figures.handed_on} handed on."
    )


def _shown(value: float | None, unit: str) -> str:
    return "-" if value is None else f"{value}{unit}"


def manage_keys(args: Namespace) -> int:
    """`parvis keys`: lists, makes or revokes API keys; a new key's secret is printed once and never stored."""
    if args.what == "list":
        rows = [_as_row(key) for key in keys.all_keys()]
        if args.json:
            write_json(rows)
        else:
            say(map(_key_line, rows) if rows else ["There is no key. To make one: parvis keys make --help"])
        return 0
    by = open_account(args.by)
    if args.what == "revoke":
        key, secret = keys.revoke_key(key_id=keys.id_of(args.prefix), by=by), {}
    else:
        limits = {"per_minute": args.per_minute, "per_day": args.per_day}
        wanted = {"name": args.name, "scopes": args.scopes, "last_day": args.until, "jurisdiction": args.jurisdiction}
        made = keys.make_key(submission=uuid4().hex, **wanted, **limits, by=by)
        key, secret = made.key, {"key": made.secret}
    if args.json:
        write_json(_as_row(key) | secret)
    else:
        say([_key_line(_as_row(key)), *(f"{value}   (shown this once)" for value in secret.values())])
    return 0


def _as_row(key: ApiKey) -> dict[str, Any]:
    used = key.last_used_at.isoformat() if key.last_used_at else None
    state = "revoked" if key.revoked_at else "open" if key.holds(clock.now()) else "expired"
    return {
        "prefix": key.prefix,
        "name": key.name,
        "state": state,
        "scopes": key.scopes,
        "last_day": key.last_day.isoformat(),
        "last_used_at": used,
        "used_today": key.uses_on(clock.today()),
        "per_minute": key.per_minute,
        "per_day": key.per_day,
        "jurisdiction": key.jurisdiction,
        "made_by": key.created_by.username,
    }


def _key_line(row: dict[str, Any]) -> str:
    used = f"last used {row['last_used_at']}" if row["last_used_at"] else "never used"
    return (
        f"{row['prefix']}  {row['name']}: {row['state']}, {', '.join(row['scopes'])}; until {row['last_day']}; {used}; "
        f"{row['used_today']} of {row['per_day']} calls today; made by {row['made_by']}."
    )
