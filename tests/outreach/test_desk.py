"""The composer, the approval and the page that follows a message, at the desk. OUTREACH 12: 1 to 7, 10, 40."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from parvis.apps.directory.models import User
from parvis.apps.news.models import NewsItem
from parvis.apps.outreach.models import Message, Template
from parvis.apps.social.models import Account
from parvis.lib.clock import now
from parvis.operations.fake_services.facebook import Networks
from tests.confirming import confirm
from tests.factories import SmallTown, unique
from tests.outreach.conftest import SHORT_TEXT, TEXT, TITLE, Way

pytestmark = pytest.mark.django_db
In = Callable[[User], Client]
EVERYWHERE = ["site", "banner", "cap", "panels", "push", "letters", "texts", "facebook", "mastodon"]


def typed(message: Message, **values: Any) -> dict[str, Any]:
    ends = timezone.localtime(now() + timedelta(hours=12))
    form: dict[str, Any] = {
        "title_fr": TITLE,
        "text_fr": TEXT,
        "short_fr": SHORT_TEXT,
        "expires": f"{ends:%Y-%m-%dT%H:%M}",
    }
    form |= {"revision": message.revision, "kind": "parking", "urgency": "normal", "channels": EVERYWHERE}
    return form | values


def started(client: Client) -> Message:
    client.post("/desk/outreach/new/", {"key": unique()})
    return Message.objects.latest("pk")


def test_01_nine_channels_are_painted_with_their_counters_while_one_types(town: SmallTown, signed_in: In) -> None:
    client = signed_in(town.editor)
    message = started(client)
    page = client.post(f"/desk/outreach/{message.pk}/draft", typed(message)).content.decode()
    assert [slug for slug in EVERYWHERE if f'id="pv-{slug}"' not in page] == []
    assert f"{len(SHORT_TEXT)} of 90" in page or f"{len(SHORT_TEXT)} sur 90" in page
    assert "63206" in page and TITLE in page
    message.refresh_from_db()
    assert f'value="{message.revision}" id="id_revision"' in page
    again = client.get(f"/desk/outreach/{message.pk}/").content.decode()  # another browser, after the first one died
    assert TITLE in again and SHORT_TEXT in again


def test_03_what_is_too_long_is_refused_with_a_proposal_and_nothing_is_cut(town: SmallTown, signed_in: In) -> None:
    client = signed_in(town.editor)
    message = started(client)
    long = "Stationnement interdit dans la rue cette nuit au chemin du Fleuve, au chemin du Quai et rue des Îles."
    response = client.post(f"/desk/outreach/{message.pk}/", typed(message, short_fr=long, do="ask"))
    assert response.status_code == 422
    assert long in response.content.decode() and "id_short_fr" in response.content.decode()
    message.refresh_from_db()
    assert message.state == Message.State.DRAFT


def test_05_the_second_of_two_editors_sees_both_texts(town: SmallTown, signed_in: In, write: Way) -> None:
    message = write()
    signed_in(town.communications).post(f"/desk/outreach/{message.pk}/", typed(message, text_fr="Texte du premier."))
    response = signed_in(town.editor).post(f"/desk/outreach/{message.pk}/", typed(message, text_fr="Texte du second."))
    page = response.content.decode()
    assert response.status_code == 409
    assert "Texte du premier." in page and "Texte du second." in page


def test_06_one_writes_another_approves_and_each_channel_has_its_line(
    town: SmallTown, signed_in: In, run_jobs: Callable[[], int]
) -> None:
    editor, manager, agent = signed_in(town.editor), signed_in(town.communications), signed_in(town.agent)
    message = started(editor)
    channels = ["site", "banner", "panels", "push"]
    editor.post(f"/desk/outreach/{message.pk}/", typed(message, channels=channels, do="ask"))
    message.refresh_from_db()
    answer = {"revision": message.revision, "do": "approve"}
    assert editor.post(f"/desk/outreach/{message.pk}/approve/", answer).status_code == 403
    assert agent.post(f"/desk/outreach/{message.pk}/approve/", answer).status_code == 403
    assert TITLE in manager.get("/desk/outreach/").content.decode()
    assert manager.post(f"/desk/outreach/{message.pk}/approve/", answer).status_code == 302
    run_jobs()
    seen = agent.get(f"/desk/outreach/{message.pk}/follow/").content.decode()
    assert seen.count('id="delivery-') == len(channels) + 2 and TEXT in seen  # the desk, and CAP with the banner
    assert "/withdraw/" not in seen and agent.post(f"/desk/outreach/{message.pk}/lift/").status_code == 403
    mark = seen.partition("?mark=")[2].partition('"')[0]
    assert agent.get(f"/desk/outreach/{message.pk}/follow/?mark={mark}").status_code == 204
    manager.post(f"/desk/outreach/{message.pk}/withdraw/", {"words": ""})
    message.refresh_from_db()
    assert message.is_out  # a reason is asked
    editor.post(f"/desk/outreach/{message.pk}/lift/")
    run_jobs()
    message.refresh_from_db()
    assert message.state == Message.State.ENDED


@pytest.mark.parametrize("local", ["2027-03-14T02:30", "demain"])
def test_07_an_hour_that_does_not_exist_is_refused(town: SmallTown, signed_in: In, local: str) -> None:
    client = signed_in(town.editor)
    message = started(client)
    assert client.post(f"/desk/outreach/{message.pk}/", typed(message, starts=local)).status_code == 422


def test_40_the_reasons_for_english_are_exported(town: SmallTown, signed_in: In, run_jobs: Callable[[], int]) -> None:
    editor = signed_in(town.editor)
    message = started(editor)
    english = {"title_en": "No parking", "text_en": "No car.", "channels": ["site"], "do": "ask"}
    refused = editor.post(f"/desk/outreach/{message.pk}/", typed(message, **english))
    assert refused.status_code == 422
    message.refresh_from_db()
    editor.post(f"/desk/outreach/{message.pk}/", typed(message, english_reason="newcomer", **english))
    message.refresh_from_db()
    answer = {"revision": message.revision, "do": "approve"}
    signed_in(town.communications).post(f"/desk/outreach/{message.pk}/approve/", answer)
    run_jobs()
    table = confirm(editor).get("/desk/outreach/english.csv").content.decode()
    assert TITLE in table and "newcomer" in table


def test_a_template_is_kept_used_removed_and_put_back(town: SmallTown, signed_in: In) -> None:
    editor = signed_in(town.editor)
    message = started(editor)
    editor.post(f"/desk/outreach/{message.pk}/", typed(message, do="template"))
    template = Template.objects.get()
    editor.post("/desk/outreach/new/", {"key": unique(), "template": template.pk})
    assert Message.objects.latest("pk").title == TITLE
    editor.post(f"/desk/outreach/templates/{template.pk}/delete/")
    assert TITLE not in editor.get("/desk/outreach/new/").content.decode()
    editor.post(f"/desk/outreach/templates/{template.pk}/restore/")
    assert TITLE in editor.get("/desk/outreach/new/").content.decode()
    assert editor.get("/desk/outreach/calendar/").status_code == 200


def test_20_a_picture_goes_to_the_news_and_the_networks_with_what_it_shows(
    town: SmallTown,
    page: Account,
    networks: Networks,
    signed_in: In,
    run_jobs: Callable[[], int],
    settings: Any,
    tmp_path: Path,
) -> None:
    settings.MEDIA_ROOT = tmp_path
    editor, manager = signed_in(town.editor), signed_in(town.communications)
    message, channels = started(editor), ["site", "facebook"]
    address = f"/desk/outreach/{message.pk}/"
    bad = SimpleUploadedFile("rue.png", b"not a picture")
    assert editor.post(address, typed(message, channels=channels, picture=bad)).status_code == 422
    data = BytesIO()
    Image.new("RGB", (640, 480), "navy").save(data, "PNG")
    photo = SimpleUploadedFile("rue.png", data.getvalue())
    refused = editor.post(address, typed(message, channels=channels, do="ask", picture=photo))
    assert refused.status_code == 422 and 'id="id_image_fr"' in refused.content.decode()
    assert editor.get(f"{address}picture/?small")["Content-Type"] == "image/jpeg"
    message.refresh_from_db()
    shows = "Une niveleuse, rue du Quai"
    editor.post(f"{address}draft", typed(message, channels=channels, image_fr=shows))  # the picture stays
    message.refresh_from_db()
    editor.post(address, typed(message, channels=channels, image_fr=shows, do="ask"))
    message.refresh_from_db()
    manager.post(f"{address}approve/", {"revision": message.revision, "do": "approve"})
    run_jobs()
    item = NewsItem.objects.get()
    assert item.image and item.image.width == 640 and item.image_description_fr == shows
    assert f'alt="{shows}"' in Client().get(f"/nouvelles/{item.pk}/").content.decode()
    (there,) = networks.of("photo")
    assert there.image > 100 and there.image_text == shows
    message.refresh_from_db()
    editor.post(address, typed(message, channels=channels, image_fr=shows, no_picture="on", do="correct"))
    run_jobs()
    item.refresh_from_db()
    assert item.image is None
