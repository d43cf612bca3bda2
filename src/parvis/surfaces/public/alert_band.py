"""The alerts in force, as one band at the head of every public page: banners, incidents, boil-water advisories."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import partial
from math import inf

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from parvis.apps.content.models import Notice
from parvis.apps.content.queries import notices
from parvis.apps.news.models import Banner
from parvis.apps.news.queries.banners import Verdict, banner_touches, banners_in_force
from parvis.apps.places.models import Address
from parvis.apps.schedules.models import RoadNotice
from parvis.apps.schedules.queries import water
from parvis.apps.schedules.queries.works import NoticeView, local_day, notice_view
from parvis.apps.schedules.rules.affected_area import Place, Stage, Touch
from parvis.lib import quebec
from parvis.lib.i18n.languages import DEFAULT, Lang, clean

GRAVITY = {"danger": 0, "warning": 1, "info": 2}
OVER = "over"  # the level of what was lifted today: it stays until midnight, after every alert in force
WHAT_TO_DO = "que-faire"  # the anchor of what to do, on the page of a boil-water advisory
DANGER = str(Banner.Level.DANGER)
VERDICTS = {Touch.YES: Verdict.YES, Touch.NO: Verdict.NO, Touch.MAYBE: Verdict.UNKNOWN}


@dataclass(frozen=True)
class BandAlert:
    """One alert. `key`: the same in every page. `lang`: the language of its words; `lapses_at`: nothing may show it
    from then on (None: unknown). `page` and `page_words`: where to read it whole, with what to do.
    """

    key: str
    css: str
    level: str
    title: str
    text: str
    detail: str
    url: str
    url_words: str
    since: datetime
    lapses_at: datetime | None
    lang: Lang
    example: bool
    touches: Callable[[Address], Verdict] = field(compare=False)

    @property
    def is_danger(self) -> bool:
        return self.level == DANGER

    @property
    def is_over(self) -> bool:
        return self.level == OVER

    @property
    def page(self) -> str:
        on_its_own_page = self.css in ("boil-now", "boil-over")
        return self.url if on_its_own_page else f"{reverse('public:alerts')}#{self.key}"

    @property
    def page_words(self) -> str:
        return self.url_words if self.page == self.url else _("Read it whole")


@dataclass(frozen=True)
class Band:
    """The alerts, the gravest first; at least one."""

    alerts: tuple[BandAlert, ...]

    @property
    def first(self) -> BandAlert:
        return self.alerts[0]


def band() -> Band | None:
    """The band of this moment; None when nothing is in force. At most the readings of its sources, once a second."""
    alerts = [*alerts_in_force(), *lifted_today()]
    return Band(tuple(alerts)) if alerts else None


def alerts_in_force() -> list[BandAlert]:
    """Every alert in force, the gravest first, then the one that ends soonest; an unknown end comes last."""
    today = local_day(None)
    boil = water.of_stage(water.boil_notices(), Stage.IN_FORCE, today)
    alerts = [
        *(_of_boil(row, notice_view(row, today)) for row in boil),
        *(_of_incident(row) for row in notices.in_force()),
        *(_of_banner(row) for row in banners_in_force()),
    ]
    return sorted(alerts, key=_rank)


def _rank(alert: BandAlert) -> tuple[int, float, float]:
    end = alert.lapses_at.timestamp() if alert.lapses_at else inf
    return GRAVITY[alert.level], end, -alert.since.timestamp()


def lifted_today() -> list[BandAlert]:
    """The advisories lifted today, the last one first: whoever was told to boil must read that it is over."""
    today = local_day(None)
    rows = [row for row in water.of_stage(water.boil_notices(), Stage.LIFTED, today) if row.days.lifted == today]
    return sorted((_of_lifted(row, notice_view(row, today)) for row in rows), key=lambda each: each.since, reverse=True)


def _of_lifted(row: RoadNotice, view: NoticeView) -> BandAlert:
    lifted_at = row.lifted_at or _midnight(view.first_day)
    lang = clean(get_language())
    moment = quebec.moment(lifted_at, lang, timezone.get_current_timezone(), year=False)
    return BandAlert(
        key=f"lifted-{row.pk}",
        css="boil-over",
        level=OVER,
        title=_("Lifted: %(what)s") % {"what": f"{view.title}, {view.place}"},
        text="",
        detail=_("Lifted on %(moment)s.") % {"moment": moment},
        url=reverse("public:work", args=[row.pk]),
        url_words=pgettext("alert", "Read more"),
        since=lifted_at,
        lapses_at=_midnight(local_day(None) + timedelta(days=1)),
        lang=lang,
        example=view.example,
        touches=lambda address: VERDICTS[water.touches(row, address)],
    )


def _of_boil(row: RoadNotice, view: NoticeView) -> BandAlert:
    return BandAlert(
        key=f"works-{row.pk}",
        css="boil-now",
        level=DANGER,
        title=f"{view.title}, {view.place}",
        text=" ".join(view.lines),
        detail=f"{view.when[:1].upper()}{view.when[1:]}.",
        url=f"{reverse('public:work', args=[row.pk])}#{WHAT_TO_DO}",
        url_words=_("What to do, and until when"),
        since=_midnight(view.first_day),
        lapses_at=_midnight(view.last_day + timedelta(days=1)) if view.last_day else None,
        lang=clean(get_language()),
        example=view.example,
        touches=lambda address: VERDICTS[water.touches(row, address)],
    )


def _of_incident(row: Notice) -> BandAlert:
    view = notices.notice_view(row)
    latest = view.news
    if view.news_french:
        latest = format_html('{} <span lang="fr-CA">{}</span>', _("In French only:"), view.news)
    return BandAlert(
        key=f"notice-{row.pk}",
        css="notice-now",
        level=DANGER,
        title=f"{view.title}, {view.place}" if view.place else view.title,
        text=format_html_join(" ", "{}", ((words,) for words in (view.say, latest) if words)),
        detail=view.until,
        url="",
        url_words="",
        since=row.since,
        lapses_at=None,
        lang=clean(get_language()),
        example=False,
        touches=partial(_incident_touches, row),
    )


def _incident_touches(row: Notice, address: Address) -> Verdict:
    place = Place(address.street_id, address.civic, address.sector_id, address.point)
    return VERDICTS[row.area.touch(place)] if row.area else Verdict.YES


def _of_banner(row: Banner) -> BandAlert:
    lang = clean(get_language())
    until = quebec.moment(row.expires_at, lang, timezone.get_current_timezone(), year=False)
    return BandAlert(
        key=f"banner-{row.pk}",
        css="banner-now",
        level=row.level,
        title=row.title,
        text=row.text,
        detail=_("Until %(moment)s.") % {"moment": until},
        url=row.url,
        url_words=pgettext("alert", "Read more"),
        since=row.shown_at,
        lapses_at=row.expires_at,
        lang=lang if row.title_en else DEFAULT,
        example=False,
        touches=partial(banner_touches, row),
    )


def _midnight(day: object) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))  # type: ignore[arg-type]
