"""The `parvis` console command: its argument parser, and its exit codes."""

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from datetime import date
from importlib import import_module

from parvis.apps.directory.rules.permissions import Role
from parvis.cli import receiving
from parvis.operations.fake_services.payments_controls import CARDS, CONTROLS

EXIT_CODES = """\
exit codes:
  0    done; for a check, all is well
  1    not done, or a check found something wrong; the reason is written
  2    the command was not understood
  3    the settings do not allow a start; each one is named
  75   receive-mail: the message is not stored; the mail server is to try again
  130  interrupted
"""

NO_SETTINGS = "For the demonstration that `make run` serves, no setting is needed: parvis --demo COMMAND."


def parser() -> argparse.ArgumentParser:
    """The argument parser, with every command and option."""
    root = argparse.ArgumentParser(
        prog="parvis",
        description="Parvis, the single front door of a town.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _flag(root, "--demo", "act on the demonstration that `make run` made: no settings needed")
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_running(commands)
    _add_town(commands)
    _add_places(commands)
    _add_people(commands)
    _add_keys(commands)
    _add_moving(commands)
    _add_backups(commands)
    _add_trial(commands)
    _add_questions(commands)
    _add_editing(commands)
    _add_standins(commands)
    commands.add_parser(
        "receive-mail",
        help="receive one message, as a mail server pipes it",
        description="Reads one RFC 5322 message on the standard input, hands it to the service when it runs, or "
        "stores its bytes and takes it in, and writes one JSON object that says what became of it. Exit code 0 when "
        "the message is stored, 75 when it is not and is to be sent again.",
    )
    manage = commands.add_parser("manage", help="reach Django's own commands", add_help=False)
    manage.add_argument("arguments", nargs=argparse.REMAINDER, help="as after manage.py")
    return root


def _add_running(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    setup = commands.add_parser("setup", help="prepare the database, the catalogues, the static files, the town")
    run = commands.add_parser("run", help="setup, then the web server and the worker, until Ctrl+C")
    web = commands.add_parser("web", help="the web server alone, on 127.0.0.1:$PORT")
    for command in (setup, run):
        command.add_argument("--town", metavar="PATH", help="folder of a town, loaded when it changed since last time")
        cases = "demonstration only: begin with N invented requests of the last weeks and families, when there are none"
        command.add_argument("--cases", type=int, default=0, metavar="N", help=cases)
    for command in (run, web):
        command.add_argument("--bind", metavar="HOST:PORT", help="address to listen on (default 127.0.0.1:$PORT)")
    commands.add_parser("worker", help="the background worker alone")
    mail = commands.add_parser("mail", help="the reading of the mailboxes, and the delivery over LMTP, alone")
    mail.add_argument("--check", action="store_true", help="only say whether each mailbox can be read")


def _add_town(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    load = commands.add_parser(
        "load-town",
        help="load a town from its folder; may be run again safely",
        description="Loads a town from its folder, all of it or nothing. Edits made in the product are kept.",
    )
    load.add_argument("path", metavar="PATH", help="folder that holds town.yaml")
    _flag(load, "--dry-run", "say what would change, and change nothing")
    _flag(load, "--all", "when it cannot be loaded, write each mistake, not one line for each kind")
    _flag(load, "--json", "write the report as one JSON object")
    schema = commands.add_parser(
        "town-schema",
        help="write the JSON Schema of a town's YAML files, for editors",
        description="Writes the JSON Schema that an editor checks a file against while it is written.",
    )
    which = schema.add_mutually_exclusive_group(required=True)
    which.add_argument("file", nargs="?", metavar="FILE", help="a file of a town, such as subjects.yaml")
    which.add_argument("--all", metavar="FOLDER", help="write the schema of every file, as FOLDER/subjects.json")
    feed = commands.add_parser(
        "load-gtfs",
        help="load the timetable of the buses from a GTFS file; may be run again safely",
        description="Loads a GTFS timetable: the stops within 3 km of the town. It replaces that of the same agency. "
        "Exit code 1 when it is refused, or when it is over today.",
    )
    feed.add_argument("file", metavar="FILE.zip", help="GTFS Schedule, as transit agencies publish it")
    replaced = "which timetable it replaces (default: its agency's name)"
    feed.add_argument("--key", default="", metavar="NAME", help=replaced)
    _flag(feed, "--example", "its hours are invented: told in the demonstration only")
    _flag(feed, "--dry-run", "say what would be loaded, and change nothing")
    _flag(feed, "--json", "write the report as one JSON object")
    recount = commands.add_parser(
        "recount-promises",
        help="count again the promises of the open requests, after the calendar changed",
        description="Counts again, from the journals, the promises of the open requests by the present calendar. "
        "load-town and the worker do it by themselves; closed requests are untouched.",
    )
    _flag(recount, "--dry-run", "say which dates would move, and change nothing")
    _flag(recount, "--json", "write the result as one JSON object")
    verify = commands.add_parser(
        "verify-journal",
        help="check that the journals, the photos, the letters and the log of readings are as they were written",
        description="Recomputes every hash and every state from the journals, reads the photos again, and compares the "
        "journals, the log of readings, the letters sent, the opinions, the ledger, the payments, the steps of "
        "registrations and the decisions of courts with the signed heads. Exit code 1 when something differs.",
    )
    verify.add_argument("references", metavar="REFERENCE", nargs="*", help="these cases only (all of them when absent)")
    verify.add_argument("--against", metavar="FILE", help="compare with a head that was kept on another machine too")
    _flag(verify, "--head", "sign what was written and print the head, to keep on another machine; check nothing")
    _flag(verify, "--without-photos", "do not read the photos again")
    _flag(verify, "--json", "write the result as one JSON object")


def _add_places(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    compare = commands.add_parser(
        "reconcile",
        help="compare a day, to the cent: the provider of payments, the ledger, the registrations",
        description="Asks the provider for what it received and gave back in a day of the town, and compares. Exit "
        "code 0 when the three sums are equal and nothing is odd, 1 otherwise. Of what is changed by hand in the "
        "database, it tells the transactions of that day that do not balance; payments, refunds and invoices that are "
        "not in the ledger as they were written, or are gone from beside it; amounts that the provider says otherwise. "
        "What is changed on both sides at once, or is not money, is told by verify-journal.",
    )
    compare.add_argument("--date", type=_day, required=True, metavar="DATE", help="the day, such as 2027-03-31")
    _flag(compare, "--json", "write the sums and what is odd as one JSON object")
    bring = commands.add_parser(
        "load-addresses",
        help="load civic addresses from a CSV or GeoJSON file; may be run again safely",
        description="Brings civic addresses, up to millions. Those that are here keep their identity, and what points "
        "at them still does. Exit code 1 when a line was, or would be, refused.",
    )
    bring.add_argument("file", metavar="FILE", help=".csv; .geojson, or one feature a line (.geojsonl, .ndjson)")
    columns = "what the columns are, where their names do not say it: civic=NO_CIV,street=TYPE+NOM"
    bring.add_argument("--columns", type=_columns, default={}, metavar="FIELD=COLUMN,...", help=columns)
    _flag(bring, "--complete", "the file is the whole town: remove what an earlier file brought")
    roll = commands.add_parser(
        "load-roll",
        help="load the property units of the assessment roll (XML of the province); may be run again safely",
        description="Brings the units of the roll and links them to the town's addresses. Owners are never read. Exit "
        "code 1 when a unit was, or would be, refused.",
    )
    roll.add_argument("file", metavar="FILE.xml", help="RL<code of the municipality>_<year>.xml")
    for command in (bring, roll):
        _flag(command, "--dry-run", "say what would change, and change nothing")
        command.add_argument("--report", metavar="FILE.csv", help="write every problem to FILE.csv")
        _flag(command, "--json", "write the report as one JSON object")


def _add_people(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    add = commands.add_parser(
        "add-staff",
        help="give someone a role in a department, with an account when there is none",
        description="Gives someone a role. A new account gets a link by which its holder chooses a password.",
    )
    add.add_argument("username", metavar="USERNAME")
    add.add_argument("--name", default="", help="first name and family name")
    add.add_argument("--email", default="", help="e-mail address")
    add.add_argument("--department", required=True, metavar="SLUG")
    add.add_argument("--role", required=True, help=", ".join(Role))
    _flag(add, "--head", "at the head of the department: reopened requests go to them")
    _flag(add, "--json", "write the result as one JSON object")
    add.add_argument("--by", default="", metavar="ADMINISTRATOR", help="in whose name; the journal says it")
    take = commands.add_parser(
        "take-role",
        help="take back a role in a department; the account and what is in its name stay",
        description="Takes back a role that was given. It counts from the next page that they ask for. Exit code 1 "
        "when they did not hold it.",
    )
    take.add_argument("username", metavar="USERNAME")
    take.add_argument("--department", required=True, metavar="SLUG")
    take.add_argument("--role", required=True, help=", ".join(Role))
    take.add_argument("--by", default="", metavar="ADMINISTRATOR", help="in whose name; the journal says it")
    _flag(take, "--json", "write the result as one JSON object")
    roles = commands.add_parser(
        "roles",
        help="who holds which role, and which powers over the town nobody holds",
        description="Exit code 1 when nobody holds one of the powers over the town, or when a key has lost a scope.",
    )
    _flag(roles, "--json", "write the result as one JSON object")
    lost = commands.add_parser(
        "reset-factor",
        help="remove the second factor of someone who lost their telephone; they set up another at the next sign-in",
        description="Removes the application and the recovery codes of an account, and ends its sessions. Both are "
        "told by letter, and the privacy officer sees it under Files read. Check first that it is they who ask.",
    )
    lost.add_argument("username", metavar="USERNAME", help="who lost their telephone")
    answers_for = "the manager who answers for it: another person, unless the town has no other manager"
    lost.add_argument("--by", required=True, metavar="USERNAME", help=answers_for)
    _flag(lost, "--json", "write the result as one JSON object")


def _add_keys(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    keys = commands.add_parser(
        "keys",
        help="list, make or revoke the keys by which programs speak to Parvis",
        description="The keys of programs, as on the page Keys of a manager.",
    )
    verbs = keys.add_subparsers(dest="what", required=True, metavar="list|make|revoke")
    shown = verbs.add_parser("list", help="every key, the newest first; never a secret")
    make = verbs.add_parser(
        "make",
        help="make a key; its secret is written once, and kept nowhere",
        description="Makes a key good for a year at most. What it writes is the only time its secret is shown.",
    )
    make.add_argument("name", metavar="NAME", help="which program will use it")
    scopes = "answers:read, cases:read, cases:write, contacts:read, contacts:write, persons:read, webhooks:manage"
    make.add_argument("--scopes", required=True, type=lambda text: text.split(","), metavar="SCOPE,...", help=scopes)
    make.add_argument("--until", required=True, type=_day, metavar="DATE", help="its last day, such as 2027-03-31")
    make.add_argument("--jurisdiction", default="", metavar="ID", help="the only one of Open311 that it is for")
    make.add_argument("--per-minute", type=int, default=60, metavar="N", help="calls in a minute, at most (60)")
    make.add_argument("--per-day", type=int, default=5_000, metavar="N", help="calls in a day, at most (5000)")
    revoke = verbs.add_parser("revoke", help="a key opens nothing any more, for good; twice changes nothing")
    revoke.add_argument("prefix", metavar="PREFIX", help="as `parvis keys list` writes it: the middle of the key")
    for verb in (make, revoke):
        verb.add_argument("--by", required=True, metavar="USERNAME", help="the manager who answers for it")
    for verb in (shown, make, revoke):
        _flag(verb, "--json", "write the result as JSON")


def _add_moving(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    bring = commands.add_parser(
        "import-cases",
        help="bring the history of an earlier system from a CSV file; may be run again safely",
        description="Brings requests, open and closed, with their people and notes. Nobody is told anything. A request "
        "that is here already is left as it is. Exit code 1 when a line was, or would be, refused.",
    )
    bring.add_argument("file", metavar="FILE.csv", help="one line for each request, column names on the first")
    mapping = "a YAML file, simple (default) or montreal-311"
    bring.add_argument("--mapping", default="simple", metavar="MAPPING", help=mapping)
    bring.add_argument("--notes", metavar="FILE.csv", help="a second file: one line for each note")
    open_as = "open requests. new (default): with a date from today when they have none, shown to citizens, counted; "
    open_as += "earlier: as they were, without a promise, neither public nor counted"
    bring.add_argument("--open-as", choices=("new", "earlier"), default="new", help=open_as)
    _flag(bring, "--yes", "do not ask before open requests get new dates and are shown")
    _flag(bring, "--dry-run", "list what would not fit, and write nothing")
    bring.add_argument("--report", metavar="FILE", help="write every problem to FILE: CSV, or .jsonl")
    bring.add_argument("--language", choices=("fr", "en"), help="language of the report (default: the terminal's)")
    _flag(bring, "--json", "write the report as one JSON object")


def _add_backups(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    make = commands.add_parser(
        "backup",
        help="write everything to one archive, while the service runs",
        description="Writes the database, the files received and the signed heads to one archive. The secret key is "
        "not in it, unless asked: keep it elsewhere.",
    )
    make.add_argument("target", metavar="FILE|DIR", nargs="?", help="default: the folder backups of PARVIS_DATA")
    make.add_argument("--keep", type=_count, metavar="N", help="leave the N latest backups of that folder, no other")
    _flag(make, "--with-secrets", "put the settings in it, secret key included")
    _flag(make, "--json", "write the result as one JSON object")
    back = commands.add_parser(
        "restore",
        help="put back everything that an archive holds; the service must be stopped",
        description="Puts back the database, the files received and the signed heads, destroys again what was "
        "destroyed since, then checks every journal. Exit code 1 when it is refused (nothing is changed then), or when "
        "a journal does not hold.",
    )
    back.add_argument("file", metavar="FILE", help="an archive made by parvis backup")
    _flag(back, "--replace", "move what is here aside, instead of refusing")
    log = "destructions.jsonl of a lost machine, so that what it destroyed since the backup is destroyed here too"
    back.add_argument("--destructions", metavar="FILE", help=log)
    _flag(back, "--json", "write the result as one JSON object")


def _add_trial(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    trial = commands.add_parser(
        "trial",
        help="begin or end a trial, or report the baseline that it records",
        description="A trial records the figures of the service week by week, and freezes each one.",
    )
    trial.add_argument("what", choices=("start", "stop", "report"), metavar="start|stop|report")
    trial.add_argument("--until", type=_day, metavar="DATE", help="last day of the trial, such as 2027-03-31")
    _flag(trial, "--json", "write the weeks as one JSON object")
    _flag(trial, "--csv", "write the weeks as CSV")


def _add_questions(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    ask = commands.add_parser(
        "ask",
        help="ask the town a question, as every channel does",
        description="Says what a message is about, the answer or the way it takes, and how sure that is. With --json "
        'and no words, reads JSON lines {"id", "text", "lang"?, "address"?, "date"?} and writes one line for each, in '
        "order. Exit code 1 when a line could not be asked.",
    )
    ask.add_argument("words", metavar="WORDS", nargs="*", help="the question; read from the standard input when absent")
    ask.add_argument("--lang", choices=("fr", "en"), help="language of the answer (default: that of the words)")
    _flag(ask, "--json", "JSON lines in, JSON lines out")
    compute = commands.add_parser(
        "compute",
        help="work out an answer: a duty, a due date, whether a permit is needed",
        description="Works out an answer as the citizen's page and the agent's screen do. Without a name, lists what "
        "may be worked out, with what each asks. Amounts are in dollars, dates such as 2026-06-01, a box is ticked "
        "with on. Exit code 1 when something is missing or cannot be read; each field is named.",
    )
    compute.add_argument("name", metavar="NAME", nargs="?", help="such as transfer-duty, permit, pickups")
    values = "what is asked, or one JSON object: '{\"paid\": 450000}'"
    compute.add_argument("values", metavar="FIELD=VALUE", nargs="*", help=values)
    compute.add_argument("--on", type=_day, metavar="DATE", help="as of that day (default: today)")
    compute.add_argument("--lang", choices=("fr", "en"), default="fr", help="language of the words (default: fr)")
    _flag(compute, "--json", "write the inputs, the result, the facts and the words")
    evaluate = commands.add_parser(
        "evaluate-answers",
        help="measure how well the messages of a file are answered",
        description="Asks every message of a file of JSON lines and counts what was right, with 95 %% intervals; the "
        "splits of the file are reported apart.",
    )
    lines = 'lines {"text", "kind", "topics", "lang"?, "split"?, "danger"?}'
    evaluate.add_argument("file", metavar="FILE.jsonl", help=lines)
    evaluate.add_argument("--split", metavar="NAME", help="the messages of this split only")
    _flag(evaluate, "--json", "write the measures as one JSON object")


def _add_editing(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    said = commands.add_parser(
        "said",
        help="show what was true and what was said on a past day",
        description="Shows the facts that stood on a day, the answer that everybody read then, and how many times it "
        "was given. Exit code 1 when no published answer is known of that day.",
    )
    said.add_argument("subject", metavar="SUBJECT", help="slug of the subject, such as taxes")
    said.add_argument("--on", type=_day, required=True, metavar="DATE", help="the day, such as 2026-03-31")
    said.add_argument("--address", metavar="ADDRESS", help="for that civic address, where facts differ by area")
    shown = "language of all that is shown (default: the terminal's)"
    said.add_argument("--language", "--lang", choices=("fr", "en"), help=shown)
    _flag(said, "--json", "write the result as one JSON object")
    bring = commands.add_parser(
        "import-facts",
        help="bring facts from a CSV or YAML file, all of them or none",
        description="Gives facts the values of a file with the fields of a town's facts.yaml. In CSV a column that is "
        "missing leaves what is there. The versions before are kept. Exit code 1 when a row is refused.",
    )
    bring.add_argument("file", metavar="FILE.csv|FILE.yaml")
    _flag(bring, "--dry-run", "show the difference, old to new, and write nothing")
    bring.add_argument("--language", choices=("fr", "en"), help="language of the report (default: the terminal's)")
    _flag(bring, "--json", "write the difference as one JSON object")
    check = commands.add_parser(
        "check-knowledge",
        help="list what must be mended in the answers and the facts",
        description="Lists what must be mended (!): contradictions, answers or English that are missing, owners whom "
        "nobody can reach, examples outside the demonstration; what its owner has to verify (?): facts that lapsed or "
        "soon will, doors of others; and what is only to be looked at. Exit code 1 when something must be mended.",
    )
    _flag(check, "--strict", "exit code 1 also when an owner has to verify something")
    check.add_argument("--language", choices=("fr", "en"), help="language of the list (default: the terminal's)")
    _flag(check, "--json", "write the list as one JSON object")


def _add_standins(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    standin = commands.add_parser(
        "standin",
        help="play an outside service on this machine, for tests and the demonstration",
        description="Serves on 127.0.0.1 until Ctrl+C. It keeps what it takes, and misbehaves on demand.",
    )
    services = standin.add_subparsers(dest="what", required=True, metavar="push, facebook, open311, payments, voice")
    push = services.add_parser(
        "push",
        help="a push service, for Web Push; Firefox may subscribe to it",
        description="GET /messages: what it took. POST /subscriptions: a new endpoint. DELETE an endpoint: it ended. "
        "POST /faults/NAME,...: one a request, the last one from then on. Faults: none, 404, 410, 413, 429, 500 (after "
        "taking the message), 503, hang, slow. Firefox: dom.push.serverURL=ws://127.0.0.1:PORT/ and "
        "dom.push.testing.allowInsecureServerURL=true.",
    )
    push.add_argument("--port", type=_count, required=True, metavar="P", help="port to listen on")
    push.add_argument("--faults", default="none", metavar="NAME,...", help="those to begin with (default: none)")
    region = services.add_parser(
        "open311",
        help="an Open311 server of another body, to which requests are sent",
        description="POST /close/NUMBER closes a request there. Faults: none, 500 (after taking it), 503, drop, "
        "hang, refuse, twice, token, page, blackbox, silent.",
    )
    region.add_argument("--port", type=_count, required=True, metavar="P", help="port to listen on")
    region.add_argument("--faults", default="none", metavar="NAME,...", help="one a request, the last one from then on")
    voice = services.add_parser(
        "voice",
        help="a provider of phone calls, which rings nowhere and answers as told",
        description="PARVIS_VOICE_URL=twilio+http://AC1:secret@127.0.0.1:PORT?from=%%2B15145550100. GET /: the calls, "
        "and what was said. POST /answer/NUMBER/HOW: how that number answers from then on: hears, confirms, leaves, "
        "again, hangs_up, machine, busy, no_answer, failed, silent. POST /faults/NAME,...: one a call. Faults: none, "
        "429, 500 (after taking it), 503, hang, cut (after taking it), 21211 (no such number).",
    )
    voice.add_argument("--port", type=_count, required=True, metavar="P", help="port to listen on")
    voice.add_argument("--faults", default="none", metavar="NAME,...", help="one a call")
    voice.add_argument(
        "--how",
        default="confirms",
        metavar="HOW",
        help="how people answer (default: confirms)",
    )
    _add_payments(services)
    facebook = services.add_parser(
        "facebook",
        help="a Facebook page and a Mastodon account; what people write there is sent as signed webhooks",
        description="GET /: what stands there; GET /state: the same in JSON. POST /say {kind: comment or message, "
        "text, by, name, id, verb: add, edited or remove, times}: someone writes, and the webhook is sent. "
        "POST /token/463: the token dies with that subcode; /token/live: it lives again. POST /faults/NAME,...: one a "
        "write, the last one from then on. Faults: none, 190, 460, 368, 200, 100, 500 (after taking it), 503, hang "
        "(after taking it), lost (not taken), slow, version.",
    )
    facebook.add_argument("--port", type=_count, default=8998, metavar="P", help="port to listen on (default: 8998)")
    facebook.add_argument("--faults", default="none", metavar="NAME,...", help="those to begin with (default: none)")
    facebook.add_argument(
        "--hook",
        default="http://127.0.0.1:8000/hooks/social/facebook",
        metavar="URL",
        help="where webhooks are sent (default: http://127.0.0.1:8000/hooks/social/facebook)",
    )


def _add_payments(services: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    payments = services.add_parser(
        "payments",
        help="a provider of payments: the part of the API of Stripe that is used, and a page where one pays",
        description="PARVIS_PAYMENTS=stripe PARVIS_STRIPE_URL=http://127.0.0.1:PORT, in the demonstration. GET "
        "/control: what it holds. POST /control with a JSON object changes how it behaves:",
        epilog="\n".join(f"  {name:24}{words}" for name, words in CONTROLS.items())
        + "\n\ncards, by their last four digits:\n"
        + "\n".join(f"  {digits:24}{words}" for digits, words in CARDS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    payments.add_argument("--port", type=_count, required=True, metavar="P", help="port to listen on")
    payments.add_argument("--faults", default="{}", metavar="JSON", help="the controls to begin with (default: {})")
    payments.add_argument(
        "--hook",
        metavar="URL",
        help="where webhooks are sent (default: /paiements/stripe/evenements of the site); empty: nowhere",
    )


def _flag(command: argparse.ArgumentParser, name: str, text: str) -> None:
    command.add_argument(name, action="store_true", help=text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a date, such as 2027-03-31") from None


def _columns(text: str) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in text.split(",")]
    if not all(field.strip() and column.strip() for field, _, column in pairs):
        raise argparse.ArgumentTypeError("such as civic=NO_CIV,street=RUE")
    return {field.strip(): column.strip() for field, _, column in pairs}


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("a whole number above 0")
    return int(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    args = parser().parse_args(arguments)
    return receiving.receive(args, _run) if args.command == "receive-mail" else _run(args)


def _run(args: argparse.Namespace) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parvis.config.settings")
    if args.demo:
        os.environ |= {"PARVIS_DEMO": "1", "PARVIS_LOG_FORMAT": os.environ.get("PARVIS_LOG_FORMAT", "plain")}
    try:
        gc.disable()  # what is loaded stays: looking for what is unused takes a sixth of a start
        commands = import_module("parvis.cli.commands")  # reads the settings, which may be invalid
    except import_module("django.core.exceptions").ImproperlyConfigured as error:
        print(error, NO_SETTINGS, sep="\n", file=sys.stderr)
        return 3
    finally:
        gc.enable()
    try:
        return int(commands.COMMANDS[args.command](args))
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
