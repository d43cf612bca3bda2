"""News items published by a message, and what every publication records."""

import io
from collections.abc import Sequence
from datetime import datetime

from django.core.files.images import ImageFile
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from wagtail.images.models import Image

from parvis.apps.catalogue.models import Subject
from parvis.apps.files.models import Attachment
from parvis.apps.news.models import NewsItem, Publishable
from parvis.apps.news.queries.snapshot import site
from parvis.apps.news.rules.plain_text import paragraphs, shortened
from parvis.apps.news.services.checks import refuse_past, refuse_unknown_area
from parvis.apps.places.models import Sector, Street
from parvis.lib import clock
from parvis.lib.errors import Invalid
from parvis.lib.words import printable


@transaction.atomic
def publish_item(
    *,
    key: str,
    title_fr: str,
    text_fr: str,
    title_en: str = "",
    text_en: str = "",
    subject_id: int | None = None,
    sectors: Sequence[int] = (),
    streets: Sequence[int] = (),
    expires_at: datetime | None = None,
    picture_id: int | None = None,
    picture_fr: str = "",
    picture_en: str = "",
) -> int:
    """Publishes a news item at once, and returns its id. Texts are plain, blank lines between paragraphs.

    A key already known corrects that item: its id and permanent id stay, `updated_at` moves, and one that was withdrawn
    is shown again. `picture_id` is a stored photo (`files.Attachment`), of which the site keeps a copy; `picture_fr`
    and `picture_en` say what it shows. Invalid for an end that has passed, an area that does not exist, or a picture
    that nothing describes.
    """
    refuse_past(expires_at)
    refuse_unknown_area(sectors, streets)
    item = NewsItem.objects.select_for_update().filter(key=key).first() or NewsItem(key=key, live=False)
    title_fr, text_fr, title_en, text_en = map(printable, (title_fr, text_fr, title_en, text_en))
    item.title_fr, item.title_en = title_fr, title_en
    item.summary_fr, item.summary_en = _first_lines(text_fr), _first_lines(text_en)
    item.body_fr, item.body_en = paragraphs(text_fr), paragraphs(text_en)
    item.subject = Subject.objects.filter(pk=subject_id).first() if subject_id else None
    item.image, item.image_description_fr = _copy_of(picture_id), picture_fr[:250]
    item.image_description_en = picture_en[:250]
    if wrong := item.description_errors():
        raise Invalid.in_field("picture_fr", next(iter(wrong.values())))
    item.go_live_at, item.expire_at, item.expired = None, expires_at, False
    if item.pk is None:
        item.save()
    item.sectors.set(Sector.objects.filter(pk__in=sectors))
    item.streets.set(Street.objects.filter(pk__in=streets))
    item.save_revision(clean=False).publish()
    note_publication(item=item, published=True)
    return int(item.pk)


def _copy_of(picture_id: int | None) -> Image | None:
    """The site's copy of a stored photo, made the first time; None for none, or one that may not be opened."""
    photo = Attachment.objects.filter(pk=picture_id).first() if picture_id else None
    if photo is None or not photo.is_served:
        return None
    title = f"photo {photo.key}"
    if known := Image.objects.filter(title=title).first():
        return known
    with storages["received"].open(photo.served) as stored:
        return Image.objects.create(title=title, file=ImageFile(io.BytesIO(stored.read()), f"{photo.key}.jpg"))


def _first_lines(text: str) -> str:
    return shortened(text.strip().partition("\n\n")[0])


@transaction.atomic
def withdraw_item(*, key: str) -> None:
    """Takes back the item that a message published: its page answers that it is gone. Nothing when there is none."""
    item = NewsItem.objects.select_for_update().filter(key=key, live=True).first()
    if item is not None:
        item.unpublish()
        note_publication(item=item, published=False)


@transaction.atomic
def note_publication(*, item: Publishable, published: bool) -> None:
    """Records that something was published, corrected or withdrawn just now, and shows it in this process at once.

    Called whenever the editors' space publishes or withdraws, by its screens or by the schedule.
    """
    moment = clock.now()
    rows = type(item).objects.filter(pk=item.pk)
    if published:
        rows.update(published_at=Coalesce(F("published_at"), moment), updated_at=moment)
    else:
        rows.update(updated_at=moment)
    site.forget()
    transaction.on_commit(site.forget)
