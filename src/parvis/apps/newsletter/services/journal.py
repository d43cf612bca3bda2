"""The journal of an issue."""

from parvis.apps.directory.models import User
from parvis.apps.newsletter.models import Issue, Journal
from parvis.lib.clock import now
from parvis.lib.words import one_line


def write(issue: Issue, action: str, *, by: User | None = None, words: str = "") -> None:
    """Adds a line to the journal of an issue, in the caller's transaction."""
    Journal.objects.create(issue=issue, action=action, by=by, words=one_line(words)[:300], at=now())
