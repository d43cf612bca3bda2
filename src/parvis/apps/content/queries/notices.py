"""The notices in force, shown before every answer, matched by words and by place."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import prefetch_related_objects
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.content.models import Notice
from parvis.apps.places.models import Address
from parvis.apps.schedules.queries.provenance import zone
from parvis.apps.schedules.queries.works import where_words
from parvis.apps.schedules.rules.affected_area import Place, Touch
from parvis.lib import quebec
from parvis.lib.clock import now
from parvis.lib.i18n.languages import clean
from parvis.lib.ttl_cache import TtlCache
from parvis.lib.words import find_phrase


def _not_lifted() -> tuple[Notice, ...]:
    rows = Notice.objects.filter(lifted_at=None).select_related("subject", "street", "sector").order_by("-pk")
    found = tuple(rows)
    prefetch_related_objects([row for row in found if row.key], "streets", "sectors")  # of messages only
    return found


_cache = TtlCache(_not_lifted)


def in_force() -> tuple[Notice, ...]:
    """The public notices not lifted, newest first, at most a second old; at most one query a second."""
    return tuple(notice for notice in _cache() if not notice.desk_only)


def public_notices() -> list[Notice]:
    """What everyone is told: the notices of incidents, and those of the messages that are published, newest first."""
    moment = now()
    return [notice for notice in _cache() if notice.is_public(moment)]


def desk_notices() -> list["NoticeView"]:
    """The notices that only the agents say, newest first, in the active language; one whose end passed is left out."""
    moment = now()
    return [notice_view(row) for row in _cache() if row.desk_only and not (row.until and row.until <= moment)]


def forget() -> None:
    """Clear the cache, so that the next call reads the database."""
    _cache.forget()


@dataclass(frozen=True)
class NoticeView:
    """One notice in the active language. `until` is the expected end in words; `overdue`: it passed without news.

    `place` is empty for the whole town; `news` is the latest update and `news_at` its time; `news_french`: it exists in
    French only, which English readers are told. `public_at`: when the public will read it, None once it does.
    """

    pk: int
    title: str
    place: str
    say: str
    news: str
    news_at: datetime | None
    news_french: bool
    until: str
    overdue: bool
    public_at: datetime | None = None


def notice_view(notice: Notice) -> NoticeView:
    """A notice for a reader, at this moment. No query."""
    return NoticeView(
        pk=notice.pk,
        title=notice.title,
        place=where_words(notice) if notice.place_fr else "",
        say=notice.say,
        news=notice.news,
        news_at=notice.news_at,
        news_french=bool(notice.news_fr) and not notice.news_en and clean(get_language()) == "en",
        until=end_words(notice),
        overdue=notice.until is not None and notice.until < now(),
        public_at=notice.public_at if notice.public_at and notice.public_at > now() else None,
    )


def end_words(notice: Notice, lang: str | None = None) -> str:
    """The expected end in words, never a past moment. In the active language when none is given."""
    if notice.until is None:
        return _("End not known yet.")
    if notice.until < now():
        return _("The end that was expected has passed: the new one is not known yet.")
    code = clean(lang or get_language())
    moment = quebec.moment(notice.until, code, zone(), year=False)
    return _("Expected end: %(when)s") % {"when": moment}


def notices_in_force() -> list[NoticeView]:
    """Every notice in force in the active language, for the head of a page."""
    return [notice_view(notice) for notice in in_force()]


def mark() -> tuple[object, ...]:
    """A value that changes whenever `notices_in_force` does, for HTTP caching."""
    moment = now()
    return tuple((each.pk, each.changed_at, each.until is not None and each.until < moment) for each in in_force())


def desk_mark() -> tuple[object, ...]:
    """A value that changes whenever `desk_notices` does."""
    return tuple((view.pk, view.title, view.say, view.public_at) for view in desk_notices())


def about(notice: Notice, text: str, slugs: Iterable[str], address: Address | None) -> bool:
    """Whether a message, the subjects it may be about, or an address concern this notice.

    Callers' words, the title or the subject suffice, unless the address is known and outside the area. An address
    inside its street or sector suffices by itself. `address.street` should be loaded.
    """
    area = notice.area
    if area is not None and address is not None:
        touch = area.touch(Place(address.street_id, address.civic, address.sector_id, address.point))
        if touch != Touch.MAYBE:
            return touch == Touch.YES
    if notice.subject is not None and notice.subject.slug in slugs:
        return True
    return bool(find_phrase(text, [*notice.heard, notice.title_fr, notice.title_en]))
