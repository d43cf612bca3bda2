"""The states of Open311, and the finer ones of CitySDK (`detailed_status`). Pure."""

from enum import StrEnum


class Status(StrEnum):
    """GeoReport v2."""

    OPEN = "open"
    CLOSED = "closed"


class DetailedStatus(StrEnum):
    """CitySDK, as Helsinki and Klarschiff use it."""

    RECEIVED = "RECEIVED"
    IN_PROCESS = "IN_PROCESS"
    PROCESSED = "PROCESSED"
    REJECTED = "REJECTED"


REJECTED = ("refused", "not_ours", "not_found")


def status_of(state: str) -> Status:
    """The status of a case by its state."""
    return Status.CLOSED if state == "closed" else Status.OPEN


def detailed_status_of(state: str, closing_reason: str) -> DetailedStatus:
    """The finer status of a case by its state and its reason of closing."""
    if state == "closed":
        return DetailedStatus.REJECTED if closing_reason in REJECTED else DetailedStatus.PROCESSED
    return DetailedStatus.RECEIVED if state == "new" else DetailedStatus.IN_PROCESS
