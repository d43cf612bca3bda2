"""Template context of every page: the town and the user."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from parvis.apps.cases.queries import incidents
from parvis.apps.content.queries import notices
from parvis.apps.directory.models import User
from parvis.apps.directory.queries import town as the_town
from parvis.apps.directory.rules.permissions import Action, Role
from parvis.apps.identity.web.navigation import STAFF_PAGES, bar_of, home_of
from parvis.apps.identity.web.samples import ROLE_WORDS
from parvis.apps.insight.queries.trials import trial
from parvis.apps.intake.queries import alerts
from parvis.apps.schedules.queries.water import boil_notices_in_force
from parvis.lib.errors import NotFound


def town(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `town` (None before one is loaded), `demo`, `incident_notices`, `boil_notices`.

    On staff pages also `staff_nav` (the screens open to the user, and menus of them), `staff_home`, `incidents_now`,
    `desk_notices`, `incidents_mark` (for polling), the alerts, `service_trial` (or None), `who_detail` (roles)
    and `who_links`.
    """
    variables: dict[str, Any] = {
        "town": SimpleLazyObject(_town_or_none),
        "demo": settings.PARVIS_DEMO,
        "incident_notices": SimpleLazyObject(notices.notices_in_force),
        "boil_notices": SimpleLazyObject(boil_notices_in_force),
    }
    user = getattr(request, "user", None) if request.path_info.startswith(STAFF_PAGES) else None
    if isinstance(user, User):  # reads the session, which public pages avoid
        variables |= {
            "staff_nav": bar_of(user, request.path_info),
            "staff_home": home_of(user),
            "incidents_now": SimpleLazyObject(incidents.all_shown),
            "desk_notices": SimpleLazyObject(incidents.desk_notices),
            **_alerts(user),
            "incidents_mark": SimpleLazyObject(incidents.mark),
            "service_trial": trial(),
            "who_detail": ", ".join(str(ROLE_WORDS[role]) for role in Role if role in user.roles),
            "who_links": [{"url": reverse("mfa_index"), "label": _("Password and codes"), "icon": "key-round"}],
        }
    return variables


def _alerts(user: User) -> dict[str, Any]:
    """The untaken alerts shown to the user, and the URL to poll for changes."""
    if not (user.may(Action.HANDLE_ALERT) or user.may(Action.TAKE_CONTACT)):
        return {}
    waiting = SimpleLazyObject(lambda: alerts.untaken(user))
    mark = SimpleLazyObject(lambda: alerts.mark(alerts.untaken(user)))
    return {
        "alerts_now": waiting,
        "alerts_mark": mark,
        "alerts_url": reverse("desk:alert_changes"),
        "alerts_answered": user.may(Action.TAKE_CONTACT),
    }


def _town_or_none() -> Any:
    try:
        return the_town()
    except NotFound:
        return None
