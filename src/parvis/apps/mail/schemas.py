"""Schema of mailboxes.yaml."""

from collections.abc import Iterator
from typing import Annotated

from parvis.apps.mail.rules.servers import server_problem
from parvis.lib.i18n.languages import LANGUAGES
from parvis.lib.ingest import fields as f
from parvis.lib.ingest.entries import Entry, Mistake, Names


class MailboxData(Entry, named_by="slug", noun="mailbox"):
    """An address that the town answers; its password is no part of the town's files (PARVIS_MAIL_PASSWORDS)."""

    slug: Annotated[f.Slug, f.Most(40)]
    address: Annotated[f.Text, f.Like(r"[^@\s]+@[^@\s]+\.[^@\s]+", "be an e-mail address"), f.Most(200)]
    language: Annotated[f.Text, f.OneOf(LANGUAGES)] = "fr"
    department: Annotated[f.Text, f.Known("department")]
    subject: Annotated[f.Text, f.Known("subject")] = ""
    server: Annotated[f.Text, f.Most(200)] = ""
    username: Annotated[f.Text, f.Most(200)] = ""
    authority: Annotated[f.Text, f.Most(200)] = ""
    since: f.Day | None = None

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """The server must be the address of an IMAP folder, read over TLS."""
        if self.server and (problem := server_problem(self.server)):
            yield Mistake(f"'server' {problem}")
        if self.server and not self.username:
            yield Mistake("'username' is needed to read the folder of 'server'")
