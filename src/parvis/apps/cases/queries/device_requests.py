"""The requests that a device keeps by their private links."""

from collections.abc import Sequence

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries.due_status import AsOf, due_words, row, state_words
from parvis.apps.cases.queries.merged_cases import as_seen_by_citizen, heads_of

MOST = 50
SHORTEST, LONGEST = 16, 32


def states_of(secrets: Sequence[str]) -> list[dict[str, object]]:
    """What their citizen sees of the requests with these secrets, the latest first, in the active language.

    Each has `secret`, `reference`, `title`, `place`, `state`, `due`, `open` and `days`, its markers. A constant
    number of queries; an unknown secret is passed over.
    """
    known = [secret for secret in secrets if SHORTEST <= len(secret) <= LONGEST][:MOST]
    rows = Case.objects.filter(secret__in=known).select_related(
        "subject", "department", "owner", "person", "address__street"
    )
    cases = list(rows.order_by("-opened_at", "-pk"))
    as_of = AsOf.now()
    return [_shown(case, head, as_of) for case, head in zip(cases, heads_of(cases), strict=True)]


def _shown(case: Case, head: Case, as_of: AsOf) -> dict[str, object]:
    seen = as_seen_by_citizen(case, head)
    return {
        "secret": seen.secret,
        "reference": seen.reference,
        "title": seen.shown_title,
        "place": seen.full_place,
        "state": state_words(seen),
        "due": due_words(seen),
        "open": seen.is_open,
        "days": row(seen, as_of=as_of).progress_days,
    }
