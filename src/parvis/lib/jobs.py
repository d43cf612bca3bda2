"""Work done after the answer: a job is a row, inserted in the transaction that needs it."""

from functools import cache
from importlib import import_module
from typing import Any
from uuid import uuid4

from django.utils import timezone
from django_q.brokers import Broker, get_broker
from django_q.signing import SignedPackage

JOB_NAMES: set[str] = set()
TOGETHER: set[str] = set()


def job(name: str, *, together: bool = False) -> str:
    """Declares the dotted name of a job function; a test proves that every declared name resolves.

    `together`: several waiting jobs of that name may be run as one, called once with the arguments of all. When it
    fails, all of them are given again.
    """
    JOB_NAMES.add(name)
    if together:
        TOGETHER.add(name)
    return name


def enqueue(name: str, *args: Any) -> None:
    """Asks for `name(*args)` to be run by the worker, at least once, after the current transaction commits.

    `args` are plain values. The job survives a crash of either side: it is given again when it is not acknowledged
    within PARVIS_JOB_RETRY seconds, so the function must have its effect once however often it runs.
    """
    if name not in JOB_NAMES:
        raise LookupError(f"{name} is not a declared job; see lib.jobs.job")
    mark = uuid4().hex
    what = f"{name.rpartition('.')[2]} {mark[:8]}"
    asked = {"id": mark, "name": what, "func": name, "args": args, "kwargs": {}, "started": timezone.now()}
    _broker().enqueue(SignedPackage.dumps(asked))  # what django-q2's async_task does, with none of its options


@cache
def _broker() -> Broker:
    """The queue's door; it keeps no connection, so that one serves every thread."""
    return get_broker()


@cache
def resolve(name: str) -> Any:
    """The object behind a dotted name; ImportError or AttributeError when there is none."""
    module, _, attribute = name.rpartition(".")
    return getattr(import_module(module), attribute)
