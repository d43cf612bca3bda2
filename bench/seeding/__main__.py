"""`python -m bench.seeding --cases N`: fills the town of this database with an invented past of N requests."""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict

import django
from django.apps import apps

if not apps.ready:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parvis.config.settings")
    django.setup()

from bench.seeding.services import seed  # noqa: E402
from parvis.lib.console import reports_refusals, write_json  # noqa: E402


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when the whole past was written, 1 when it was refused and nothing was."""
    return reports_refusals(_seed)(_parser().parse_args(arguments))


def _seed(args: argparse.Namespace) -> int:
    made = seed(
        cases=args.cases,
        seed=args.seed,
        months=args.months,
        asked=args.asked,
        left=args.left,
        add=args.add,
        examples_meant=args.yes_these_are_examples,
    )
    if args.json:
        write_json(asdict(made))
    else:
        print(made.line())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.seeding",
        description="Writes invented people, contacts and requests, with the seasons, the storms and the delays of a "
        "town, straight into the tables: to measure. Nothing is sent. The same numbers give the same past.",
    )
    parser.add_argument("--cases", type=int, required=True, metavar="N", help="how many requests")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="of the random numbers (default 1)")
    parser.add_argument("--months", type=int, default=36, metavar="M", help="how far back it begins (default 36)")
    parser.add_argument(
        "--asked",
        type=float,
        default=1.0,
        metavar="R",
        help="questions answered on the spot for each request (default 1)",
    )
    parser.add_argument(
        "--left",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="share of the requests that are never closed, 0 to 1 (default 0)",
    )
    parser.add_argument("--add", action="store_true", help="even when there are requests already")
    parser.add_argument(
        "--yes-these-are-examples", action="store_true", help="even outside the demonstration, among real requests"
    )
    parser.add_argument("--json", action="store_true", help="write what was made as one JSON object")
    return parser


if __name__ == "__main__":
    sys.exit(main())
