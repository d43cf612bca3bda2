"""Publication on the site, each call once for its key: news items, the banner, CAP alerts."""

from parvis.apps.news.services.alerts import cancel_alert, publish_alert
from parvis.apps.news.services.banners import hide_banner, show_banner
from parvis.apps.news.services.items import note_publication, publish_item, withdraw_item
