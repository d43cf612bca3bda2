"""Lists of requests to ask of a house that has a past, as one JSON object: `python -m bench.listed N`.

N of each kind, their dates, services and places drawn from the same seed over what the public sees.
"""

import json
import random
import sys
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

import django

django.setup()

from parvis.apps.catalogue.models import Subject  # noqa: E402
from parvis.apps.places.models import Address  # noqa: E402
from parvis.lib.clock import now  # noqa: E402

SEED, PAST_DAYS = 311, 900


def lists(count: int) -> dict[str, list[str]]:
    """Addresses of lists, by kind."""
    rng, today = random.Random(SEED), now()
    services = list(Subject.objects.filter(public=True, active=True).order_by("pk").values_list("slug", flat=True))
    places = Address.objects.exclude(latitude=None).order_by("pk").values_list("latitude", "longitude")
    points = [(north, east) for north, east in places[:5_000] if north is not None and east is not None]

    def asked(**values: str) -> str:
        return f"/open311/v2/requests.json?{urlencode({'page_size': '50', 'page': '1', **values})}"

    def some_day() -> str:
        return f"{today - timedelta(days=rng.randrange(100, PAST_DAYS)):%Y-%m-%d}"

    def box() -> str:
        north, east = rng.choice(points)
        return f"{east - 0.008:.5f},{north - 0.005:.5f},{east + 0.008:.5f},{north + 0.005:.5f}"

    def near() -> dict[str, str]:
        north, east = rng.choice(points)
        return {"lat": f"{north:.5f}", "long": f"{east:.5f}", "radius": "500"}

    kinds: dict[str, Callable[[], str]] = {
        "newest": lambda: asked(page=str(rng.randrange(1, 11))),
        "days of the past": lambda: asked(start_date=some_day()),
        "open": lambda: asked(status="open", page=str(rng.randrange(1, 6))),
        "closed in the past": lambda: asked(status="closed", start_date=some_day()),
        "one service": lambda: asked(service_code=rng.choice(services)),
        "one service, open": lambda: asked(service_code=rng.choice(services), status="open"),
        "one service in the past, open": lambda: asked(
            service_code=rng.choice(services), start_date=some_day(), status="open"
        ),
        "changed since an hour": lambda: asked(updated_after=f"{today - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"),
        "changed in the past": lambda: asked(updated_before=some_day()),
        "a box": lambda: asked(bbox=box()),
        "around a point": lambda: asked(**near()),
    }
    return {kind: [make() for _ in range(count)] for kind, make in kinds.items()}


if __name__ == "__main__":
    print(json.dumps(lists(int(sys.argv[1]))))
