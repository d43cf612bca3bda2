"""What is under way now: said before every answer while it lasts, recognised by words and by place."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.knowledge.notice_models import Notice
from parvis.apps.places.models import Address
from parvis.apps.schedules.affected_area import Place, Touch
from parvis.apps.schedules.provenance import zone
from parvis.apps.schedules.queries.works import where_words
from parvis.lib import quebec
from parvis.lib.clock import now
from parvis.lib.languages import clean
from parvis.lib.rows import Compiled
from parvis.lib.ttl_cache import TtlCache
from parvis.lib.words import find_phrase

_not_lifted = Compiled(
    lambda: Notice.objects.filter(lifted_at=None).select_related("subject", "street", "sector").order_by("-pk")
)
_kept = TtlCache(_not_lifted)


def in_force() -> tuple[Notice, ...]:
    """Every notice not lifted, the newest first, at most a second old; one query a second at most."""
    return tuple(_kept())


def forget() -> None:
    """The next question reads the database."""
    _kept.forget()


@dataclass(frozen=True)
class NoticeTold:
    """One notice in the active language. `until` is the end expected, in words; `overdue` that it passed without news.

    `place` is empty for the whole town; `news` is the last thing told since, and `news_at` when; `news_french` that it
    was written in French only, which whoever reads English is told.
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


def told(notice: Notice) -> NoticeTold:
    """A notice as it is read now. No query."""
    overdue = notice.until is not None and notice.until < now()
    return NoticeTold(
        pk=notice.pk,
        title=notice.title,
        place=where_words(notice) if notice.place_fr else "",
        say=notice.say,
        news=notice.news,
        news_at=notice.news_at,
        news_french=bool(notice.news_fr) and not notice.news_en and clean(get_language()) == "en",
        until=end_words(notice),
        overdue=overdue,
    )


def end_words(notice: Notice, lang: str | None = None) -> str:
    """When it should end, in words: never a moment that has passed. In the active language when none is given."""
    if notice.until is None:
        return _("End not known yet.")
    if notice.until < now():
        return _("The end that was expected has passed: the new one is not known yet.")
    code = clean(lang or get_language())
    moment = quebec.moment(notice.until, code, zone(), year=False)
    return _("Expected end: %(when)s") % {"when": moment}


def all_told() -> list[NoticeTold]:
    """Every notice in force in the active language, for the head of a page."""
    return [told(notice) for notice in in_force()]


def mark() -> tuple[object, ...]:
    """What changes when what `all_told` gives does; for a page kept by its reader."""
    moment = now()
    return tuple(
        (notice.pk, notice.changed_at, notice.until is not None and notice.until < moment) for notice in in_force()
    )


def about(notice: Notice, text: str, slugs: Iterable[str], address: Address | None) -> bool:
    """Whether words, the subjects that they may be about, or an address tell that notice.

    Words that callers use, its title, its subject: one is enough, unless the address is known and out of its reach. An
    address within its street or sector is enough by itself. `address.street` should be read.
    """
    area = notice.area
    if area is not None and address is not None:
        place = Place(address.street_id, address.civic, address.sector_id, address.point)
        touch = area.touch(place)
        if touch != Touch.MAYBE:
            return touch == Touch.YES
    if notice.subject is not None and notice.subject.slug in slugs:
        return True
    return bool(find_phrase(text, [*notice.heard, notice.title_fr, notice.title_en]))
