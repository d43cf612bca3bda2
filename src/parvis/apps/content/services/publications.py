"""Which revision of an answer everybody read, and when."""

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q
from wagtail.models import Revision

from parvis.apps.content.models import Answer, Publication
from parvis.apps.content.queries.facts import day_of
from parvis.apps.content.services.content import bump_edition
from parvis.lib import clock


@transaction.atomic
def note_publication(*, answer: Answer, revision: Revision | None) -> None:
    """The answer is read from this revision on; None: it is not read any more. Every process is told to read again."""
    moment = clock.now()
    Publication.objects.filter(answer=answer, until=None).update(until=moment)
    if revision is not None:
        Publication.objects.create(answer=answer, revision=revision, at=moment)
    bump_edition()


def published_on(slug: str, on: date) -> list[Publication]:
    """The revisions of the answer on a subject that were read during that day, the first one first; one query."""
    first, after = day_of(on)
    rows = Publication.objects.filter(Q(until=None) | Q(until__gt=first), answer__subject__slug=slug, at__lt=after)
    return list(rows.select_related("revision", "answer").order_by("at", "pk"))


def as_published(publication: Publication) -> Any:
    """The answer as that revision holds it; its subject and its owner are those of today."""
    return publication.revision.as_object()
