"""Loads the mailboxes from the town's files."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import transaction

from parvis.apps.catalogue.models import Subject
from parvis.apps.directory.models import Department
from parvis.apps.mail.models import Mailbox
from parvis.apps.mail.schemas import MailboxData
from parvis.lib.database.upsert import UpsertCounts, sync_rows
from parvis.lib.ingest.fields import columns


@transaction.atomic
def load_mailboxes(*, mailboxes: Sequence[MailboxData]) -> UpsertCounts:
    """Syncs the mailboxes with the file; one no longer named is deactivated, since messages came to it."""
    return sync_rows(Mailbox.objects.all(), ("slug",), list(_rows(mailboxes)), gone="deactivate")


def _rows(mailboxes: Sequence[MailboxData]) -> Iterator[dict[str, Any]]:
    departments = dict(Department.objects.values_list("slug", "pk"))
    subjects = dict(Subject.objects.values_list("slug", "pk"))
    for mailbox in mailboxes:
        yield columns(mailbox, "department", "subject") | {
            "department_id": departments[mailbox.department],
            "subject_id": subjects.get(mailbox.subject),
            "active": True,
        }
