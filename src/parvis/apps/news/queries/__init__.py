"""What the site shows: news, pages, gatherings, the banner, alerts."""

from parvis.apps.news.queries.alerts import cap_messages, message_of
from parvis.apps.news.queries.banners import Verdict, banner_touches, banners_in_force
from parvis.apps.news.queries.dates import (
    event_by_id,
    past_events,
    past_sessions,
    session_by_id,
    upcoming_events,
    upcoming_sessions,
)
from parvis.apps.news.queries.items import (
    item_by_id,
    item_url,
    months,
    page_of,
    plain_page,
    published_items,
    sectors_of_street,
)
from parvis.apps.news.queries.snapshot import mark, newest, next_gatherings
from parvis.apps.news.queries.standard_pages import StandardPage, standard_page
