"""The events that webhooks tell, and the kinds of journal entries that each one stands for: none for those of an
incident, which has no journal. Pure.
"""

EVENTS: dict[str, tuple[str, ...]] = {
    "case.opened": ("opened", "thanked"),
    "case.message": ("replied",),
    "case.answered": ("asked", "answered", "informed", "called"),
    "case.changed": (
        *("taken", "assigned", "passed", "waiting", "resumed", "promised", "visit", "recounted"),
        *("merged", "unmerged", "quieted", "corrected"),
    ),
    "case.closed": ("closed",),
    "case.reopened": ("reopened",),
    "incident.opened": (),
    "incident.updated": (),
    "incident.ended": (),
}
_BY_KIND = {kind: event for event, kinds in EVENTS.items() for kind in kinds}


def event_of(kind: str) -> str:
    """The event of an entry of that kind; "" when it is nobody's business outside."""
    return _BY_KIND.get(kind, "")


def kinds_of(events: list[str]) -> list[str]:
    """The kinds of entries that these events stand for."""
    return [kind for event in events for kind in EVENTS.get(event, ())]
