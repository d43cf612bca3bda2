"""Facts and answers for the tests of the knowledge app."""

from datetime import UTC, date, datetime
from typing import Any

from parvis.apps.catalogue.models import Subject
from parvis.apps.content.models import Answer, Fact
from parvis.apps.directory.models import Department

DAY = date(2026, 11, 24)


def make_fact(key: str, owner: Department, **values: Any) -> Fact:
    """A verified amount of 42,50 $ without a time limit, by default."""
    defaults: dict[str, Any] = {
        "label_fr": f"Tarif {key}",
        "label_en": f"Fee {key}",
        "kind": Fact.Kind.MONEY,
        "value": 4250,
        "source_title": "Règlement sur les tarifs",
        "verified_on": date(2026, 1, 12),
        "created_at": datetime(2026, 1, 12, 14, tzinfo=UTC),
    }
    return Fact.objects.create(key=key, owner=owner, **defaults | values)


def draft_answer(subject: Subject, owner: Department, **values: Any) -> Answer:
    """An unsaved answer with a title, a summary, a short text and a review date."""
    defaults: dict[str, Any] = {
        "title_fr": "Cabanon",
        "title_en": "Shed",
        "short_fr": "Il faut un permis.",
        "short_en": "You need a permit.",
        "summary_fr": "Permis de cabanon",
        "summary_en": "Shed permit",
        "review_on": date(2027, 6, 1),
        "live": False,
    }
    return Answer(subject=subject, owner=owner, **defaults | values)


def publish_answer(subject: Subject, owner: Department, **values: Any) -> Answer:
    """The same, saved and published."""
    answer = draft_answer(subject, owner, **values)
    answer.save()
    answer.save_revision(clean=False).publish()
    answer.refresh_from_db()
    return answer
