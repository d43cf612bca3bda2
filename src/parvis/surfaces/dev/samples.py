"""Invented people, requests and figures for the design system's pages."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import pgettext, pgettext_lazy

from parvis.lib import clock

Words = str | Promise
PROMISE = [
    *("past", "past", "wait", "past", "gap", "past", "past", "past", "now", "", "gap"),
    *[*[""] * 5, "gap", *[""] * 4, "due"],
]


def _case(
    due: Words, left: Words, tone: str, states: list[str], title: Words, number: str, **more: bool
) -> dict[str, Any]:
    return {"due": due, "left": left, "tone": tone, "states": states, "title": title, "number": number} | {
        "place": "ch. Bellevue, 2480",
        "owner": "M. Gendron" if more.get("taken", True) else "",
        "here": more.get("here"),
    }


QUEUE: list[dict[str, Any]] = [
    {
        "title": pgettext_lazy("sample", "Promise broken"),
        "hint": pgettext_lazy("sample", "say the truth, then a new date"),
        "cases": [
            _case(
                pgettext_lazy("sample", "−2 days"),
                pgettext_lazy("sample", "Friday, noon"),
                "late",
                [*["past"] * 5, "late"],
                pgettext_lazy("sample", "Pothole, 40 cm, deep"),
                "26-0398-C",
            ),
        ],
    },
    {
        "title": pgettext_lazy("sample", "Today"),
        "hint": "",
        "cases": [
            _case(
                pgettext_lazy("sample", "4:30 p.m."),
                pgettext_lazy("sample", "1 h 47 left"),
                "today",
                ["past", "now"],
                pgettext_lazy("sample", "Stop sign down"),
                "26-0466-P",
                taken=False,
            ),
            _case(
                pgettext_lazy("sample", "6 p.m."),
                pgettext_lazy("sample", "3 h 17 left"),
                "today",
                ["past", "past", "now"],
                pgettext_lazy("sample", "Broken branch over the sidewalk"),
                "26-0459-F",
            ),
        ],
    },
    {
        "title": pgettext_lazy("sample", "Later"),
        "hint": "",
        "cases": [
            _case(
                pgettext_lazy("sample", "Thu. Jan. 22"),
                pgettext_lazy("sample", "2 days left"),
                "",
                ["past", "past", "now", "", ""],
                pgettext_lazy("sample", "Streetlight out, H-2214"),
                "26-0417-K",
                here=True,
            ),
            _case(
                pgettext_lazy("sample", "Mon. Feb. 9"),
                pgettext_lazy("sample", "14 days left"),
                "",
                PROMISE,
                pgettext_lazy(
                    "sample",
                    "A very long title that a citizen wrote in one "
                    "breath, with the street, the neighbour, the weather and the dog",
                ),
                "26-0422-B",
                taken=False,
            ),
        ],
    },
    {
        "title": pgettext_lazy("sample", "Paused"),
        "hint": pgettext_lazy("sample", "the clock is stopped"),
        "cases": [
            _case(
                pgettext_lazy("sample", "paused"),
                pgettext_lazy("sample", "for 2 days"),
                "paused",
                ["past", "wait", "wait", "now", "", ""],
                pgettext_lazy("sample", "Mailbox hit"),
                "26-0425-R",
            ),
        ],
    },
]


@dataclass(frozen=True)
class Entry:
    """An entry of the staff navigation."""

    key: str
    label: str
    url: str
    icon: str
    count: int = 0


def context() -> dict[str, Any]:
    """The context of the design system's templates."""
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
        "rows": QUEUE,
        "nav": [
            Entry("desk", pgettext("sample", "Desk"), "../desk/", "headset"),
            Entry("queue", pgettext("sample", "Queue"), "../queue/", "inbox", 6),
            Entry("staff", pgettext("sample", "Calls to make"), "../staff/", "phone-outgoing", 4),
        ],
        "public_nav": [
            {"label": pgettext("sample", "Subjects"), "url": "../home/"},
            {"label": pgettext("sample", "Follow a request"), "url": "../follow/"},
            {"label": pgettext("sample", "Reach us"), "url": "#reach"},
        ],
        "subjects": subjects(),
        "kinds": kinds(),
    }


def facts() -> list[dict[str, str]]:
    """One fact in each state."""
    return [
        {
            "label": pgettext("sample", "Area, at most"),
            "value": "15",
            "unit": "m²",
            "note": pgettext("sample", "By-law 483, article 12"),
            "state": "",
        },
        {"label": pgettext("sample", "Height, at most"), "value": "3,6", "unit": "m", "state": "sample"},
        {
            "label": pgettext("sample", "From the lot lines"),
            "value": "0,6",
            "unit": "m",
            "state": "sample",
            "note": pgettext("sample", "0 if shared"),
        },
        {
            "label": pgettext("sample", "Fee of the permit"),
            "value": "999",
            "state": "lapsed",
            "note": pgettext("sample", "expired at the end of 2025"),
            "proof": pgettext("sample", "Urban planning confirms it."),
            "url": "#ask",
            "url_label": pgettext("sample", "Ask for it"),
        },
    ]


def options() -> list[dict[str, str]]:
    """Options of a combobox."""
    return [
        {
            "label": "2379, chemin de Chambly",
            "detail": pgettext("sample", "Town hall"),
            "value": "1",
            "icon": "landmark",
        },
        {"label": "2480, chemin Bellevue", "detail": pgettext("sample", "Sector B"), "value": "2", "icon": "map-pin"},
        {"label": "1458, chemin de Chambly", "detail": pgettext("sample", "Sector A"), "value": "3", "icon": "map-pin"},
        {
            "label": "88, rue Marie-Anne-Ouellet",
            "value": "4",
            "icon": "map-pin",
            "kind": pgettext("sample", "Private road"),
        },
    ]


def subjects() -> list[dict[str, Any]]:
    """Groups of subjects as (title, next date, tone)."""
    return [
        {
            "title": pgettext("sample", "At home"),
            "items": [
                (pgettext("sample", "Collections and bins"), pgettext("sample", "garbage, Wed. Jan. 28"), ""),
                (pgettext("sample", "Branches, leaves, trees"), "", ""),
            ],
        },
        {
            "title": pgettext("sample", "In my street"),
            "items": [
                (pgettext("sample", "Snow, night parking"), pgettext("sample", "tonight"), "now"),
                (pgettext("sample", "Works and detours"), pgettext("sample", "4 streets"), ""),
            ],
        },
        {
            "title": pgettext("sample", "Pay"),
            "items": [
                (pgettext("sample", "Municipal taxes"), pgettext("sample", "1st instalment, March 3"), ""),
                (pgettext("sample", "Transfer duties, also called the welcome tax"), "", ""),
            ],
        },
    ]


def kinds() -> list[dict[str, str]]:
    """Kinds of request with their promised delay."""
    return [
        {
            "icon": "droplets",
            "title": pgettext("sample", "Water leak"),
            "figure": "2",
            "unit": "h",
            "kept": pgettext("sample", "kept 9 times out of 10"),
        },
        {
            "icon": "traffic-cone",
            "title": pgettext("sample", "Pothole"),
            "figure": "5",
            "unit": pgettext("sample", "days"),
            "kept": "",
        },
        {
            "icon": "lamp-ceiling",
            "title": pgettext("sample", "Streetlight out"),
            "figure": "21",
            "unit": pgettext("sample", "days"),
            "kept": "",
        },
        {
            "icon": "tree-deciduous",
            "title": pgettext("sample", "Dangerous tree"),
            "figure": "24",
            "unit": "h",
            "kept": "",
        },
    ]
