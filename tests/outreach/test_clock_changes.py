"""A message scheduled on the two days when the clocks change. OUTREACH 12: 7."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.outreach.models import Message
from parvis.apps.outreach.services import scheduled
from parvis.lib.clock import at
from tests.factories import SmallTown, unique
from tests.outreach.conftest import SHORT_TEXT, TEXT, TITLE

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("eve", "starts", "goes", "ends", "over"),
    [
        # In autumn 1:30 is shown twice: it begins at the first, and an end is kept until the last.
        ("2026-10-31T12:00Z", "2026-11-01T01:30", "2026-11-01T05:30Z", "2026-11-01T01:45", "2026-11-01T06:45Z"),
        ("2026-10-31T12:00Z", "2026-11-01T02:30", "2026-11-01T07:30Z", "2026-11-01T23:00", "2026-11-02T04:00Z"),
        # In spring 2:00 becomes 3:00: half past three comes half an hour after half past one.
        ("2027-03-13T12:00Z", "2027-03-14T01:30", "2027-03-14T06:30Z", "2027-03-14T03:30", "2027-03-14T07:30Z"),
        ("2027-03-13T12:00Z", "2027-03-14T03:30", "2027-03-14T07:30Z", "2027-03-14T23:00", "2027-03-15T03:00Z"),
    ],
)
def test_07_a_message_begins_and_ends_at_the_hours_of_the_town_when_the_clocks_change(
    eve: str, starts: str, goes: str, ends: str, over: str, town: SmallTown, settings: Settings
) -> None:
    settings.PARVIS_NOW = eve
    editor, manager = Client(), Client()
    editor.force_login(town.editor)
    manager.force_login(town.communications)
    editor.post("/desk/outreach/new/", {"key": unique()})
    message = Message.objects.latest("pk")
    form = {"title_fr": TITLE, "text_fr": TEXT, "short_fr": SHORT_TEXT, "revision": message.revision, "kind": "parking"}
    form |= {"urgency": "normal", "channels": ["site"], "starts": starts, "expires": ends, "do": "ask"}
    assert editor.post(f"/desk/outreach/{message.pk}/", form).status_code == 302
    message.refresh_from_db()
    manager.post(f"/desk/outreach/{message.pk}/approve/", {"revision": message.revision, "do": "approve"})
    begins, finishes, minute = datetime.fromisoformat(goes), datetime.fromisoformat(over), timedelta(minutes=1)
    with at(begins - minute):
        assert scheduled.start_due() == 0
    with at(begins):
        assert scheduled.start_due() == 1
    with at(finishes - minute):
        assert scheduled.end_lapsed() == 0
    with at(finishes):
        assert scheduled.end_lapsed() == 1
    follow = manager.get(f"/desk/outreach/{message.pk}/follow/").content.decode()
    assert TITLE in follow
