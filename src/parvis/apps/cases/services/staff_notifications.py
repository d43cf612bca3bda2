"""Letters to the people of the house about one case."""

from parvis.apps.cases.models import Case
from parvis.apps.cases.warnings import reach_of
from parvis.apps.directory.models import Department
from parvis.apps.mail import services as mail
from parvis.lib.errors import Invalid

WARNING = "parvis.apps.cases.warnings.warning"


def warn(case: Case, about: str, *, head: bool = False, of: Department | None = None) -> None:
    """Queues the letter to whoever has the case, once for each date promised; nothing when nobody has an address.

    `head`: to the head of the case's department, or of `of`.
    """
    to, language = reach_of(case, head=head, of=of)
    if not to:
        return
    due = int(case.due_at.timestamp()) if case.due_at else 0
    key = f"{case.reference}/{about}/{due}" + (f"/{of.slug}" if of else "")
    try:
        mail.queue(key=key[:120], to=to, language=language, renderer=WARNING, args=[case.pk, about])
    except Invalid:
        return
