"""Fills an empty django-helpdesk: `python -m bench.peers.inside.helpdesk_load ROWS`, a file of `bench.rows` or "-".

A queue open to the public, one for each department of the rows, agents a0 to a15; each row is a ticket and its first
follow-up, as the form leaves them. Writes the numbers of the queues as JSON, the public one first.
"""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import django

django.setup()

from django.contrib.auth.hashers import make_password  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from helpdesk.models import FollowUp, Queue, Ticket  # noqa: E402

AGENTS = 16
AT_ONCE = 2000


def status(row: dict[str, Any]) -> int:
    """The state of a ticket for that of a case: open, reopened or closed."""
    if row["state"] == "closed":
        return int(Ticket.CLOSED_STATUS)
    return int(Ticket.REOPENED_STATUS if row["reopened"] else Ticket.OPEN_STATUS)


def queue(slug: str) -> Any:
    """A queue to which the public may write."""
    return Queue.objects.create(
        title=slug, slug=slug, allow_public_submission=True, email_address=f"{slug}@exemple.test"
    )


def load(rows: Iterator[dict[str, Any]], queues: dict[str, Any]) -> None:
    """Writes the rows, by the thousand, as old as they are."""
    for name in ("created", "modified"):
        field = Ticket._meta.get_field(name)
        field.auto_now = field.auto_now_add = False
    while batch := list(islice(rows, AT_ONCE)):
        for row in batch:
            if row["department"] not in queues:
                queues[row["department"]] = queue(row["department"])
        with transaction.atomic():
            tickets = Ticket.objects.bulk_create(
                Ticket(
                    title=row["title"],
                    description=row["body"],
                    queue=queues[row["department"]],
                    created=datetime.fromtimestamp(row["opened_at"], UTC),
                    modified=datetime.fromtimestamp(row["opened_at"], UTC),
                    submitter_email=row["email"],
                    status=status(row),
                    priority=3,
                    secret_key=f"{row['opened_at']:.6f}",
                )
                for row in batch
            )
            FollowUp.objects.bulk_create(
                FollowUp(
                    ticket=ticket, date=ticket.created, title="Billet ouvert", comment=ticket.description, public=True
                )
                for ticket in tickets
            )


def main(path: str) -> list[int]:
    """Makes everything; the numbers of the queues."""
    call_command("migrate", verbosity=0)
    password = make_password("agent-pass")
    User.objects.bulk_create(
        User(username=f"a{rank}", password=password, email=f"a{rank}@exemple.test", is_staff=True, is_superuser=True)
        for rank in range(AGENTS)
    )
    queues = {"": queue("ville")}
    if path != "-":
        with Path(path).open(encoding="utf-8") as file:
            load((json.loads(line) for line in file), queues)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return [item.pk for item in queues.values()]


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
