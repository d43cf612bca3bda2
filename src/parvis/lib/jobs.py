"""Work done after the answer: a job is a row, inserted in the transaction that needs it."""

from functools import cache
from importlib import import_module
from typing import Any

from django_q.tasks import async_task

JOB_NAMES: set[str] = set()


def job(name: str) -> str:
    """Declares the dotted name of a job function; a test proves that every declared name resolves."""
    JOB_NAMES.add(name)
    return name


def enqueue(name: str, *args: Any) -> None:
    """Asks for `name(*args)` to be run by the worker, at least once, after the current transaction commits.

    `args` are plain values. The job survives a crash of either side: it is given again when it is not acknowledged
    within PARVIS_JOB_RETRY seconds, so the function must have its effect once however often it runs.
    """
    if name not in JOB_NAMES:
        raise LookupError(f"{name} is not a declared job; see lib.jobs.job")
    async_task(name, *args)


@cache
def resolve(name: str) -> Any:
    """The object behind a dotted name; ImportError or AttributeError when there is none."""
    module, _, attribute = name.rpartition(".")
    return getattr(import_module(module), attribute)
