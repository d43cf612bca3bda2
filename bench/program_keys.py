"""Makes keys of programs in a house, and writes them as one JSON object: `python -m bench.program_keys N`.

With them, where requests are: points of civic addresses.
"""

import json
import random
import sys
from datetime import timedelta
from uuid import uuid4

import django

django.setup()

from parvis.apps.directory.models import User  # noqa: E402
from parvis.apps.directory.rules.permissions import Action, Scope  # noqa: E402
from parvis.apps.directory.services.keys import MOST_PER_DAY, MOST_PER_MINUTE, make_key  # noqa: E402
from parvis.apps.places.models import Address  # noqa: E402
from parvis.lib import clock  # noqa: E402

SEED, POINTS = 311, 1_000


def ready(count: int) -> dict[str, object]:
    """That many keys, with the largest quotas, and points of the town."""
    manager = next(user for user in User.objects.order_by("pk") if user.may(Action.MANAGE_KEYS))
    keys = [
        make_key(
            submission=uuid4().hex, name=f"Mesure {rank}", scopes=[Scope.OPEN311_WRITE], by=manager,
            last_day=clock.today() + timedelta(days=90), per_minute=MOST_PER_MINUTE, per_day=MOST_PER_DAY,
        ).secret
        for rank in range(count)
    ]  # fmt: skip
    rows = list(
        Address.objects.exclude(latitude=None).order_by("pk").values_list("latitude", "longitude")[: 20 * POINTS]
    )
    return {"keys": keys, "points": random.Random(SEED).choices(rows, k=POINTS)}


if __name__ == "__main__":
    print(json.dumps(ready(int(sys.argv[1]))))
