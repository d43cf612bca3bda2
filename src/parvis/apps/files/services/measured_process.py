"""Runs a child process and measures the CPU time of that one alone, whichever other children end meanwhile."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf

_SHORTEST, _LONGEST = 0.0005, 0.05  # seconds between two looks at whether it ended


@dataclass(frozen=True)
class Ended:
    """How a process ended: its exit code (minus the signal that ended it), its standard output, its CPU seconds, and
    whether it was killed because its time was over.
    """

    code: int
    output: bytes
    processor: float
    out_of_time: bool = False


def run_measured(command: Sequence[str], given: bytes, *, seconds: float, env: Mapping[str, str]) -> Ended:
    """Runs a command in the root folder with `given` as its standard input; kills it after `seconds` of wall time.

    Raises OSError when it cannot be started.
    """
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    with _Measured(command, stdin=pipe, stdout=pipe, stderr=nothing, cwd="/", env=env) as process:
        try:
            output, _ = process.communicate(given, timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            return Ended(process.wait(), b"", process.processor, out_of_time=True)
        except BaseException:
            process.kill()
            raise
        return Ended(process.wait(), output, process.processor)


class _Measured(subprocess.Popen[bytes]):
    """Learns from the system what the process used at the moment it is reaped, which happens once."""

    processor = 0.0

    def poll(self) -> int | None:
        if self.returncode is None:
            try:
                pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            except ChildProcessError:  # reaped by something else, as where SIGCHLD is ignored: how it ended is unknown
                self.returncode = 0
                return 0
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
                self.processor = usage.ru_utime + usage.ru_stime
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        until, pause = time.monotonic() + (inf if timeout is None else timeout), _SHORTEST
        while (code := self.poll()) is None:
            if time.monotonic() >= until:
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST)
        return code
