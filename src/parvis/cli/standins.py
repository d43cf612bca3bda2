"""`parvis standin`: outside services played on this machine."""

import sys
from argparse import Namespace

from parvis.operations.fake_services import facebook, open311, push, voice

KNOWN = {"push": push.FAULTS, "facebook": facebook.FAULTS, "open311": open311.FAULTS, "voice": voice.FAULTS}


def standin(args: Namespace) -> int:
    """`parvis standin SERVICE`: serves until interrupted; exit code 2 for a fault that it cannot play."""
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
