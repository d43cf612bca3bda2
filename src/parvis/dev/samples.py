"""Invented people, requests and numbers for the living page."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from parvis.lib import clock

PROMISE = ["past", "past", "wait", "past", "gap", "past", "past", "past", "now", "", "gap", *[""] * 5, "gap", *[""] * 4, "due"]


def context() -> dict[str, Any]:
    """What the templates of the living page show."""
    now = timezone.localtime(clock.now()).replace(second=0, microsecond=0)
    return {
        "now": now,
        "held_since": (now - timedelta(minutes=1, seconds=40)).isoformat(),
        "call_since": (now - timedelta(minutes=3, seconds=12)).isoformat(),
        "decision_at": (now + timedelta(minutes=47)).isoformat(),
        "states": PROMISE,
        "late_states": ["past"] * 5 + ["late", "late"],
        "paused_states": ["past", "past", "wait", "wait", "now", "", ""],
        "mini_states": ["past", "past", "past", "now", ""],
        "facts": facts(),
        "rows": queue(now),
        "nav": [
            {"label": _("Desk"), "url": "../desk/", "icon": "headset", "key": "desk"},
            {"label": _("Requests"), "url": "../queue/", "icon": "inbox", "key": "queue", "count": 6},
            {"label": _("Calls to make"), "url": "../staff/", "icon": "phone-outgoing", "key": "staff", "count": 4},
        ],
        "public_nav": [
            {"label": _("Subjects"), "url": "../home/"},
            {"label": _("Follow a request"), "url": "../follow/"},
            {"label": _("Reach us"), "url": "#reach"},
        ],
        "subjects": subjects(),
        "kinds": kinds(),
    }


def facts() -> list[dict[str, str]]:
    """One fact in each state."""
    return [
        {"label": _("Area, at most"), "value": "15", "unit": "m²", "note": _("By-law 483, article 12"), "state": ""},
        {"label": _("Height, at most"), "value": "3,6", "unit": "m", "state": "sample"},
        {"label": _("From the lot lines"), "value": "0,6", "unit": "m", "state": "sample", "note": _("0 if shared")},
        {
            "label": _("Fee of the permit"),
            "value": "999",
            "state": "lapsed",
            "note": _("expired at the end of 2025"),
            "proof": _("Urban planning confirms it."),
            "url": "#ask",
            "url_label": _("Ask for it"),
        },
    ]


def options() -> list[dict[str, str]]:
    """Proposals of a combobox."""
    return [
        {"label": "2379, chemin de Chambly", "detail": _("Town hall"), "value": "1", "icon": "landmark"},
        {"label": "2480, chemin Bellevue", "detail": _("Sector B"), "value": "2", "icon": "map-pin"},
        {"label": "1458, chemin de Chambly", "detail": _("Sector A"), "value": "3", "icon": "map-pin"},
        {"label": "88, rue Marie-Anne-Ouellet", "value": "4", "icon": "map-pin", "kind": _("Private road")},
    ]


def queue(now: datetime) -> list[dict[str, Any]]:
    """Groups of requests: late, today, later, paused."""
    late = ["past"] * 5 + ["late"]
    return [
        {"title": _("Promise broken"), "hint": _("say the truth, then a new date"), "cases": [
            _case(_("2 days late"), _("Friday, noon"), "late", late, _("Pothole, 40 cm, deep"), "26-0398-C"),
        ]},
        {"title": _("Today"), "hint": "", "cases": [
            _case(_("4:30 p.m."), _("1 h 47 left"), "today", ["past", "now"], _("Stop sign down"), "26-0466-P", taken=False),
            _case(_("6 p.m."), _("3 h 17 left"), "today", ["past", "past", "now"], _("Broken branch over the sidewalk"), "26-0459-F"),
        ]},
        {"title": _("Later"), "hint": "", "cases": [
            _case(_("Thu. Jan. 22"), _("2 days left"), "", ["past", "past", "now", "", ""], _("Streetlight out, H-2214"), "26-0417-K", here=True),
            _case(_("Mon. Feb. 9"), _("14 days left"), "", PROMISE, _("A very long title that a citizen wrote in one "
                  "breath, with the street, the neighbour, the weather and the dog"), "26-0422-B", taken=False),
        ]},
        {"title": _("Paused"), "hint": _("the clock is stopped"), "cases": [
            _case(_("paused"), _("for 2 days"), "paused", ["past", "wait", "wait", "now", "", ""], _("Mailbox hit"), "26-0425-R"),
        ]},
    ]


def _case(due: str, left: str, tone: str, states: list[str], title: str, number: str, **more: bool) -> dict[str, Any]:
    return {"due": due, "left": left, "tone": tone, "states": states, "title": title, "number": number} | {
        "place": "ch. Bellevue, 2480", "owner": "M. Gendron" if more.get("taken", True) else "", "here": more.get("here")
    }


def subjects() -> list[dict[str, Any]]:
    """Groups of subjects with the date that counts beside some of them."""
    return [
        {"title": _("At home"), "items": [(_("Collections and bins"), _("garbage, Wed. Jan. 28"), ""),
                                          (_("Branches, leaves, trees"), "", "")]},
        {"title": _("In my street"), "items": [(_("Snow, night parking"), _("tonight"), "now"),
                                               (_("Works and detours"), _("4 streets"), "")]},
        {"title": _("Pay"), "items": [(_("Municipal taxes"), _("1st instalment, March 3"), ""),
                                      (_("Transfer duties, also called the welcome tax"), "", "")]},
    ]


def kinds() -> list[dict[str, str]]:
    """Kinds of request with the promised delay."""
    return [
        {"icon": "droplets", "title": _("Water leak"), "figure": "2", "unit": "h", "kept": _("kept 9 times out of 10")},
        {"icon": "traffic-cone", "title": _("Pothole"), "figure": "5", "unit": _("days"), "kept": ""},
        {"icon": "lamp-ceiling", "title": _("Streetlight out"), "figure": "21", "unit": _("days"), "kept": ""},
        {"icon": "tree-deciduous", "title": _("Dangerous tree"), "figure": "24", "unit": "h", "kept": ""},
    ]
