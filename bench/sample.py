"""What to ask of a house that has a past, as one JSON object: `python -m bench.sample N`.

N pages of each kind, each asked by someone who may, all from the same seed: queues of every department, filter and
reader, whole pages among the first; what is open in the whole town, by promise; cases at random; people at random, half
by their number and half by their name.
"""

import json
import random
import sys
from collections.abc import Sequence
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import django

django.setup()

from parvis.apps.cases.models import Case  # noqa: E402
from parvis.apps.cases.queries import cases  # noqa: E402
from parvis.apps.cases.queries.access import unrestricted  # noqa: E402
from parvis.apps.directory.models import Department, User  # noqa: E402
from parvis.apps.directory.rules.permissions import Action  # noqa: E402
from parvis.apps.residents.models import Person, PhoneNumber  # noqa: E402
from parvis.surfaces.desk.queue.screen import PAGE, VIEWS, departments_of  # noqa: E402

SEED = 311
DEEPEST = 3
TRIES = 20
Asked = tuple[str, str]
T = TypeVar("T")


def queue(rng: random.Random, user: User, departments: Sequence[Department]) -> Asked:
    """One whole page, the third at most, of a queue that this person may read, by one of its filters.

    Pages of one length are compared, whatever the size of the past; a short one stands when no whole one was met.
    """
    asked, whole = _page(rng, user, departments)
    for _try in range(TRIES):
        if whole:
            break
        asked, whole = _page(rng, user, departments)
    return asked


def _page(rng: random.Random, user: User, departments: Sequence[Department]) -> tuple[Asked, bool]:
    """A page at random, and whether it is a whole one."""
    department, view, after = rng.choice(departments), rng.choice(list(VIEWS)), ""
    for _page in range(rng.randrange(DEEPEST)):
        after = cases.queue([department.pk], view, user=user, after=after or None, limit=PAGE).next or ""
    whole = len(cases.queue([department.pk], view, user=user, after=after or None, limit=PAGE).rows) == PAGE
    query = {"view": view, **({"after": after} if after else {})}
    return (user.username, f"/desk/queue/{department.slug}/?{urlencode(query)}"), whole


def typed(number: str) -> str:
    """A North American number as an agent hears and types it."""
    return f"{number[-10:-7]} {number[-7:-4]}-{number[-4:]}"


def people(rng: random.Random, count: int) -> list[str]:
    """What to type to find someone who is known."""
    numbers = list(PhoneNumber.objects.order_by("pk").values_list("number", flat=True))
    names = list(Person.objects.order_by("pk").values_list("name", flat=True))
    by_number = [typed(number) for number in _some(rng, numbers, (count + 1) // 2)]
    return _some(rng, by_number + _some(rng, names, count - len(by_number)), count)


def _some(rng: random.Random, rows: list[T], count: int) -> list[T]:
    return rng.sample(rows, count) if len(rows) >= count else rng.choices(rows, k=count)


def sample(count: int) -> dict[str, list[Asked]]:
    """`count` requests of each kind, as pairs of who asks and the path."""
    rng = random.Random(SEED)
    staff = [user for user in User.objects.filter(sample=True).order_by("pk") if user.may(Action.READ_CASE)]
    agents = [user.username for user in staff if user.may(Action.TAKE_CONTACT)]
    readers = [user.username for user in staff if user.may_everywhere(Action.READ_CASE)]
    readable = {user: departments_of(user) for user in staff}
    references = list(Case.objects.filter(unrestricted()).order_by("pk").values_list("reference", flat=True))
    result: dict[str, Any] = {
        "queue": [queue(rng, user, readable[user]) for user in rng.choices(staff, k=count)],
        "open": [(rng.choice(readers), "/desk/search/?state=open&order=due") for _ in range(count)],
        "case": [(rng.choice(readers), f"/desk/cases/{item}/") for item in _some(rng, references, count)],
        "person": [(rng.choice(agents), f"/desk/people?q={quote(words)}") for words in people(rng, count)],
    }
    return result


if __name__ == "__main__":
    print(json.dumps(sample(int(sys.argv[1]))))
