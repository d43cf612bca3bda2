"""How much of a heavy proof runs: a sample in `make test`, the whole in `make soak`."""

import os


def amount(whole: int, *, sample: int) -> int:
    """`whole` in a run of `make soak`, else `sample`: a number of examples, rounds or rows."""
    return whole if os.environ.get("SOAK") else sample
