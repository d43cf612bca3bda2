"""The alerts in force: their page, whether they touch an address, and their CAP 1.2 messages."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from parvis.apps.directory.queries import town
from parvis.apps.news.models import AlertMessage
from parvis.apps.news.queries.alerts import cap_messages, message_of
from parvis.apps.news.queries.banners import Verdict
from parvis.apps.places.models import Address
from parvis.apps.places.queries import addresses
from parvis.lib.i18n.localized import localized
from parvis.lib.limits import client_address, within_here
from parvis.surfaces.public.alert_band import BandAlert, alerts_in_force, lifted_today
from parvis.surfaces.public.answers.screen import language
from parvis.surfaces.public.http_cache import of_the_moment, page
from parvis.surfaces.public.news import screen
from parvis.ui.views import or_404

CAP = "application/cap+xml"
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
LONGEST, MOST = 120, 6
LOOKED_UP, A_MINUTE, TOO_MANY = 300, 60, 429


@dataclass(frozen=True)
class Checked:
    """Whether one alert touches the address."""

    alert: BandAlert
    verdict: Verdict


@of_the_moment
def alerts(request: HttpRequest) -> HttpResponseBase:
    """The alerts in force; `?adresse=` says whether each touches it. `?extrait=1`: only that answer, for the band."""
    typed = request.GET.get("adresse", "").strip()[:LONGEST]
    answer = _answer(request, typed) if "adresse" in request.GET else {}
    status = TOO_MANY if answer.get("too_many") else 200
    if request.GET.get("extrait"):
        return render(request, "public/parts/alert_verdict.html", {"check": answer}, status=status)
    context = screen.common(
        request, _("What is happening now"), alerts=alerts_in_force(), lifted=lifted_today(), check=answer
    )
    return page(request, "public/news/alerts.html", context, status=status)


def _answer(request: HttpRequest, typed: str) -> dict[str, Any]:
    if not typed:
        return {"empty": True}
    if not within_here("places", client_address(request), times=LOOKED_UP, seconds=A_MINUTE):
        return {"too_many": True, "typed": typed}
    exact = addresses.exact(typed)
    found = [] if exact else addresses.complete(typed, limit=MOST)
    address = exact or (found[0] if len(found) == 1 else None)
    if address is None:
        again = reverse("public:alerts")
        choices = [(each.label, f"{again}?{urlencode({'adresse': each.label})}") for each in found]
        return {"typed": typed, "choices": choices}
    return {"typed": typed, "address": address.label, "checked": _checked(address)}


def _checked(address: Address) -> list[Checked]:
    known = addresses.by_id(address.pk) or address  # with its street and its sector
    return [Checked(alert, alert.touches(known)) for alert in alerts_in_force()]


class _CapFeed(Atom1Feed):
    """Atom whose entries lead to CAP messages."""

    def latest_post_date(self) -> datetime:
        return super().latest_post_date() if self.items else EPOCH

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("link", "", {"rel": "enclosure", "type": CAP, "href": item["link"]})


@screen.feed
def cap_feed(request: HttpRequest) -> HttpResponse:
    """The last CAP message of each alert until it lapses, as an Atom feed."""
    messages = cap_messages()
    name = localized(town(), "name")
    feed = _CapFeed(
        title=_("Alerts, %(town)s") % {"town": name},
        link=settings.PARVIS_URL + reverse("public:alerts"),
        description=_("The alerts in force, as CAP 1.2 messages."),
        language=f"{language()}-CA",
        feed_url=settings.PARVIS_URL + reverse("public:cap_feed"),
        author_name=name,
    )
    for message in messages:
        feed.add_item(
            title=_heading(message),
            link=settings.PARVIS_URL + reverse("public:cap_message", args=[message.identifier]),
            description=localized_description(message),
            unique_id=message.identifier,
            unique_id_is_permalink=False,
            pubdate=message.sent_at.astimezone(UTC),
            updateddate=message.sent_at.astimezone(UTC),
            categories=(message.kind,),
        )
    response = HttpResponse(feed.writeString("utf-8"), content_type=feed.content_type)
    return screen.bounded(response, [message.expires_at for message in messages])


def _heading(message: AlertMessage) -> str:
    words = _("Cancelled: %(title)s") if message.kind == AlertMessage.Kind.CANCEL else "%(title)s"
    title = words % {"title": message.headline}
    return _("Exercise: %(title)s") % {"title": title} if message.content["exercise"] else title


def localized_description(message: AlertMessage) -> str:
    """What the alert says, in the language of the page; in French when there is no English."""
    english = message.content["description_en"] if language() == "en" else ""
    return english or str(message.content["description_fr"])


@screen.feed
def cap_message(_request: HttpRequest, identifier: str) -> HttpResponse:
    """One CAP message as it was published; it stays, since others refer to it."""
    message = or_404(message_of(identifier))
    response = HttpResponse(message.xml, content_type=f"{CAP}; charset=utf-8")
    return screen.bounded(response, [])
