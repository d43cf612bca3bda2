"""Template context of the inbox."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from parvis.apps.directory.queries import language_rule
from parvis.apps.intake import queries as intake
from parvis.apps.intake import services
from parvis.apps.intake.models import Contact
from parvis.apps.mail import queries as mail
from parvis.apps.matching import queries as matching
from parvis.apps.residents.queries.access import Field
from parvis.surfaces.desk.gate import agent_of, readable_file, visible_people
from parvis.surfaces.desk.inbox.forms import ReplyForm

PAGE = 50
BLANK = "-"  # the answer asked for is none: a message written by hand
FIRST_CHOICE = 2  # the key of the second best answer


@dataclass(frozen=True)
class Row:
    """A message in the list; without words when the sender's file needs a reason."""

    contact: Contact
    visible: bool
    current: bool

    @property
    def received(self) -> Any:
        return self.contact.mails.all()[0]

    @property
    def tags(self) -> list[tuple[str, str, str]]:
        """What the list says of it, as (word, kind, icon)."""
        files, contact = len(self.received.incoming.files.all()), self.contact
        tags = [(_("danger"), "bad", "triangle-alert")] if self.received.danger else []
        tags += [(_("English"), "", "languages")] if contact.language == "en" else []
        tags += [(str(files), "", "paperclip")] if files else []
        tags += [(_("answer ready"), "good", "check")] if self.received.likely else []
        tags += [(str(reference), "", "file-text") for reference in contact.references.get("cases", [])]
        return tags + ([(contact.agent.display_name, "", "hand")] if contact.agent else [])


def labels() -> dict[str, str]:
    """The name of each view."""
    return {
        intake.NEW: pgettext("messages", "to answer"),
        intake.MINE: pgettext("messages", "mine"),
        intake.ANSWERED: pgettext("messages", "answered today"),
    }


def frame(request: HttpRequest, view: str, current: int | None = None) -> dict[str, Any]:
    """The list and the counts, common to every page of the inbox."""
    agent = agent_of(request)
    contacts = intake.inbox(view, agent, PAGE)
    visible = visible_people(agent, (contact.person for contact in contacts), Field.FILE)
    rows = [
        Row(contact, contact.person_id is None or contact.person_id in visible, contact.pk == current)
        for contact in contacts
    ]
    counts, names = intake.inbox_counts(agent), labels()
    return {
        "rows": rows,
        "view": view,
        "views": [(name, counts[name], names[name], name == view) for name in intake.VIEWS],
        "quarantined": mail.quarantined_count(),
        "more": len(contacts) == PAGE,
    }


def message_page(request: HttpRequest, contact: Contact, form: ReplyForm | None = None) -> dict[str, Any]:
    """The message, and the answer beside it; `form` is a refused one, shown again."""
    agent, incoming = agent_of(request), services.incoming_of(contact)
    known = readable_file(agent, contact.person)
    if contact.person and known is None:
        return {"contact": contact, "incoming": incoming, "locked": contact.person.canonical}
    question = intake.question_of(incoming.subject, incoming.said)
    suggestion = matching.suggest(question, lang=None, limit=5)
    asked = request.GET.get("answer", "")
    slug = "" if asked == BLANK else asked or suggestion.to_read
    ground = request.GET.get("ground", "")
    language, policy = intake.mail_language(contact, ground)
    draft = intake.draft_answer(contact, question, slug, language, agent)
    parts = () if suggestion.danger else matching.parts_of(question)
    reply = intake.last_reply(contact)
    return {
        "contact": contact,
        "incoming": incoming,
        "attached": mail.files_of(incoming),
        "known": known,
        "address": known.postal_address if known else "",
        "cases": [case for case in intake.file(known, limit=5).cases if case.is_open] if known else [],
        "danger": suggestion.danger,
        "draft": draft,
        "sure": next((hit.percent for hit in suggestion.hits if hit.slug == slug), 0),
        "form": form or _blank_form(contact, draft, ground),
        "others": _others(suggestion, slug),
        "parts": [part for part in parts if part.slug and part.slug != slug],
        "english": {"policy": policy, "grounds": language_rule().choices(get_language())}
        if contact.language == "en" and not policy.english
        else None,
        "reply": reply,
        "may_take_back": bool(reply and reply.by_id == agent.pk and intake.reply_due(reply, services.UNDO)),
        "mine": contact.agent_id == agent.pk,
        "taken_by": contact.agent if contact.agent_id not in (None, agent.pk) else None,
        "named": contact.references.get("cases", []),
        "request_slug": _request_slug(suggestion, slug),
    }


def _blank_form(contact: Contact, draft: Any, ground: str) -> ReplyForm:
    initial = {
        "key": f"{contact.key[:48]}.{len(contact.replies.all()) + 1}.mail",
        "words": draft.words,
        "subject": draft.subject.slug if draft.subject else "",
        "stamp": draft.stamp,
        "language": draft.language,
        "ground": ground,
    }
    return ReplyForm(initial=initial, prefix="reply")


def _others(suggestion: matching.Suggestion, slug: str) -> list[dict[str, Any]]:
    """The other answers, with the key that shows each."""
    hits = [hit for hit in suggestion.hits if hit.slug != slug and hit.percent and hit.kind == "answer"]
    return [{"key": str(rank), "hit": hit} for rank, hit in enumerate(hits[:4], start=FIRST_CHOICE)]


def _request_slug(suggestion: matching.Suggestion, slug: str) -> str:
    """The subject of a request made from the message: the likeliest one that takes requests."""
    routable = [hit.slug for hit in suggestion.hits if hit.routable]
    return slug if slug in routable else next(iter(routable), "")
