"""What each console command does. Importing this module prepares Django, so the settings are checked first."""

import json
import os
from argparse import Namespace
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import django
from django.apps import apps

if not apps.ready:  # a second time would send the logs of the process elsewhere
    django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import execute_from_command_line  # noqa: E402
from django.db import DatabaseError  # noqa: E402

from parvis.apps.cases import journal  # noqa: E402
from parvis.apps.cases import services as case_services  # noqa: E402
from parvis.apps.cases.journal_checkpoints import check_checkpoints  # noqa: E402
from parvis.apps.cases.models import Case  # noqa: E402
from parvis.apps.directory.queries import open_samples  # noqa: E402
from parvis.apps.files.queries import storage_trouble  # noqa: E402
from parvis.apps.identity import services as identity  # noqa: E402
from parvis.apps.identity.letters import password_link  # noqa: E402
from parvis.apps.schedules.loading.transit import load_gtfs  # noqa: E402
from parvis.cli import (
    answers,
    facts,  # noqa: E402
    upkeep,
)
from parvis.lib import instance_lock  # noqa: E402
from parvis.lib.console import said, write_json  # noqa: E402
from parvis.lib.errors import NotAllowed, Refused  # noqa: E402
from parvis.lib.ids import parse_reference  # noqa: E402
from parvis.operations import preparation
from parvis.operations.town import load, moved_lines, told_of  # noqa: E402
from parvis.operations.town.schemas import FAMILIES, family_of, json_schema  # noqa: E402
from parvis.runtime import supervisor, web, worker
from parvis.ui import printing  # noqa: E402

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def setup(args: Namespace) -> int:
    """`parvis setup`: everything the service needs before it starts; quick when nothing changed."""
    prepare(args)
    if not printing.available():
        print(f"WARNING: {printing.PANGO_MISSING}", flush=True)
    return 0


def prepare(args: Namespace) -> None:
    """Says each thing done so that the service may start."""
    refuse_storage()
    for line in preparation.prepare(args.town, cases=args.cases):
        print(line, flush=True)


def run(args: Namespace) -> int:
    """`parvis run`: setup, then web server and worker until a signal; 1 when one of them stops by itself."""
    bind = address(args)
    instance_lock.hold()
    prepare(args)
    refuse_samples()
    return supervisor.run(bind)


def serve(args: Namespace) -> int:
    """`parvis web`: the web server, until a signal."""
    instance_lock.hold()
    refuse_storage()
    refuse_samples()
    web.serve(web.listen(address(args)), web.trusted_proxies())
    return 0


def work(args: Namespace) -> int:
    """`parvis worker`: works through the jobs until a signal."""
    instance_lock.hold()
    return worker.run()


def address(args: Namespace) -> str:
    """Where to listen, as host:port: what was asked, else 127.0.0.1:PORT. NotAllowed: an open demonstration."""
    bind = args.bind or f"127.0.0.1:{os.environ.get('PORT') or '8000'}"
    if settings.PARVIS_DEMO and bind.rpartition(":")[0] not in LOOPBACK:
        raise NotAllowed(f"PARVIS_DEMO=1 opens every account: it listens on this machine only, not on {bind}.")
    return bind


def refuse_samples() -> None:
    """NotAllowed when sample accounts are open outside the demonstration.

    A database that does not answer is no reason to stay closed: /readyz tells it.
    """
    with suppress(DatabaseError):
        if count := open_samples():
            raise NotAllowed(f"{count} sample accounts are open, and this is no demonstration: run `parvis setup`.")


def refuse_storage() -> None:
    """Refused when the bucket of received files does not answer to the keys of the settings."""
    if trouble := storage_trouble():
        raise Refused(f"Parvis cannot start: {trouble}.")


def load_town(args: Namespace) -> int:
    """`parvis load-town`: loads a folder, or says everything that is wrong with it."""
    report = load(args.path, demo=settings.PARVIS_DEMO, dry_run=args.dry_run)
    if args.json:
        write_json(report.as_json())
    else:
        print("\n".join(report.lines()))
    return 0


def town_schema(args: Namespace) -> int:
    """`parvis town-schema`: the JSON Schema of one file of a town on the output, or of all of them in a folder."""
    if args.all:
        folder = Path(args.all)
        folder.mkdir(parents=True, exist_ok=True)
        for family in FAMILIES:
            written = json.dumps(json_schema(family), indent=1, ensure_ascii=False)
            (folder / f"{family}.json").write_text(written + "\n", encoding="utf-8")
    else:
        write_json(json_schema(family_of(args.file)))
    return 0


def recount_promises(args: Namespace) -> int:
    """`parvis recount-promises`: the open requests follow the calendar; says which dates moved, or would."""
    moved = list(case_services.what_moves()) if args.dry_run else case_services.follow_calendar()
    if args.json:
        write_json({"dry_run": args.dry_run, "promises": [told_of(item) for item in moved]})
    else:
        print("\n".join(moved_lines(moved, dry_run=args.dry_run) or ["No promise of an open request moves."]))
    return 0


def load_timetable(args: Namespace) -> int:
    """`parvis load-gtfs`: loads a timetable, or says what is wrong with it; 1 when it is over already."""
    report = load_gtfs(Path(args.file), key=args.key, example=args.example, dry_run=args.dry_run)
    if args.json:
        days = {"first_day": report.first_day.isoformat(), "last_day": report.last_day.isoformat()}
        write_json(asdict(report) | days | {"expired": report.expired, "dry_run": args.dry_run})
    else:
        print(f"{'Would load: ' if args.dry_run else ''}{report.line()}")
    return 1 if report.expired else 0


def verify_journal(args: Namespace) -> int:
    """`parvis verify-journal`: 0 when every chain holds, 1 when one does not or a reference is unknown."""
    rows = Case.objects.all()
    faults: dict[str, list[str]] = {}
    if args.references:
        wanted = {text: str(parse_reference(text) or text) for text in args.references}
        rows = rows.filter(reference__in=wanted.values())
        known = set(rows.values_list("reference", flat=True))
        faults |= {text: ["there is no such case"] for text, found in wanted.items() if found not in known}
    checked = 0
    for reference, wrong in journal.verify(rows):
        checked += 1
        if wrong:
            faults[reference] = wrong
    if not args.references:
        faults |= {f"signed head {name}": [wrong] for name, wrong in check_checkpoints() if wrong}
    if args.json:
        write_json({"cases": checked, "holds": not faults, "faults": faults})
    else:
        for reference, wrong in faults.items():
            print(f"{reference}: {'; '.join(wrong)}")
        print(f"{checked} journals checked, {len(faults)} with a fault.")
    return 1 if faults else 0


def add_staff(args: Namespace) -> int:
    """`parvis add-staff`: gives a role; a person without a password gets the link that lets them choose one."""
    user = identity.join(
        username=args.username,
        name=args.name,
        email=args.email,
        department=args.department,
        role=args.role,
        head=args.head,
    )
    link = "" if user.has_usable_password() else password_link(user)
    if args.json:
        said = {"username": user.username, "role": args.role, "department": args.department, "head": args.head}
        write_json({**said, "link": link})
    else:
        print(f"{user.username}: {args.role} in {args.department}{', its head' if args.head else ''}.")
        if link:
            hours = settings.PASSWORD_RESET_TIMEOUT // 3600
            print(f"To choose a password (good for {hours} h, once): {link}")
    return 0


def manage(args: Namespace) -> int:
    """`parvis manage ...`: Django's own commands."""
    execute_from_command_line(["parvis manage", *args.arguments])
    return 0


COMMANDS: dict[str, Callable[[Namespace], int]] = {
    "setup": said(setup),
    "run": said(run),
    "web": said(serve),
    "worker": said(work),
    "load-town": said(load_town),
    "town-schema": said(town_schema),
    "recount-promises": said(recount_promises),
    "load-addresses": said(upkeep.load_addresses),
    "load-roll": said(upkeep.load_roll),
    "load-gtfs": said(load_timetable),
    "verify-journal": said(verify_journal),
    "add-staff": said(add_staff),
    "import-cases": said(upkeep.import_cases),
    "backup": said(upkeep.backup),
    "restore": said(upkeep.restore),
    "trial": said(upkeep.trial),
    "keys": said(upkeep.manage_keys),
    "ask": said(answers.ask),
    "compute": said(answers.compute),
    "evaluate-answers": said(answers.evaluate),
    "said": said(facts.said),
    "import-facts": said(facts.facts),
    "check-knowledge": said(facts.check),
    "manage": manage,
}
