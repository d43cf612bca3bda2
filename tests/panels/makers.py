"""Screens and what they tell, as tests need them."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.test import Client

from parvis.apps.directory.models import User
from parvis.apps.panels.models import Screen
from parvis.apps.panels.services.screens import ScreenValues, add_screen
from parvis.lib import clock

NINETY = "Ébouillantez l’eau : à Noël, « œuvre » ambiguë du côté sud, jusqu’à 23 h. Ça ira mieux là."


def make_screen(by: User, **values: Any) -> Screen:
    """A screen of the town, 1920 by 1080 unless said."""
    return add_screen(values=ScreenValues(**{"name": "Hôtel de ville"} | values), by=by)


def at_a_screen(screen: Screen, path: str = "liste", **query: str) -> Any:
    """What the browser of a screen is answered: no cookie, no session."""
    return Client().get(f"/panneau/{screen.secret}/{path}", query)


def ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def tell(screen: Screen, *painted: dict[str, Any], drift: float = 0, **values: Any) -> int:
    """A report of a screen whose clock is ahead by `drift` seconds; the status of the answer."""
    body = {"clock": ms(clock.now() + timedelta(seconds=drift)), "version": "1", "width": 1920, "height": 1080}
    body |= {"shows": None, "painted": painted} | values
    path = f"/panneau/{screen.secret}/etat"
    return Client(enforce_csrf_checks=True).post(path, json.dumps(body), content_type="text/plain").status_code


def proof(key: str, text: str, first: datetime, last: datetime | None = None) -> dict[str, Any]:
    return {"key": key, "text": text, "first": ms(first), "last": ms(last or first)}
