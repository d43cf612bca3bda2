"""The command line."""

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

import requests

from parvis_open311_check import reading, writing
from parvis_open311_check.checks import Result, Subject, run_all
from parvis_open311_check.wire import Server, Unreadable

CONFORMS, FAILS, UNREACHABLE = 0, 1, 2
MODULES = (reading, writing)  # importing them fills the list of checks
MOST_SHOWN = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the checks and prints what they say; 0 when the server conforms, 1 when not, 2 when it does not answer."""
    args = _parser().parse_args(arguments)
    try:
        subject = _subject(args)
        results = list(run_all(subject))
    except (requests.RequestException, Unreadable) as error:
        print(f"The server cannot be reached: {error}", file=sys.stderr)
        return UNREACHABLE
    if args.json:
        print(json.dumps({"endpoint": subject.server.endpoint, "checks": [_row(one) for one in results]}, indent=2))
    else:
        _print(subject, results)
    return FAILS if any(one.failures for one in results) else CONFORMS


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="parvis-open311-check",
        description="Tells whether a server speaks Open311 GeoReport v2, and explains what it does otherwise.",
    )
    parser.add_argument("url", metavar="URL", help="its discovery (…/discovery.xml) or its endpoint (…/open311/v2)")
    parser.add_argument("--key", default="", metavar="KEY", help="an api_key")
    parser.add_argument(
        "--jurisdiction", default="", metavar="ID", help="the jurisdiction_id, if the server has several"
    )
    parser.add_argument("--at", default="", metavar="LAT,LONG", help="a place of the town, for the requests sent")
    parser.add_argument("--write", action="store_true", help="send requests too: never to a server in use")
    parser.add_argument("--json", action="store_true", help="write the results as JSON")
    return parser


def _subject(args: argparse.Namespace) -> Subject:
    url = args.url.rstrip("/")
    if not url.endswith((".xml", ".json")):
        subject = Subject(Server(url, jurisdiction=args.jurisdiction, key=args.key), write=args.write)
    else:
        base = url.rpartition(".")[0]
        value = Server(base).get_url(f"{base}.xml", "xml").read("discovery")
        endpoints = [row for row in value.get("endpoints") or [] if "v2" in str(row.get("specification"))]
        if not endpoints or not endpoints[0].get("url"):
            raise Unreadable(f"{url} names no endpoint of GeoReport v2")
        server = Server(str(endpoints[0]["url"]), jurisdiction=args.jurisdiction, key=args.key)
        subject = Subject(server, discovery=base, write=args.write)
    if args.at:
        north, _comma, east = args.at.partition(",")
        subject.sent.append({"lat": north.strip(), "long": east.strip()})
    return subject


def _row(one: Result) -> dict[str, Any]:
    check = one.check
    return {
        "number": check.number,
        "title": check.title,
        "section": check.section,
        "page": check.page,
        "outcome": one.outcome,
        "failures": one.failures,
        "skipped": one.skipped,
    }


def _print(subject: Subject, results: Sequence[Result]) -> None:
    print(f"{subject.server.endpoint}\n")
    for one in results:
        print(
            f"{one.check.number:>5}  {one.outcome:<8}{one.check.title}" + (f" ({one.skipped})" if one.skipped else "")
        )
        for failure in one.failures[:MOST_SHOWN]:
            print(f"         - {failure}")
        if len(one.failures) > MOST_SHOWN:
            print(f"         - and {len(one.failures) - MOST_SHOWN} more.")
        if one.failures:
            print(f"         See “{one.check.section}”: {one.check.page}")
    counted = {name: sum(one.outcome == name for one in results) for name in ("passed", "failed", "skipped")}
    print(f"\n{counted['passed']} passed, {counted['failed']} failed, {counted['skipped']} left out.")
