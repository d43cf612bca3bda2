"""Letters as returned by renderers, and their composition as text and HTML."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from parvis.apps.directory.queries import town
from parvis.apps.mail.rules.written import blocks, kept_of, quoted
from parvis.lib import quebec
from parvis.lib.i18n.languages import clean

APPROVAL_RENDERER = f"{__name__}.approval_asked"
NOTIFICATION_RENDERER = f"{__name__}.notification"


class Awaited(StrEnum):
    """What waits for the approval of a second person."""

    MESSAGE = "message"
    INCIDENT = "incident"
    ISSUE = "issue"
    CANCELLATION = "cancellation"
    COURT_DECISION = "court_decision"


@dataclass(frozen=True)
class Letter:
    """A message: one-line subject, plain text, HTML (may be empty) and the content it was composed from."""

    subject: str
    text: str
    html: str = ""
    content: "Content | None" = None


@dataclass(frozen=True)
class Content:
    """The parts of a letter, as plain text. `quote` is what someone wrote, `quoted` who; `pairs` are (label, value).

    `keys` are pairs that open the request, omitted on paper, where the footer holds them. `on_paper` is the closing on
    paper, where there is nothing to click; empty when it is the same.
    """

    greeting: str
    paragraphs: Sequence[str] = ()
    quote: str = ""
    quoted: str = ""
    pairs: Sequence[tuple[str, str]] = ()
    keys: Sequence[tuple[str, str]] = ()
    action: str = ""
    action_url: str = ""
    closing: Sequence[str] = ()
    on_paper: Sequence[str] = ()


def test_letter(slug: str) -> Letter:
    """The message that Parvis sends to one of the town's mailboxes, to see that it comes back."""
    subject = _("Test of the address %(mailbox)s") % {"mailbox": slug}
    words = _("Parvis sent this message to itself, to see that the address is read. There is nothing to do.")
    return compose(subject, Content(greeting=subject, paragraphs=[words]))


def too_many() -> Letter:
    """Tells a manager that automatic answers were stopped, being too many."""
    subject = _("Automatic answers are stopped")
    words = [
        _("Parvis sent more automatic answers in an hour than a town receives messages: it sends no more for now."),
        _("Another machine may be answering them. What people write still comes, and waits for an answer."),
    ]
    content = Content(
        greeting=_("Hello,"),
        paragraphs=words,
        action=_("See the channels"),
        action_url=f"{settings.PARVIS_URL}/desk/channels/",
    )
    return compose(subject, content)


def quarantined() -> Letter:
    """Tells a manager that many messages could not be read."""
    subject = _("Messages wait in quarantine")
    words = _("Several messages could not be read. They are kept as they came; nobody answers them until then.")
    url = f"{settings.PARVIS_URL}/desk/inbox/quarantine/"
    return compose(subject, Content(_("Hello,"), paragraphs=[words], action=_("See the quarantine"), action_url=url))


def approval_asked(kind: str, title: str, path: str, name: str) -> Letter:
    """Asks someone to read, and to approve or send back, what a colleague wrote. `path`: where."""
    words = {
        Awaited.MESSAGE: _("%(name)s wrote a message to the public. It goes out once someone else has approved it."),
        Awaited.INCIDENT: _(
            "%(name)s wrote the words of an incident. The agents may say them; the public reads them once someone else "
            "has approved them."
        ),
        Awaited.ISSUE: _("%(name)s wrote an issue of the newsletter. It leaves once someone else has approved it."),
        Awaited.CANCELLATION: _(
            "%(name)s asks to cancel, and to give money back. Nothing is cancelled until someone else has approved it."
        ),
        Awaited.COURT_DECISION: _(
            "%(name)s saw a decision of a court that ends a restriction about a child. It goes on until someone else "
            "has seen the document, and confirmed it."
        ),
    }
    content = Content(
        greeting=_("Hello,"),
        paragraphs=[words[Awaited(kind)] % {"name": name}],
        pairs=[(_("Title"), title)],
        action=pgettext("letter", "Read it, then decide"),
        action_url=f"{settings.PARVIS_URL}{path}",
    )
    return compose(_("To approve: %(title)s") % {"title": title}, content)


def notification(subject: str, words: str) -> Letter:
    """What a library tells someone of the staff, in its own words."""
    return written(subject, words)


def compose(subject: str, content: Content) -> Letter:
    """Composes a letter in the active language, signed by the town."""
    language = clean(get_language())
    place = town()
    values = {
        "subject": subject,
        "content": content,
        "town": place,
        "phone": quebec.phone(place.phone, language),
        "language": language,
        "colon": ":" if language == "en" else "\u00a0:",
    }
    text = re.sub(r"\n{3,}", "\n\n", render_to_string("mail/letter.txt", values)).strip() + "\n"
    return Letter(subject, text, render_to_string("mail/letter.html", values), content)


def written(subject: str, words: str, *, introduction: str = "", quote: str = "") -> Letter:
    """The letter of what someone of the staff wrote, as they wrote it, above what it answers.

    `introduction` is the line above `quote`. The HTML and the text hold the same words.
    """
    kept = kept_of(quote)
    text = words.strip()
    if kept:
        text = f"{text}\n\n{introduction}\n{quoted(kept)}"
    values = {
        "subject": subject,
        "blocks": blocks(words),
        "introduction": introduction,
        "quote": kept,
        "language": clean(get_language()),
    }
    return Letter(subject, f"{text}\n", render_to_string("mail/written.html", values))
