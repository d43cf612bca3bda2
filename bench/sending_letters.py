"""How fast an issue of the newsletter leaves with the desk in use: `python -m bench.sending_letters COUNT [URL]`.

The whole product runs (web server and worker), its mail server is the sink of this machine, and agents open pages of
the desk meanwhile. Writes as JSON: letters a second, the 95th percentile of the pages, the growth of the largest
process, and the letters taken twice or lost. A measured sending has no ceiling but that of its settings.
"""

import json
import statistics
import sys
import threading
import time

from bench import inside
from tests.journeys.service import free_port

URL = sys.argv[2] if len(sys.argv) > 2 else ""  # noqa: PLR2004
NO_CEILING = {"PARVIS_NEWSLETTER_RATE": "0", "PARVIS_NEWSLETTER_DOMAIN_RATE": "0"}
FOLDER = inside.prepare("letters", URL, NO_CEILING)

from parvis.apps.directory.models import Membership, User  # noqa: E402
from parvis.apps.newsletter.models import (  # noqa: E402
    ContactPoint,
    Issue,  # noqa: E402
    Subscriber,
    Subscription,
    WatchedPlace,
)
from parvis.apps.newsletter.queries import issues  # noqa: E402
from parvis.apps.newsletter.queries.points import digest  # noqa: E402
from parvis.apps.newsletter.rules.blocks import Block  # noqa: E402
from parvis.apps.newsletter.services.issues import (  # noqa: E402
    Words,  # noqa: E402
    save_issue,
    send_now,
)
from parvis.apps.places.models import Address  # noqa: E402
from parvis.lib.clock import now  # noqa: E402
from parvis.lib.ids import new_secret  # noqa: E402
from tests.crash.callers import Browser  # noqa: E402

LETTERS = 12_000
LONGEST = 210.0  # seconds; what has not left then is told
PAGES = ("/desk/", "/desk/recent/", "/desk/search/?q=bac")
DOMAINS = ("exemple.ca", "courriel.exemple", "poste.exemple", "net.exemple")


def fill(count: int) -> None:
    """Makes so many readers, half of them with an address."""
    moment = now()
    addresses = list(Address.objects.values_list("pk", flat=True)[:500])
    subscribers = Subscriber.objects.bulk_create([Subscriber(created_at=moment) for _rank in range(count)], 1_000)
    points = [
        ContactPoint(
            subscriber=subscriber,
            channel="email",
            target=f"r{rank}@{DOMAINS[rank % len(DOMAINS)]}",
            digest=digest(str(rank)),
            secret=new_secret(),
            created_at=moment,
            confirmed_at=moment,
        )
        for rank, subscriber in enumerate(subscribers)
    ]
    points = ContactPoint.objects.bulk_create(points, 1_000)
    Subscription.objects.bulk_create([Subscription(point=p, kind="news", created_at=moment) for p in points], 1_000)
    places = [
        WatchedPlace(subscriber=subscriber, address_id=addresses[rank % len(addresses)])
        for rank, subscriber in enumerate(subscribers)
        if rank % 2 and addresses
    ]
    WatchedPlace.objects.bulk_create(places, 1_000)


class Desk(threading.Thread):
    """An agent who opens a page after another."""

    def __init__(self, port: int, username: str) -> None:
        super().__init__(daemon=True)
        self.browser, self.over, self.times = Browser(port), threading.Event(), list[float]()
        self.browser.sign_in(username)

    def run(self) -> None:
        while not self.over.is_set():
            for path in PAGES:
                began = time.perf_counter()
                self.browser.get(path)
                self.times.append((time.perf_counter() - began) * 1000)
                time.sleep(0.3)


def main(count: int) -> dict[str, float]:
    """Prepares the readers, then measures."""
    fill(count)
    sink = free_port()
    agent = User.objects.filter(pk__in=Membership.objects.filter(role="agent").values("user")).first()
    editor = User.objects.filter(pk__in=Membership.objects.filter(role="manager").values("user")).first()
    assert agent and editor
    smtp = {"PARVIS_SMTP_URL": f"smtp://127.0.0.1:{sink}"}
    with inside.started(["bench.smtp_sink", str(sink)]), inside.running(smtp) as (port, pids):
        desk = Desk(port, agent.username)
        desk.start()
        time.sleep(5)
        alone, sizes = len(desk.times), dict[int, int]()
        words = Words(
            "La semaine", "Bonjour.\n\n" * 10, blocks=[Block(f"Nouvelle {n}", "Texte. " * 40) for n in range(6)]
        )
        issue = save_issue(words=words, key="bench", by=editor)
        began = time.perf_counter()
        send_now(issue_id=issue.pk, by=editor)
        while time.perf_counter() - began < LONGEST and issue.state != Issue.State.SENT:
            time.sleep(0.5)
            issue.refresh_from_db(fields=["state"])
            if not sizes and issue.deliveries.filter(state="sent").count() > count / 10:  # what it loads first is there
                sizes = inside.sizes(pids[1:])
        seconds, grew = time.perf_counter() - began, inside.growth(sizes, inside.sizes(pids[1:]))
        desk.over.set()
        desk.join()
    pages = sorted(desk.times[alone:])
    sent = issues.figures([issue.pk])[issue.pk].sent
    return {
        "letters": sent,
        "not_sent": issue.deliveries.exclude(state="sent").count(),
        "lost": count - issue.deliveries.count(),
        "seconds": round(seconds, 1),
        "a_second": round(sent / seconds, 1),
        "pages": len(pages),
        "page_p95_ms": round(statistics.quantiles(pages, n=20)[-1], 1),
        "growth_mb": grew,
    }


if __name__ == "__main__":
    try:
        print(json.dumps(main(int(sys.argv[1]) if len(sys.argv) > 1 else LETTERS)))
    finally:
        inside.remove(FOLDER)
