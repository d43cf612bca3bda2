"""The versions of the Graph API and their ends, as Meta publishes them."""

from datetime import date, timedelta

# https://developers.facebook.com/docs/graph-api/changelog: add the end of a version when Meta announces it.
ENDS = {
    "v20.0": date(2026, 9, 24),
    "v21.0": date(2027, 1, 21),
}
OLDEST_WITHOUT_END = 22  # the first version whose end is not announced
WARNED_BEFORE = timedelta(days=90)


def end_of(version: str) -> date | None:
    """The day a version ends; None when it is not announced. An older version than these has ended."""
    if version in ENDS:
        return ENDS[version]
    return min(ENDS.values()) if _number(version) < OLDEST_WITHOUT_END else None


def warned_end(version: str, today: date) -> date | None:
    """The end of a version when it is past, or within WARNED_BEFORE; None otherwise."""
    end = end_of(version)
    return end if end and today >= end - WARNED_BEFORE else None


def _number(version: str) -> int:
    digits = version.removeprefix("v").partition(".")[0]
    return int(digits) if digits.isdigit() else 0
