"""Template context of every public page: the band of alerts, whether the town is open, the foot."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from parvis.apps.content.rules.help_lines import EMERGENCY, GAS, POISON, SUICIDE
from parvis.apps.privacy.queries import notice_of
from parvis.surfaces.public.alert_band import band
from parvis.surfaces.public.opening import presence_now

HELP_LINES = (EMERGENCY, GAS, POISON, SUICIDE)


def _notice(request: HttpRequest) -> str:
    """The slug of the notice that the form of this page owes; "" without one."""
    match = request.resolver_match
    return notice_of(match.url_name or "") if match and match.namespace == "public" else ""


def site(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `alert_band` (or None) and `open_now` (or None), read only where a page shows them, and the
    `help_lines` open at any hour, the `privacy_notice` of its form.
    """
    return {
        "alert_band": SimpleLazyObject(band),
        "open_now": SimpleLazyObject(presence_now),
        "help_lines": HELP_LINES,
        "privacy_notice": SimpleLazyObject(lambda: _notice(request)),
    }
