"""Background jobs: a job is a row, inserted in the transaction that needs it."""

from functools import cache
from importlib import import_module
from typing import Any

from django_q.tasks import async_task

JOB_NAMES: set[str] = set()


def job(name: str) -> str:
    """Declares the dotted name of a job function; a test checks that every declared name resolves."""
    JOB_NAMES.add(name)
    return name


def enqueue(name: str, *args: Any) -> None:
    """Queues `name(*args)` for the worker, to run at least once, after the current transaction commits.

    `args` are plain values. A job not acknowledged within PARVIS_JOB_RETRY seconds is retried, after a crash too, so
    the function must be idempotent. LookupError for a name that is not declared.
    """
    if name not in JOB_NAMES:
        raise LookupError(f"{name} is not a declared job; see lib.jobs.job")
    async_task(name, *args)


@cache
def resolve(name: str) -> Any:
    """Imports an object by dotted name; ImportError or AttributeError when there is none."""
    module, _, attribute = name.rpartition(".")
    return getattr(import_module(module), attribute)
