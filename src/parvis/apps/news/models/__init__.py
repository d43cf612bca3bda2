"""News and pages written in the editors' space, dated gatherings, the banner, and CAP alerts."""

from parvis.apps.news.models.alerts import Alert, AlertMessage, Banner
from parvis.apps.news.models.dates import CouncilSession, Event
from parvis.apps.news.models.items import NewsItem, PlainPage, Publishable
