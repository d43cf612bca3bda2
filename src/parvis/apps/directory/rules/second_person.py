"""Who may make public what someone wrote: a second person, or alone a decider of emergencies. Pure."""

from collections.abc import Collection


def is_second_person(*, approver: int, writers: Collection[int]) -> bool:
    """Whether the approver wrote none of what is approved."""
    return approver not in writers


def decides_alone(*, roles: Collection[str], deciders: Collection[str]) -> bool:
    """Whether someone with these roles decides without a second person."""
    return any(role in deciders for role in roles)
