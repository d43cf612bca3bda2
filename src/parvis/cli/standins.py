"""`parvis standin`: outside services played on this machine."""

import json
import sys
from argparse import Namespace

from django.conf import settings

from parvis.operations.fake_services import facebook, open311, payments_http, push, voice
from parvis.operations.fake_services.payments import ApiError

WEBHOOK_PATH = "/paiements/stripe/evenements"
KNOWN = {"push": push.FAULTS, "facebook": facebook.FAULTS, "open311": open311.FAULTS, "voice": voice.FAULTS}


def standin(args: Namespace) -> int:
    """`parvis standin SERVICE`: serves until interrupted; exit code 2 for what it cannot play."""
    if args.what == "payments":
        return _payments(args)
    faults, known = args.faults.split(","), KNOWN[args.what]
    if unknown := sorted(set(faults) - set(known)):
        print(f"No such fault: {', '.join(unknown)}. There are: {', '.join(known)}.", file=sys.stderr)
        return 2
    if args.what == "voice" and args.how not in voice.ANSWERS:
        print(f"No such answer: {args.how}. There are: {', '.join(voice.ANSWERS)}.", file=sys.stderr)
        return 2
    if args.what == "facebook":
        facebook.serve(args.port, faults, args.hook)
    elif args.what == "open311":
        open311.serve(args.port, faults)
    elif args.what == "voice":
        voice.serve(args.port, faults, args.how)
    else:
        push.serve(args.port, faults)
    return 0


def _payments(args: Namespace) -> int:
    try:
        hook = f"{settings.PARVIS_URL}{WEBHOOK_PATH}" if args.hook is None else args.hook
        payments_http.serve(args.port, hook, json.loads(args.faults))
    except (ValueError, ApiError) as error:
        print(f"--faults: {error}", file=sys.stderr)
        return 2
    return 0
