"""A script that acts on the proofs of residence of the installation of its environment: `destroying.py ACT`.

`add`: a household with a proof that is long over; `destroy`: proposes, approves and destroys what is due; `hold`: keeps
the household from any destruction. It prints the primary keys of the proofs that are left.
"""

import os
import sys
from datetime import date

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "parvis.config.settings"
django.setup()

from parvis.apps.directory.models import Department, Membership, User  # noqa: E402
from parvis.apps.directory.rules.permissions import Role  # noqa: E402
from parvis.apps.households.models import Household, ResidenceProof  # noqa: E402
from parvis.apps.retention import tasks  # noqa: E402
from parvis.apps.retention.services import holds, runs  # noqa: E402
from parvis.lib.clock import now  # noqa: E402


def officer() -> User:
    """A privacy officer."""
    user, made = User.objects.get_or_create(username="prune.landry")
    if made:
        Membership.objects.create(user=user, department=Department.objects.earliest("pk"), role=Role.PRIVACY_OFFICER)
    return user


def main(act: str) -> None:
    """Does it."""
    if act == "add":
        household = Household.objects.create(name="Gagné", created_at=now())
        over = {"since": date(2015, 7, 1), "expires_on": date(2016, 7, 1), "created_at": now()}
        ResidenceProof.objects.create(household=household, kind="lease", **over)
    elif act == "destroy":
        run = runs.propose(by=officer())
        runs.approve(run_id=run.pk, seen=run.lines.filter(state="listed").count(), by=officer())
        tasks.destroy_approved()
    elif act == "hold":
        holds.place_hold(file=Household.objects.latest("pk").public_id, why="Litige", by=officer())
    print(*ResidenceProof.objects.order_by("pk").values_list("pk", flat=True))


if __name__ == "__main__":
    main(sys.argv[1])
