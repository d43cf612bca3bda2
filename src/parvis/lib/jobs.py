"""Background jobs: a job is a row, inserted in the transaction that needs it.

An app names jobs of its own and of the apps below it. What it has done is an event, which it announces: the apps above
register in the `ready()` of their `apps.py` the jobs that they want then, and each app registers its schedules there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import time
from functools import cache
from importlib import import_module
from typing import Any

from django_q.tasks import async_task

Job = tuple[str, tuple[Any, ...]]
"""The name of a job function, and its arguments."""

URGENT = "urgent"
"""The queue of the jobs that wait for no other: a cluster of django-q2 of its own takes them (`runtime.worker`)."""

JOB_NAMES: set[str] = set()
SCHEDULES: dict[str, int | time] = {}
"""When each scheduled job runs: every so many minutes, or daily at a time of the town's day."""

_wanted: dict[str, list[str]] = {}
"""The jobs registered for each event."""
_urgent: set[str] = set()
_collected: ContextVar[list[Job] | None] = ContextVar("collected", default=None)


def job(name: str, *, urgent: bool = False) -> str:
    """Declares the dotted name of a job function; `make lint` checks that every declared name resolves.

    Once declared `urgent`, it waits for no other job when it is enqueued: for what warns the public.
    """
    JOB_NAMES.add(name)
    if urgent:
        _urgent.add(name)
    return name


def enqueue(name: str, *args: Any) -> None:
    """Queues `name(*args)` for the worker, to run at least once, after the current transaction commits.

    `args` are plain values. A job not acknowledged within PARVIS_JOB_RETRY seconds is retried, after a crash too, so
    the function must be idempotent. LookupError for a name that is not declared.
    """
    if name not in JOB_NAMES:
        raise LookupError(f"{name} is not a declared job; see lib.jobs.job")
    if (jobs := _collected.get()) is not None:
        jobs.append((name, args))
    else:
        async_task(name, *args, cluster=URGENT if name in _urgent else None)


def every(name: str, *, minutes: int) -> None:
    """Has the worker run a job every so many minutes."""
    SCHEDULES[name] = minutes


def daily(name: str, *, at: time) -> None:
    """Has the worker run a job each day, at a time in the town's zone."""
    SCHEDULES[name] = at


def event(name: str) -> str:
    """Declares what an app announces: its label, then what happened, as in "telephony.text_received"."""
    _wanted.setdefault(name, [])
    return name


def when(name: str, then: str) -> None:
    """Registers the job that an app wants when an app below it announces that event; `make lint` checks both names."""
    jobs = _wanted.setdefault(name, [])
    if then not in jobs:  # Django may call `ready()` twice
        jobs.append(then)


def announce(name: str, *args: Any) -> None:
    """Queues the jobs registered for an event, with these arguments, as `enqueue` does; none is no fault.

    KeyError for an event that is not declared.
    """
    for then in _wanted[name]:
        enqueue(then, *args)


@contextmanager
def collected() -> Iterator[list[Job]]:
    """Gathers in a list, for the caller to do, the jobs asked for meanwhile in this thread: none goes to the worker."""
    jobs: list[Job] = []
    token = _collected.set(jobs)
    try:
        yield jobs
    finally:
        _collected.reset(token)


@cache
def resolve(name: str) -> Any:
    """Imports an object by dotted name; ImportError or AttributeError when there is none."""
    module, _, attribute = name.rpartition(".")
    return getattr(import_module(module), attribute)
