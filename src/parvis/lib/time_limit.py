"""A limit on the time that a piece of code takes."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class _Alarm(BaseException):
    """Not an Exception, so that the code interrupted does not take it for one of its own errors."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raises TimeoutError when the block takes longer.

    Works in the main thread of a process, where jobs and commands run; elsewhere the block has no limit. Inside an
    earlier limit, the first to expire counts.
    """
    earlier = signal.getitimer(signal.ITIMER_REAL)[0]
    if threading.current_thread() is not threading.main_thread() or 0 < earlier <= seconds:
        yield
        return
    start = time.monotonic()
    handler = signal.signal(signal.SIGALRM, _raise_alarm)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except _Alarm as alarm:
        raise TimeoutError(f"not done within {seconds:g} s") from alarm
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        if earlier:
            signal.setitimer(signal.ITIMER_REAL, max(earlier - (time.monotonic() - start), 0.001))


def _raise_alarm(_signal: int, _frame: object) -> None:
    raise _Alarm
