"""What may leave: the kinds of texts, what a manager decided, what the town pays in a day."""

CODE, WARNING, REQUEST, AGENT, NOTICE, EMERGENCY = "code", "warning", "request", "agent", "notice", "emergency"
ALL, DANGER, NONE = "all", "danger", "none"  # what leaves, as a manager decided
PAUSED, CAPPED = "pause", "cap"  # why a text does not leave now
OF_DANGER = (WARNING, EMERGENCY)
CAPPED_KINDS = (CODE, WARNING, REQUEST, AGENT, NOTICE)  # an emergency has no cap


def is_paused(kind: str, mode: str) -> bool:
    """Whether a text of that kind stays while this is decided: danger leaves through a pause, nothing through a stop."""
    return mode == NONE or (mode == DANGER and kind not in OF_DANGER)
