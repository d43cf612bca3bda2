"""The banner of the site."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from parvis.apps.news.models import Banner
from parvis.apps.news.queries.snapshot import site
from parvis.apps.news.services.checks import refuse_past, refuse_unknown_area
from parvis.lib import clock


@transaction.atomic
def show_banner(
    *,
    key: str,
    title_fr: str,
    text_fr: str,
    title_en: str = "",
    text_en: str = "",
    level: str = Banner.Level.INFO,
    url: str = "",
    sectors: Sequence[int] = (),
    streets: Sequence[int] = (),
    expires_at: datetime,
) -> None:
    """Shows a message on every public page until `expires_at`; a key already known corrects what it shows.

    Pages show it a second later at most (`queries.snapshot`). Invalid for an end that has passed, or an area that does
    not exist.
    """
    refuse_past(expires_at)
    refuse_unknown_area(sectors, streets)
    moment = clock.now()
    values = {
        "title_fr": title_fr,
        "title_en": title_en,
        "text_fr": text_fr,
        "text_en": text_en,
        "level": Banner.Level(level),
        "url": url,
        "changed_at": moment,
        "expires_at": expires_at,
        "hidden_at": None,
    }
    banner, _made = Banner.objects.update_or_create(
        key=key, defaults=values, create_defaults={**values, "shown_at": moment}
    )
    banner.sectors.set(sectors)
    banner.streets.set(streets)
    _shown_everywhere()


@transaction.atomic
def hide_banner(*, key: str) -> None:
    """Takes the message off every page. Nothing when it is not shown."""
    moment = clock.now()
    Banner.objects.filter(key=key, hidden_at=None).update(hidden_at=moment, changed_at=moment)
    _shown_everywhere()


def _shown_everywhere() -> None:
    site.forget()
    transaction.on_commit(site.forget)
