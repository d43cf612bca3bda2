"""An issue begun from the news of the site."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from parvis.apps.news.services.items import publish_item
from parvis.apps.newsletter.models import Issue
from parvis.lib.clock import at, now
from tests.factories import SmallTown

pytestmark = pytest.mark.django_db
BEGIN = "/desk/newsletter/new/?from=news"


def test_an_issue_begins_from_the_news_since_the_last_one(
    town: SmallTown, issue: Issue, signed_in: Callable[..., Client]
) -> None:
    editor = signed_in(town.editor)
    with at(now() - timedelta(days=3)):
        publish_item(key="old", title_fr="Patinoire fermée", text_fr="Il fait doux.")
    Issue.objects.filter(pk=issue.pk).update(state=Issue.State.SENT, started_at=now() - timedelta(days=2))
    assert "?from=news" in editor.get("/desk/newsletter/new/").content.decode()
    assert "Patinoire fermée" not in editor.get(BEGIN).content.decode()
    new = publish_item(key="new", title_fr="Déneigement ce soir", text_fr="De 23 h à 7 h.", title_en="Snow tonight")
    page = editor.get(BEGIN).content.decode()
    assert 'value="Déneigement ce soir"' in page and 'value="Snow tonight"' in page
    assert "De 23 h à 7 h." in page and f"/nouvelles/{new}/" in page and "Patinoire fermée" not in page
    assert Issue.objects.count() == 1, "nothing is written before it is kept"
