"""Background work on what each person has before their eyes."""

from parvis.apps.workspace.services import drafts


def purge_drafts() -> None:
    """Scheduled: `drafts.purge_drafts`."""
    drafts.purge_drafts()
