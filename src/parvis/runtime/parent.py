"""Whether the process that forked this one still runs."""

import multiprocessing
import os


def is_gone() -> bool:
    """Whether the parent ended, however it did; False in a process that `multiprocessing` did not fork."""
    parent = multiprocessing.parent_process()
    return parent is not None and os.getppid() != parent.pid
