"""Who must approve a message is told, reads every word of it in each language, and lifting one asks first."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action, Role
from parvis.apps.mail.letters import APPROVAL_RENDERER
from parvis.apps.mail.models import Outgoing
from parvis.apps.outreach.rules.content import AGENTS, BASE, SHORT, Words
from parvis.apps.outreach.services import approvals
from parvis.apps.schedules.models import RoadNotice
from parvis.lib.clock import today
from tests.bars import count_of
from tests.factories import SmallTown, make_user
from tests.outreach.conftest import TITLE, Way

In = Callable[[User], Client]
ENGLISH = {(BASE, "en"): Words("No parking", "All night."), (SHORT, "en"): Words("", "No parking tonight")}


def test_each_who_may_approve_is_told_once_by_mail_and_by_a_count_in_the_menu(
    town: SmallTown, write: Way, signed_in: In, run_jobs: Callable[[], int]
) -> None:
    other = make_user("lise.cote", (town.desk, Role.COMMUNICATIONS))
    message = write()
    for _twice in range(2):
        approvals.ask_for_approval(message_id=message.pk, revision=message.revision, by=town.editor)
    letters = Outgoing.objects.filter(renderer=APPROVAL_RENDERER)
    assert sorted(letters.values_list("to", flat=True)) == sorted(
        [other.email, town.communications.email, town.clerk.email]
    )
    run_jobs()
    letter = letters.latest("pk")
    assert TITLE in letter.text and f"/desk/outreach/{message.pk}/approve/" in letter.text
    for user, count in ((other, 1), (town.communications, 1), (town.clerk, 1), (town.editor, 0)):
        assert user.may(Action.APPROVE_MESSAGE) is bool(count)
        assert count_of("outreach", signed_in(user).get("/desk/outreach/").text) == count, user
    approvals.approve(message_id=message.pk, revision=message.revision, by=other)


def test_the_approver_reads_every_word_in_each_language_whatever_the_channels(
    town: SmallTown, write: Way, signed_in: In
) -> None:
    versions = ENGLISH | {(AGENTS, "en"): Words("", "Say it is forbidden."), (AGENTS, "fr"): Words("", "Dites-le.")}
    versions |= {("push", "fr"): Words("", "Ce soir, non.")}
    message = write(versions=versions, english_reason="SAFETY")
    page = signed_in(town.communications).get(f"/desk/outreach/{message.pk}/approve/").text
    whole = page.partition('id="whole-h"')[2].partition('class="previews"')[0]
    for words in ("No parking", "All night.", "No parking tonight", "Say it is forbidden.", "Dites-le.", TITLE):
        assert words in whole, words
    assert 'lang="en-CA"' in whole and "Ce soir, non." in whole


def folded(page: str, action: str) -> str:
    """What a form asks before its button, when the button is folded under a first one; "" when it is not."""
    before, _form, after = page.partition(f'action="{action}"')
    fold = before.rpartition("<details")[2]
    return after.partition("<button")[0] if after and "</details" not in fold and "<summary" in fold else ""


def test_lifting_a_message_asks_first(town: SmallTown, publish: Way, signed_in: In) -> None:
    message = publish()
    page = signed_in(town.editor).get(f"/desk/outreach/{message.pk}/follow/").text
    assert "Est-ce vraiment fini?" in folded(page, f"/desk/outreach/{message.pk}/lift/")


@pytest.mark.parametrize("kind", RoadNotice.Kind.values)
def test_lifting_a_notice_asks_first(town: SmallTown, signed_in: In, kind: str) -> None:
    notice = RoadNotice.objects.create(
        key=kind,
        kind=kind,
        nature_fr="Avis",
        nature_en="Notice",
        owner=town.works,
        first_day=today() - timedelta(days=1),
        last_day=today() + timedelta(days=1),
    )
    asked = folded(signed_in(town.manager).get("/desk/streets/").text, f"/desk/streets/notices/{notice.pk}/lift/")
    assert "apprennent tout de suite" in asked
    assert ("résultats" in asked) is (kind == RoadNotice.Kind.BOIL_WATER)
