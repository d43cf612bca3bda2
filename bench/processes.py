"""Processes that a measurement starts: each bounded in time, each ended with those it started, even if we die."""

import ctypes
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STARTING = 60.0
STOPPING = 20.0
_DEATH_OF_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)


class Failed(RuntimeError):
    """A command did not end well, or a server did not answer; its last words are in the message."""


def _follow_parent() -> None:
    """In the child: SIGTERM when the process that started it dies, whatever the cause (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DEATH_OF_PARENT, signal.SIGTERM)


def kill_group(process: "subprocess.Popen[bytes]") -> None:
    """SIGKILL to a process and to all those of its group."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def run(command: Sequence[str], environment: Mapping[str, str], *, seconds: float, cwd: Path = ROOT) -> str:
    """Runs a command to its end and returns what it wrote; Failed when it does not end well, or in that time."""
    process = subprocess.Popen(
        command,
        env=dict(environment),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=_follow_parent,  # noqa: PLW1509 (there is one thread)
    )
    try:
        out, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise Failed(f"{' '.join(command)}: still running after {seconds:.0f} s") from None
    finally:
        kill_group(process)
    if process.returncode:
        told = f"{out.decode(errors='replace')}\n{errors.decode(errors='replace')}"
        raise Failed(f"{' '.join(command)}: {process.returncode}\n{told[-4000:]}")
    return out.decode()


class Processes:
    """Named servers, each the leader of its own process group; what they write goes to <name>.log in the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def pids(self) -> list[int]:
        """The processes started and not ended by us."""
        return [process.pid for process in self.running.values()]

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str], cwd: Path = ROOT) -> None:
        """Starts a process under a name; returns at once."""
        with open(self.folder / f"{name}.log", "ab") as log:
            self.running[name] = subprocess.Popen(
                command,
                env=dict(environment),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_follow_parent,  # noqa: PLW1509 (there is one thread)
            )

    def wait_for(self, name: str, url: str) -> float:
        """Waits for the first answer 200 of that process; returns the seconds waited."""
        began = time.perf_counter()
        while time.perf_counter() - began < STARTING:
            try:
                with urllib.request.urlopen(url, timeout=10):
                    return time.perf_counter() - began
            except (urllib.error.URLError, OSError):
                if self.running[name].poll() is not None:
                    break
                time.sleep(0.005)
        raise Failed(f"{name} does not answer:\n{self.log(name)}")

    def log(self, name: str) -> str:
        """The last lines that a process wrote."""
        return "\n".join((self.folder / f"{name}.log").read_text(errors="replace").splitlines()[-40:])

    def stop(self, *names: str) -> None:
        """Ends these processes, or all: asks first, kills what is still there after a while."""
        ended = [self.running.pop(name) for name in names or tuple(self.running) if name in self.running]
        for process in ended:
            process.terminate()
        until = time.monotonic() + STOPPING
        for process in ended:
            try:
                process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                pass
            finally:
                kill_group(process)
