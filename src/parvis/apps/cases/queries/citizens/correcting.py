"""Whether a citizen may still correct their request: nobody has begun."""

from parvis.apps.cases.models import Case, State


def may_correct(case: Case) -> bool:
    """Whether the request is as it came: new, on its own, and without a line of the staff since the first.

    One query for a new request, none otherwise.
    """
    if case.state != State.NEW or case.level or case.merged_into_id or case.merged_count:
        return False
    return not case.entries.filter(seq__gt=1, actor__isnull=False).exists()
