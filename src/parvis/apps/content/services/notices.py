"""What only the agents say, before the public reads it elsewhere."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from parvis.apps.catalogue.models import Subject
from parvis.apps.content.models import Notice
from parvis.apps.content.queries import notices
from parvis.apps.places.models import Sector, Street
from parvis.lib.clock import now


@transaction.atomic
def say_at_desk(
    *,
    notice_id: int | None,
    key: str = "",
    title_fr: str,
    title_en: str,
    say_fr: str,
    say_en: str,
    place_fr: str = "",
    place_en: str = "",
    street: Street | None = None,
    sector: Sector | None = None,
    subject: Subject | None = None,
    streets: Sequence[int] = (),
    sectors: Sequence[int] = (),
    level: str = Notice.Level.INFO,
    topic: str = "",
    public_at: datetime | None = None,
    is_published: bool = False,
    until: datetime | None = None,
) -> Notice:
    """Shows words at the desk until `until`; `notice_id` corrects those shown already, None shows new ones. `key`
    begins the keys of what the same message shows elsewhere.

    An empty English text is replaced by the French one. `public_at`: when the public reads it, None for now. With
    `is_published`, it leads the answers on its subject and its topic, for everyone; `streets` and `sectors` (ids) are
    all that it concerns, the whole town when there are none.
    """
    moment = now()
    notice = Notice.objects.filter(pk=notice_id).first() if notice_id else None
    notice = notice or Notice(since=moment, desk_only=True)
    notice.title_fr, notice.title_en = title_fr[:160], (title_en or title_fr)[:160]
    notice.say_fr, notice.say_en = say_fr, say_en or say_fr
    notice.place_fr, notice.place_en = place_fr[:160], (place_en or place_fr)[:160]
    notice.street, notice.sector, notice.subject = street, sector, subject
    notice.public_at, notice.until, notice.changed_at, notice.lifted_at = public_at, until, moment, None
    notice.key, notice.level, notice.topic = key, level, topic
    notice.published_at = (notice.published_at or moment) if is_published else None
    notice.save()
    notice.streets.set(streets)
    notice.sectors.set(sectors)
    transaction.on_commit(notices.forget)
    return notice


@transaction.atomic
def stop_saying(*, notice_id: int) -> None:
    """Stops showing words at the desk. Twice changes nothing."""
    moment = now()
    rows = Notice.objects.filter(pk=notice_id, desk_only=True, lifted_at=None)
    rows.update(lifted_at=moment, changed_at=moment)
    transaction.on_commit(notices.forget)
