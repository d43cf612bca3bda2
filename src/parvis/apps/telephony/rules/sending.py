"""What may leave: the kinds of texts, what a manager decided, what the town pays in a day."""

CODE, WARNING, REQUEST, AGENT, NOTICE, EMERGENCY = "code", "warning", "request", "agent", "notice", "emergency"
ALL, DANGER, NONE = "all", "danger", "none"  # what leaves, as a manager decided
PAUSED, CAPPED = "pause", "cap"  # why a text does not leave now
OF_DANGER = (WARNING, EMERGENCY)
AT_ONCE = (CODE, WARNING)  # strangers cause them, and they serve nobody the next day: refused rather than held
CAPPED_KINDS = (CODE, WARNING, REQUEST, AGENT, NOTICE)  # what is about health and safety has no cap


def is_paused(kind: str, mode: str) -> bool:
    """Whether a text of that kind stays: what tells of a danger leaves during a pause, nothing during a stop."""
    return mode == NONE or (mode == DANGER and kind not in OF_DANGER)
