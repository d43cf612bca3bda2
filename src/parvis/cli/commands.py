"""Implementation of the console commands. Importing this module sets Django up, which checks the settings."""

import json
import os
from argparse import Namespace
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import django
from django.apps import apps

if not apps.ready:  # a second setup would reconfigure logging
    django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import execute_from_command_line  # noqa: E402
from django.db import DatabaseError  # noqa: E402

from parvis.apps.cases.services.due_dates.due_date_recalculation import follow_calendar, moved_promises  # noqa: E402
from parvis.apps.directory.queries import open_account, open_samples  # noqa: E402
from parvis.apps.directory.services import keys  # noqa: E402
from parvis.apps.directory.services.roles import powers_without_holder, roles_held  # noqa: E402
from parvis.apps.files.queries import storage_trouble  # noqa: E402
from parvis.apps.identity import services as identity  # noqa: E402
from parvis.apps.identity.letters import password_link  # noqa: E402
from parvis.apps.schedules.loading.transit import load_gtfs  # noqa: E402
from parvis.cli import answers, facts, journal, mail, reconcile, standins, upkeep  # noqa: E402
from parvis.lib import instance_lock  # noqa: E402
from parvis.lib.console import reports_refusals, write_json  # noqa: E402
from parvis.lib.errors import NotAllowed, Refused  # noqa: E402
from parvis.operations import preparation  # noqa: E402
from parvis.operations.town.load import load, moved_as_json, moved_lines  # noqa: E402
from parvis.operations.town.reading import TownFileError  # noqa: E402
from parvis.operations.town.schemas import FAMILIES, family_of, json_schema  # noqa: E402
from parvis.runtime import mail as mail_process
from parvis.runtime import supervisor, web, worker  # noqa: E402
from parvis.ui import printing  # noqa: E402

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def setup(args: Namespace) -> int:
    """`parvis setup`: prepares everything the service needs to start; quick when nothing changed."""
    prepare(args)
    if not printing.available():
        print(f"WARNING: {printing.PANGO_MISSING}", flush=True)
    return 0


def prepare(args: Namespace) -> None:
    """Prepares the service, and prints each step."""
    refuse_storage()
    for line in preparation.prepare(args.town, cases=args.cases):
        print(line, flush=True)
    mail.refuse_unknown_mailboxes()


def run(args: Namespace) -> int:
    """`parvis run`: setup, then the web server and the worker until a signal; 1 when either stops by itself."""
    bind = address(args)
    instance_lock.acquire_shared()
    prepare(args)
    refuse_samples()
    mail.report_mailboxes()
    return supervisor.run(bind)


def serve(args: Namespace) -> int:
    """`parvis web`: runs the web server until a signal."""
    instance_lock.acquire_shared()
    refuse_storage()
    refuse_samples()
    web.serve(web.listen(address(args)), web.trusted_proxies())
    return 0


def work(args: Namespace) -> int:
    """`parvis worker`: runs background jobs until a signal."""
    instance_lock.acquire_shared()
    return worker.run()


def read_mail(args: Namespace) -> int:
    """`parvis mail`: reads the mailboxes and receives what is delivered or handed over, until a signal.

    With `--check`, only says whether each mailbox can be read; 1 when one cannot.
    """
    if args.check:
        return mail.check_mailboxes()
    instance_lock.acquire_shared()
    mail.refuse_unknown_mailboxes()
    mail.report_mailboxes()
    return mail_process.run()


def address(args: Namespace) -> str:
    """The host:port to listen on, by default 127.0.0.1:PORT. NotAllowed for a demonstration beyond this machine."""
    bind = args.bind or f"127.0.0.1:{os.environ.get('PORT') or '8000'}"
    if settings.PARVIS_DEMO and bind.rpartition(":")[0] not in LOOPBACK:
        raise NotAllowed(f"PARVIS_DEMO=1 opens every account: it listens on this machine only, not on {bind}.")
    return bind


def refuse_samples() -> None:
    """Raises NotAllowed when sample accounts are open outside the demonstration.

    An unavailable database does not prevent the start: /readyz reports it.
    """
    with suppress(DatabaseError):
        if count := open_samples():
            raise NotAllowed(f"{count} sample accounts are open, and this is no demonstration: run `parvis setup`.")


def refuse_storage() -> None:
    """Raises Refused when the bucket of received files rejects the keys of the settings."""
    if trouble := storage_trouble():
        raise Refused(f"Parvis cannot start: {trouble}.")


def load_town(args: Namespace) -> int:
    """`parvis load-town`: loads a folder, or reports every problem in it."""
    try:
        report = load(args.path, demo=settings.PARVIS_DEMO, dry_run=args.dry_run)
    except TownFileError as error:
        if args.all:
            error.message = error.in_full
        raise
    if args.json:
        write_json(report.as_json())
    else:
        print("\n".join(report.lines()))
    return 0


def town_schema(args: Namespace) -> int:
    """`parvis town-schema`: prints the JSON Schema of one file of a town, or writes all of them to a folder."""
    if args.all:
        folder = Path(args.all)
        folder.mkdir(parents=True, exist_ok=True)
        for family in FAMILIES:
            schema = json.dumps(json_schema(family), indent=1, ensure_ascii=False)
            (folder / f"{family}.json").write_text(schema + "\n", encoding="utf-8")
    else:
        write_json(json_schema(family_of(args.file)))
    return 0


def recount_promises(args: Namespace) -> int:
    """`parvis recount-promises`: recomputes the due dates of open requests; prints those that moved, or would."""
    moved = list(moved_promises()) if args.dry_run else follow_calendar()
    if args.json:
        write_json({"dry_run": args.dry_run, "promises": [moved_as_json(change) for change in moved]})
    else:
        print("\n".join(moved_lines(moved, dry_run=args.dry_run) or ["No promise of an open request moves."]))
    return 0


def load_timetable(args: Namespace) -> int:
    """`parvis load-gtfs`: loads a timetable, or reports its problems; 1 when it has already expired."""
    report = load_gtfs(Path(args.file), key=args.key, example=args.example, dry_run=args.dry_run)
    if args.json:
        days = {"first_day": report.first_day.isoformat(), "last_day": report.last_day.isoformat()}
        write_json(asdict(report) | days | {"expired": report.expired, "dry_run": args.dry_run})
    else:
        print(f"{'Would load: ' if args.dry_run else ''}{report.line()}")
    return 1 if report.expired else 0


def add_staff(args: Namespace) -> int:
    """`parvis add-staff`: gives a role; for an account without a password, prints a link to choose one."""
    user = identity.join(
        username=args.username,
        name=args.name,
        email=args.email,
        department=args.department,
        role=args.role,
        head=args.head,
        by=open_account(args.by) if args.by else None,
    )
    link = "" if user.has_usable_password() else password_link(user)
    if args.json:
        account = {"username": user.username, "role": args.role, "department": args.department, "head": args.head}
        write_json({**account, "link": link})
    else:
        print(f"{user.username}: {args.role} in {args.department}{', its head' if args.head else ''}.")
        if link:
            hours = settings.PASSWORD_RESET_TIMEOUT // 3600
            print(f"To choose a password (good for {hours} h, once): {link}")
    return 0


def take_role(args: Namespace) -> int:
    """`parvis take-role`: takes a role back; 1 when it was not held."""
    by = open_account(args.by) if args.by else None
    taken = identity.lose_role(username=args.username, department=args.department, role=args.role, by=by)
    if args.json:
        account = {"username": args.username, "role": args.role, "department": args.department}
        write_json({**account, "taken": taken})
    elif taken:
        print(f"{args.username}: no longer {args.role} in {args.department}.")
    else:
        print(f"{args.username} is not {args.role} in {args.department}: nothing changed.")
    return 0 if taken else 1


def roles(args: Namespace) -> int:
    """`parvis roles`: who holds what; 1 when a power over the town has no holder, or a key has lost a scope."""
    held = [{"username": user, "department": place, "role": role} for user, place, role in roles_held()]
    vacant, lapsed = powers_without_holder(), keys.lapsed_scopes()
    if args.json:
        lost = [{"key": key.name, "made_by": key.created_by.username, "scopes": gone} for key, gone in lapsed.items()]
        write_json({"roles": held, "without_holder": vacant, "keys_lapsed": lost})
    else:
        for row in held:
            print(f"{row['username']}: {row['role']} in {row['department']}.")
        for line in preparation.role_warnings():
            print(line)
    return 1 if vacant or lapsed else 0


def reset_factor(args: Namespace) -> int:
    """`parvis reset-factor`: removes the second factor of a lost telephone, in the name of a manager."""
    user, by = open_account(args.username), open_account(args.by)
    done = identity.reset_factor(user=user, by=by)
    told, not_told = ([person.username for person in people] for people in (done.notified, done.not_notified))
    if args.json:
        result = {"username": user.username, "by": by.username, "sessions_ended": done.sessions}
        write_json({**result, "told": told, "not_told": not_told})
        return 0
    print(f"{user.username}: second factor removed; sessions ended: {done.sessions}. The next sign-in sets up another.")
    if user == by:
        print("WARNING: nobody else answered for it, since the town has no other manager.")
    print(f"Told by letter: {', '.join(told) or 'nobody'}.")
    if not_told:
        print(f"WARNING: no address, so tell them yourself: {', '.join(not_told)}.")
    return 0


def manage(args: Namespace) -> int:
    """`parvis manage ...`: Django's own commands."""
    execute_from_command_line(["parvis manage", *args.arguments])
    return 0


COMMANDS: dict[str, Callable[[Namespace], int]] = {
    "setup": reports_refusals(setup),
    "run": reports_refusals(run),
    "web": reports_refusals(serve),
    "worker": reports_refusals(work),
    "mail": reports_refusals(read_mail),
    "load-town": reports_refusals(load_town),
    "town-schema": reports_refusals(town_schema),
    "recount-promises": reports_refusals(recount_promises),
    "load-addresses": reports_refusals(upkeep.load_addresses),
    "load-roll": reports_refusals(upkeep.load_roll),
    "load-gtfs": reports_refusals(load_timetable),
    "reconcile": reports_refusals(reconcile.reconcile_day),
    "verify-journal": reports_refusals(journal.verify_journal),
    "add-staff": reports_refusals(add_staff),
    "take-role": reports_refusals(take_role),
    "roles": reports_refusals(roles),
    "reset-factor": reports_refusals(reset_factor),
    "import-cases": reports_refusals(upkeep.import_cases),
    "backup": reports_refusals(upkeep.backup),
    "restore": reports_refusals(upkeep.restore),
    "trial": reports_refusals(upkeep.trial),
    "keys": reports_refusals(upkeep.manage_keys),
    "ask": reports_refusals(answers.ask),
    "compute": reports_refusals(answers.compute),
    "evaluate-answers": reports_refusals(answers.evaluate),
    "said": reports_refusals(facts.said),
    "import-facts": reports_refusals(facts.facts),
    "check-knowledge": reports_refusals(facts.check),
    "standin": standins.standin,
    "receive-mail": mail.receive_mail,
    "manage": manage,
}
