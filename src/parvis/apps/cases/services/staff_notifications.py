"""E-mails to the staff about one case."""

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries.warnings import reach_of
from parvis.apps.directory.models import Department
from parvis.apps.mail.services.outgoing import queue_letter
from parvis.lib.errors import Invalid

WARNING = "parvis.apps.cases.queries.warnings.warning"


def warn(case: Case, about: str, *, head: bool = False, of: Department | None = None) -> None:
    """Queues a warning e-mail about the case, once per due date; does nothing without an address.

    `head` sends it to the head of the case's department, or of `of`, instead of the owner.
    """
    to, language = reach_of(case, head=head, of=of)
    if not to:
        return
    due = int(case.due_at.timestamp()) if case.due_at else 0
    key = f"{case.reference}/{about}/{due}" + (f"/{of.slug}" if of else "")
    try:
        queue_letter(key=key[:120], to=to, language=language, renderer=WARNING, args=[case.pk, about])
    except Invalid:
        return
