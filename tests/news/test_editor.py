"""News in the editors' space: draft, review, schedule, preview, pictures, pages (the site of the outreach list)."""

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from io import BytesIO
from typing import Any

import pytest
from django.core.files.images import ImageFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image as Pillow
from wagtail.images.models import Image
from wagtail.models import WorkflowState
from wagtail.test.utils.form_data import nested_form_data, rich_text

from parvis.apps.content.tasks import publish_due
from parvis.apps.directory.models import User
from parvis.apps.news.models import CouncilSession, NewsItem, PlainPage
from tests.factories import SmallTown

SignIn = Callable[[User], Client]
pytestmark = pytest.mark.django_db


def news_form(**values: Any) -> dict[str, Any]:
    texts = {"title_fr": "La place s’allume", "title_en": "", "summary_fr": "Samedi.", "summary_en": ""}
    texts |= {"body_fr": rich_text("<p>Venez.</p>"), "body_en": rich_text(""), "image": "", "subject": ""}
    texts |= {"image_description_fr": "", "image_description_en": "", "go_live_at": "", "expire_at": ""}
    sent: dict[str, Any] = nested_form_data(texts | values)
    return sent


def picture() -> Image:
    content = BytesIO()
    Pillow.new("RGB", (1600, 900), "#0a5663").save(content, "JPEG")
    content.seek(0)
    return Image.objects.create(title="Place", file=ImageFile(content, "place.jpg"))


def test_a_writer_drafts_a_publisher_approves_and_the_public_reads(
    town: SmallTown, signed_in: SignIn, client: Client, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    editor, image = signed_in(town.editor), picture()
    refused = editor.post(reverse("news:add"), news_form(image=image.pk))
    assert "Décrivez l’image" in refused.content.decode() and not NewsItem.objects.exists()
    values = news_form(image=image.pk, image_description_fr="La place, le soir")
    editor.post(reverse("news:add"), values | {"action-submit": "1"})
    item = NewsItem.objects.get()
    assert not item.live and client.get(f"/nouvelles/{item.pk}/").status_code == HTTPStatus.NOT_FOUND
    preview = editor.post(reverse("news:preview_on_edit", args=[item.pk]), values)
    assert preview.json()["is_valid"]
    shown = editor.get(reverse("news:preview_on_edit", args=[item.pk]), {"mode": "fr"}).content.decode()
    assert "La place s’allume" in shown and "public/news" in shown and 'alt="La place, le soir"' in shown
    assert WorkflowState.objects.get().status == WorkflowState.STATUS_IN_PROGRESS
    state = item.current_workflow_task_state
    approve = reverse("news:workflow_action", args=[item.pk, "approve", state.pk])
    signed_in(town.manager).post(approve, {"comment": ""})
    page = client.get(f"/nouvelles/{item.pk}/").content.decode()
    assert "Venez." in page and 'alt="La place, le soir"' in page
    assert '"@type": "NewsArticle"' in page and 'property="og:title" content="La place s’allume"' in page
    source = page.partition('<img src="')[2].partition('"')[0]
    served = client.get(source)
    assert source.startswith("/media/images/") and served.headers["Content-Type"] == "image/webp"
    assert client.get("/media/images/absente.jpg").status_code == HTTPStatus.NOT_FOUND
    assert client.get("/media/original_images/place.jpg").status_code == HTTPStatus.NOT_FOUND


def test_a_schedule_is_kept_and_one_that_has_passed_never_blocks_the_next_save(
    town: SmallTown, signed_in: SignIn, client: Client
) -> None:
    manager, now = signed_in(town.manager), timezone.localtime()
    dates = {
        "go_live_at": f"{now + timedelta(days=1):%Y-%m-%d %H:%M}",
        "expire_at": f"{now + timedelta(days=2):%Y-%m-%d %H:%M}",
    }
    manager.post(reverse("news:add"), news_form(**dates) | {"action-publish": "1"})
    item = NewsItem.objects.get()
    assert not item.live and item.published_at is None
    revision = item.latest_revision
    revision.content = {**revision.content, "go_live_at": (now - timedelta(minutes=1)).isoformat()}
    revision.approved_go_live_at = now - timedelta(minutes=1)
    revision.save()
    publish_due()
    item.refresh_from_db()
    assert item.live and item.published_at is not None
    NewsItem.objects.update(go_live_at=now - timedelta(hours=2), expire_at=now - timedelta(hours=1))
    assert client.get(f"/nouvelles/{item.pk}/").status_code == HTTPStatus.GONE, "before the job has run"
    past = {"go_live_at": (now - timedelta(hours=2)).isoformat(), "expire_at": (now - timedelta(hours=1)).isoformat()}
    revision.content = {**revision.content, **past}
    revision.save()
    publish_due()
    form = manager.get(reverse("news:edit", args=[item.pk]))
    assert not form.context["form"].initial["expire_at"] and not form.context["form"].initial["go_live_at"]
    manager.post(reverse("news:edit", args=[item.pk]), news_form(title_fr="De retour") | {"action-publish": "1"})
    assert "De retour" in client.get(f"/nouvelles/{item.pk}/").content.decode()


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        ({"go_live_at": "demain matin"}, "une date et une heure valides"),
        ({"expire_at": "2020-01-01 10:00"}, "dans le futur"),
        ({"go_live_at": "2031-05-02 10:00", "expire_at": "2031-05-01 10:00"}, "antérieure"),
    ],
)
def test_a_wrong_date_is_told_in_french_and_the_text_is_kept(
    town: SmallTown, signed_in: SignIn, dates: dict[str, str], words: str
) -> None:
    sent = news_form(summary_fr="Un résumé à garder", **dates) | {"action-publish": "1"}
    refused = signed_in(town.manager).post(reverse("news:add"), sent)
    page = refused.content.decode()
    assert refused.status_code == HTTPStatus.OK and not NewsItem.objects.exists()
    assert "Un résumé à garder" in page and "Venez." in page
    assert words in page


def test_a_picture_is_served_in_sizes_with_its_dimensions_once_it_is_near(
    town: SmallTown, signed_in: SignIn, client: Client, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    image = picture()
    values = news_form(image=image.pk, image_description_fr="La place, le soir")
    signed_in(town.manager).post(reverse("news:add"), values | {"action-publish": "1"})
    page = client.get(f"/nouvelles/{NewsItem.objects.get().pk}/").content.decode()
    tag = page[page.index("<img") :]
    tag = tag[: tag.index("decoding")]
    assert 'loading="lazy"' in tag and 'width="1200"' in tag and 'height="675"' in tag and "sizes=" in tag
    sources = [source.split() for source in tag.partition('srcset="')[2].partition('"')[0].split(", ")]
    widths = [int(width.removesuffix("w")) for _url, width in sources]
    assert widths == sorted(widths) and widths[-1] == 1200 and widths[0] < 600
    weights = [len(b"".join(client.get(url).streaming_content)) for url, _width in sources]  # type: ignore[attr-defined]
    assert weights == sorted(weights), "a smaller picture weighs less"


def test_a_standard_page_is_there_and_the_town_may_write_its_own(
    town: SmallTown, signed_in: SignIn, client: Client
) -> None:
    for path in ("/confidentialite/", "/accessibilite/", "/donnees-ouvertes/"):
        page = client.get(path).content.decode()
        assert town.town.name_fr in page and "{town}" not in page
    manager = signed_in(town.manager)
    form = manager.get(reverse("plain_pages:add"), {"slug": "accessibilite"}).content.decode()
    assert "WCAG 2.2" in form
    values = {"slug": "accessibilite", "title_fr": "Accessibilité", "title_en": "", "go_live_at": "", "expire_at": ""}
    values |= {"body_fr": rich_text("<p>Écrit par {town}.</p>"), "body_en": rich_text("")}
    manager.post(reverse("plain_pages:add"), nested_form_data(values) | {"action-publish": "1"})
    assert PlainPage.objects.get().live
    assert f"Écrit par {town.town.name_fr}." in client.get("/accessibilite/").content.decode()
    assert client.get("/pages/inconnue/").status_code == HTTPStatus.NOT_FOUND


def test_a_council_session_has_documents_and_a_calendar(town: SmallTown, signed_in: SignIn, client: Client) -> None:
    manager, starts = signed_in(town.manager), timezone.localtime() + timedelta(days=3)
    texts = {"kind": "ordinary", "title_fr": "Séance ordinaire", "title_en": "", "place_fr": "Hôtel de ville"}
    texts |= {"place_en": "", "body_fr": rich_text(""), "body_en": rich_text(""), "documents_en": "", "ends_at": ""}
    texts |= {"starts_at": f"{starts:%Y-%m-%d %H:%M}", "go_live_at": "", "expire_at": ""}
    wrong = manager.post(reverse("sessions:add"), nested_form_data(texts | {"documents_fr": "Ordre du jour"}))
    assert "n’est pas un lien" in wrong.content.decode()
    texts["documents_fr"] = "Ordre du jour | https://exemple.ca/odj.pdf"
    manager.post(reverse("sessions:add"), nested_form_data(texts) | {"action-publish": "1"})
    session = CouncilSession.objects.get()
    listed = client.get("/seances/").content.decode()
    assert "Ordre du jour" in listed and "https://exemple.ca/odj.pdf" in listed
    page = client.get(f"/seances/{session.pk}/").content.decode()
    assert '"@type": "Event"' in page and "Séance ordinaire" in client.get("/").content.decode()
    for path in (f"/seances/{session.pk}.ics", "/seances/calendrier.ics"):
        file = client.get(path)
        assert file.headers["Content-Type"] == "text/calendar; charset=utf-8"
        assert f"UID:{session.permanent_id}" in file.content.decode()
    assert client.get("/evenements/calendrier.ics").status_code == HTTPStatus.OK
    assert client.get("/travaux/calendrier.ics").status_code == HTTPStatus.OK
    CouncilSession.objects.update(starts_at=starts - timedelta(days=9))
    assert "Passés" in client.get("/seances/").content.decode()
    assert str(session.permanent_id) not in client.get("/seances/calendrier.ics").content.decode()
