"""Fills a fresh house with what a measurement needs, and writes it as one JSON object: `python -m bench.prepare N`.

People with an e-mail address, contacts in progress of each answering agent, and how each subject may be asked.
"""

import json
import sys
from collections import Counter
from typing import Any

import django

django.setup()

from django.db import transaction  # noqa: E402

from parvis.apps.catalogue.models import Question, Subject  # noqa: E402
from parvis.apps.directory.models import Actor, User  # noqa: E402
from parvis.apps.directory.rules.permissions import Action, Role  # noqa: E402, Role
from parvis.apps.intake.channels import Arrival  # noqa: E402
from parvis.apps.intake.services.contacts import receive  # noqa: E402
from parvis.apps.places.models import Address  # noqa: E402
from parvis.apps.residents.services.people import register_person  # noqa: E402

PEOPLE = 200
VALUES = {"number": "3", "yesno": "yes", "date": "2026-11-20"}


def reply(question: Question) -> str:
    """A value that fits the question."""
    if question.kind == Question.Kind.CHOICE:
        return str(question.choices[0]["value"])
    return VALUES.get(question.kind, "devant la maison, depuis ce matin")


def subject(row: Subject) -> dict[str, Any]:
    """How a case of this subject is asked: the fields of the form that depend on it."""
    return {
        "slug": row.slug,
        "nature": row.nature,
        "title": row.title_fr,
        "asks": {question.key: reply(question) for question in row.questions.all()},
    }


@transaction.atomic
def fill(contacts: int) -> dict[str, Any]:
    """Registers the people and begins `contacts` contacts, shared out among the agents."""
    agents = [user for user in User.objects.filter(sample=True).order_by("pk") if user.may(Action.TAKE_CONTACT)]
    people = [
        register_person(
            name=f"Camille Essai{rank}",
            phone=f"450 555-{rank:04d}",
            email=f"essai{rank}@exemple.test",
            language="fr",
            audience="resident",
            address=None,
            address_text="",
            by=Actor.staff(agents[0]),
        ).pk
        for rank in range(PEOPLE)
    ]
    begun: dict[str, list[int]] = {user.username: [] for user in agents}
    for rank in range(contacts):
        agent = agents[rank % len(agents)]
        begun[agent.username].append(receive(Arrival(channel="phone", key=f"bench-{rank}", by=Actor.staff(agent))).pk)
    readers = [user for user in User.objects.order_by("pk") if Role.MANAGER in user.roles and user not in agents]
    subjects = Subject.objects.filter(active=True, routable=True)
    busiest, _count = Counter(subjects.values_list("department__slug", flat=True)).most_common(1)[0]
    return {
        "reader": readers[0].username,
        "queue": busiest,
        "people": people,
        "contacts": begun,
        "addresses": list(Address.objects.order_by("pk").values_list("pk", flat=True)),
        "subjects": [subject(row) for row in subjects],
    }


if __name__ == "__main__":
    print(json.dumps(fill(int(sys.argv[1]))))
