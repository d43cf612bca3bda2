"""Between two jobs, the worker rests while others wait for a processor, and goes on at once when none does."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from parvis.worker import LONGEST_REST

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/schedstat").exists(), reason="only Linux tells how long a process waited for a processor"
)

ON_ONE_PROCESSOR = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
BUSY = "while True: pass"
# Jobs of so many seconds of work; prints the seconds of each rest.
JOBS = """
import sys, time
from parvis.worker import Breather
breather = Breather()
for _job in range(int(sys.argv[1])):
    until = time.process_time() + float(sys.argv[2])
    while time.process_time() < until:
        pass
    began = time.perf_counter()
    breather.rest()
    print(time.perf_counter() - began)
"""


@pytest.fixture
def busy_neighbours() -> Iterator[None]:
    """Three processes that never stop computing, where the jobs run."""
    running = [subprocess.Popen([sys.executable, "-c", ON_ONE_PROCESSOR + BUSY]) for _ in range(3)]
    yield
    for process in running:
        process.kill()
        process.wait()


def rests(program: str, jobs: int, seconds: float) -> list[float]:
    command = [sys.executable, "-c", program, str(jobs), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return [float(line) for line in done.stdout.split()]


@pytest.mark.usefixtures("busy_neighbours")
def test_it_rests_while_others_wait_for_the_processor() -> None:
    found = rests(ON_ONE_PROCESSOR + JOBS, 5, 0.02)
    assert max(found) > 0.1, found  # a twentieth of the time: 20 ms of work are owed 0.4 s, less what was waited
    assert max(found) < LONGEST_REST + 0.5, found


def test_it_goes_on_at_once_when_a_processor_is_there() -> None:
    assert min(rests(JOBS, 50, 0.002)) < 0.01
