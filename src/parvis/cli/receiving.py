"""`parvis receive-mail`: hands the message to the service that runs, without Django, or has this process do all."""

import os
import sys
import traceback
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from parvis.apps.mail.rules.limits import LARGEST, LONGEST_HEADER
from parvis.config import DATA
from parvis.lib.handover import hand_over

DONE, REFUSED = 0, 1


@dataclass(frozen=True)
class Given:
    """A message, or the header of one larger than LARGEST, and the bytes of the whole."""

    content: bytes
    size: int


def receive(args: Namespace, otherwise: Callable[[Namespace], int]) -> int:
    """Has the message on the standard input stored and taken in, and writes what became of it; the exit code.

    `otherwise` is the command done by this process, on `args.given`. EX_TEMPFAIL when the message is not stored: the
    mail server tries again. REFUSED when there is none.
    """
    args.given = _read(sys.stdin.buffer)
    folder = Path(os.environ.get("PARVIS_DATA", "").strip() or DATA)
    if args.given.content and (answer := hand_over(folder, args.given.content, args.given.size)):
        sys.stdout.buffer.write(answer)
        return DONE
    try:
        code = otherwise(args)
    except Exception:
        traceback.print_exc()
        return os.EX_TEMPFAIL
    return code if code in (DONE, REFUSED) else os.EX_TEMPFAIL


def _read(stream: IO[bytes]) -> Given:
    raw = stream.read(LARGEST + 1)
    size = len(raw)
    if size <= LARGEST:
        return Given(raw, size)
    header = raw[:LONGEST_HEADER]
    del raw
    while chunk := stream.read(1_000_000):
        size += len(chunk)
    return Given(header, size)
