"""An answer given can be shown years later, whatever was purged meanwhile."""

from io import StringIO

from django.core.management import call_command
from wagtail.models import Revision

from parvis.apps.content.queries.answers import live_revision
from parvis.apps.intake.models import Contact, Given, Matter
from parvis.lib import clock
from tests.content.makers import publish_answer
from tests.factories import SmallTown, unique


def test_purging_revisions_keeps_those_given_to_someone_and_the_one_published(town: SmallTown) -> None:
    answer = publish_answer(town.shed, town.planning, short_fr="Premiers mots.")
    given_revision = answer.live_revision_id
    now = clock.now()
    contact = Contact.objects.create(key=unique(), channel="phone", agent=town.agent, started_at=now)
    matter = Matter.objects.create(contact=contact, key=unique(), subject=town.shed, outcome="answered", at=now)
    given = Given.objects.create(
        matter=matter, answer=answer, revision_id=given_revision, language="fr", words="Premiers mots.", at=now
    )
    drafted = answer.save_revision()
    answer.short_fr = "Mots publiés."
    published = answer.save_revision()
    published.publish()
    answer.refresh_from_db()
    answer.short_fr = "Brouillon."
    latest = answer.save_revision()

    call_command("purge_revisions", stdout=StringIO())

    left = set(Revision.objects.values_list("pk", flat=True))
    assert left == {given_revision, published.pk, latest.pk}
    assert drafted.pk not in left
    given.refresh_from_db()
    assert given.revision is not None
    assert given.revision.as_object().short_fr == "Premiers mots."
    assert live_revision("cabanon") == published.pk
