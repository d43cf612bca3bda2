"""Template context of the inbox."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.queries import language_rule, people_who_may, working_calendar
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.intake.models import Contact, InboxItem, MailReply
from parvis.apps.intake.queries import conversations, inbox, restricted, social
from parvis.apps.intake.queries.contacts import file
from parvis.apps.intake.queries.held_requests import held_count
from parvis.apps.intake.rules.later import AFTERNOON, MONDAY, TOMORROW, choices
from parvis.apps.intake.services.mail.drafts import MOST_BYTES, MOST_FILES
from parvis.apps.intake.services.mail.replies import UNDO, incoming_of
from parvis.apps.mail import queries as mail
from parvis.apps.mail.models import Incoming
from parvis.apps.matching.queries import suggesting
from parvis.apps.matching.queries.suggestions import POSSIBLE, SuggestedSubject, Suggestion
from parvis.apps.residents.queries.access import Field
from parvis.lib import quebec
from parvis.lib.clock import now, today
from parvis.surfaces.desk.call.draft import key_of
from parvis.surfaces.desk.gate import agent_of, can_see, readable_file, visible_people
from parvis.surfaces.desk.inbox.danger_screen import danger_of
from parvis.surfaces.desk.inbox.forms import DayForm, ReplyForm, typed_in
from parvis.ui.views import or_404

PAGE = 50
LONGEST_ID = 19
COLON = "\u00a0: "
BLANK = "-"  # the answer asked for is none: a message written by hand
WAITING, DONE = Contact.State.WAITING, Contact.State.DONE
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
    def unread(self) -> bool:
        """Whether nobody of the team has opened it, or its latest words, yet."""
        return self.contact.state in conversations.OPEN and conversations.item_of(self.contact).opened_at is None

    @property
    def tags(self) -> list[tuple[str, str, str]]:
        """What the list says of it, as (word, kind, icon)."""
        files, contact = len(self.received.incoming.files.all()), self.contact
        mails, item = contact.mails.all(), conversations.item_of(contact)
        tags = [(_("danger"), "bad", "triangle-alert")] if any(mail.danger for mail in mails) else []
        tags += [(_("being read"), "", "hourglass")] if any(mail.understood_at is None for mail in mails) else []
        if contact.undelivered and contact.state != DONE:  # type: ignore[attr-defined]
            tags.append((_("answer not delivered"), "bad", "circle-x"))
        tags += [(_("replied again"), "warm", "reply")] if item.follows_id or len(mails) > 1 else []
        if item.later_until and contact.state == WAITING:
            back = when(item.later_until) if item.later_until > now() else _("came back")
            tags.append((back, "", "alarm-clock"))
        tags += [(_("English"), "", "languages")] if contact.language == "en" else []
        tags += [(str(files), "", "paperclip")] if files else []
        tags += [(_("answer ready"), "good", "check")] if inbox.answer_is_ready(contact) else []
        tags += [(str(reference), "", "file-text") for reference in contact.references.get("cases", [])]
        return tags + ([(contact.agent.display_name, "", "hand")] if contact.agent else [])


def view_of(request: HttpRequest) -> str:
    """The view of the inbox that the address names."""
    view = request.GET.get("view", inbox.NEW)
    return view if view in inbox.VIEWS else inbox.NEW


def contact_or_404(contact_id: int, agent: User) -> Contact:
    """A contact that came by e-mail and that the agent may open; Http404 for any other."""
    return or_404(inbox.message_contact(contact_id, agent))


def readable(request: HttpRequest, contact_id: int) -> Contact:
    """The contact, when the agent may read its sender's file; Http404 otherwise."""
    contact = contact_or_404(contact_id, agent_of(request))
    if contact.person and not can_see(agent_of(request), contact.person.canonical, Field.FILE):
        raise Http404
    return contact


def message_url(contact_id: int, view: str) -> str:
    """The address of a message in a view of the inbox."""
    return f"{reverse('desk:message', args=[contact_id])}?view={view}"


def labels() -> dict[str, str]:
    """The name of each view."""
    return {
        inbox.NEW: pgettext("messages", "to answer"),
        inbox.MINE: pgettext("messages", "mine"),
        inbox.AWAITED: pgettext("messages", "with the citizen"),
        inbox.LATER: pgettext("messages", "later"),
        inbox.ANSWERED: pgettext("messages", "answered today"),
        inbox.SPAM: pgettext("messages", "spam"),
    }


def when(moment: datetime) -> str:
    """A moment to come or just past, as a list says it, such as "demain, 8 h 30"."""
    local, lang = working_calendar().local(moment), get_language()
    return f"{quebec.near_day(local.date(), today(), lang)}, {quebec.hour(local, lang)}"


def later_choices() -> list[tuple[str, str]]:
    """The moments when a message may come back, as (name, words)."""
    names = {AFTERNOON: _("This afternoon"), TOMORROW: "", MONDAY: ""}
    return [(one.name, names[one.name] or when(one.at).capitalize()) for one in choices(working_calendar(), now())]


def bulk_choices() -> list[tuple[str, str]]:
    """What may be done with several messages at once, as (value, words)."""
    later = [(f"later:{name}", _("Later: %(when)s") % {"when": words}) for name, words in later_choices()]
    close = [(f"close:{why}", _("Close: %(why)s") % {"why": words}) for why, words in InboxItem.Why.choices]
    return [("mine", pgettext("messages", "Mine")), *later, ("spam", _("Spam")), *close]


def frame(request: HttpRequest, view: str, current: int | None = None) -> dict[str, Any]:
    """The list and the counts, common to every page of the inbox."""
    agent = agent_of(request)
    contacts = inbox.inbox(view, agent, PAGE)
    visible = visible_people(agent, (contact.person for contact in contacts), Field.FILE)
    rows = [
        Row(contact, contact.person_id is None or contact.person_id in visible, contact.pk == current)
        for contact in contacts
    ]
    counts, names = inbox.inbox_counts(agent), labels()
    return {
        "rows": rows,
        "view": view,
        "views": [(name, counts[name], names[name], name == view) for name in inbox.VIEWS],
        "quarantined": mail.quarantined_count(),
        "held": held_count(),
        "social": social.social_waiting(),
        "more": len(contacts) == PAGE,
        "bulk": bulk_choices() if view in (inbox.NEW, inbox.MINE, inbox.LATER) and rows else [],
    }


def manners(
    request: HttpRequest, contact: Contact, form: ReplyForm | None = None, day: DayForm | None = None
) -> dict[str, Any]:
    """What surrounds the message: its conversation, what may be done with it; `form` and `day` are refused forms."""
    agent, item = agent_of(request), conversations.item_of(contact)
    mine = contact.state == WAITING or (contact.state in Contact.IN_HAND and contact.agent_id == agent.pk)
    return {
        "item": item,
        "open": contact.state in conversations.OPEN,
        "kept": str(form["words"].value() or "") if form and contact.state not in conversations.OPEN else "",
        "said": readable_conversation(agent, contact),
        "next_message": conversations.next_of(contact),
        "twins": _readable(agent, conversations.same_sender(contact)) if mine else [],
        "merged": conversations.merged_here(contact) if mine else [],
        "may_sort": mine,
        "agents": people_who_may(Action.TAKE_CONTACT) if contact.state == WAITING else [],
        "later": later_choices(),
        "day_form": day or DayForm(auto_id="later-%s"),
        "whys": InboxItem.Why.choices,
        "later_until": when(item.later_until) if item.later_until and item.later_until > now() else "",
        "state_mark": state_mark(contact),
        "split_key": key_of(contact, "case"),
        "settled": [matter for matter in contact.matters.all() if matter.case] if contact.state != DONE else [],
    }


def state_mark(contact: Contact) -> str:
    """A fingerprint of the message as it is shown: it changes when someone answers, takes, or the sender writes."""
    until = conversations.item_of(contact).later_until
    put_off = f"{until:%Y%m%d%H%M}" if until else ""
    counts = f"{len(contact.mails.all())}.{len(contact.replies.all())}"
    return f"{contact.state}.{contact.agent_id or 0}.{counts}.{put_off}"


def news(contact: Contact, agent: User) -> str:
    """What changed on a message that someone looks at, in a sentence."""
    other = contact.agent if contact.agent_id != agent.pk else None
    reply = inbox.last_reply(contact)
    if contact.state == DONE and reply and reply.by_id != agent.pk:
        return _("%(name)s answered this message.") % {"name": reply.by.display_name}
    if other and contact.state in conversations.OPEN:
        return _("%(name)s has this message now.") % {"name": other.display_name}
    return _("This message changed: someone sorted it, or its sender wrote again.")


def readable_conversation(agent: User, contact: Contact) -> list[conversations.Said]:
    """What was said before in the conversation, without the messages that the agent may not open.

    Those of people whose file they may not read, and those of a request that is restricted.
    """
    said = conversations.conversation(contact)
    contacts = {one.contact.pk: one.contact for one in said}
    opened = {contact.pk for contact in restricted.openable_only(agent, contacts.values())}
    said = [one for one in said if one.contact.pk in opened]
    visible = visible_people(agent, (one.contact.person for one in said), Field.FILE)
    return [one for one in said if one.contact.person_id is None or one.contact.person_id in visible]


def _readable(agent: User, contacts: list[Contact]) -> list[Contact]:
    contacts = restricted.openable_only(agent, contacts)
    visible = visible_people(agent, (contact.person for contact in contacts), Field.FILE)
    return [contact for contact in contacts if contact.person_id is None or contact.person_id in visible]


def _take_back_until(reply: MailReply | None, agent: User) -> datetime | None:
    """Until when the agent may take back their answer; None when they may not."""
    if reply is None or reply.by_id != agent.pk or not inbox.reply_due(reply, UNDO):
        return None
    return reply.at + UNDO


def message_page(request: HttpRequest, contact: Contact, form: ReplyForm | None = None) -> dict[str, Any]:
    """The message, and the answer beside it; `form` is a refused one, shown again."""
    agent, incoming = agent_of(request), incoming_of(contact)
    known = readable_file(agent, contact.person)
    if contact.person and known is None:
        return {"contact": contact, "incoming": incoming, "locked": contact.person.canonical}
    question = inbox.question_of(incoming.subject, incoming.said)
    suggestion = suggesting.suggest(question, lang=None, limit=5)
    told = danger_of(contact, incoming)
    kept = inbox.draft_of(contact, agent)
    typed = typed_in(kept.typed) if kept and not kept.sent_at else {}
    asked = request.GET.get("answer", "")
    restored = typed if typed and not asked else {}
    if restored:
        asked = restored.get("subject", BLANK)
    proposed = "" if told["danger"] else suggestion.to_read or _default_subject(incoming)
    slug = "" if asked == BLANK else asked or proposed
    ground = request.GET.get("ground", restored.get("ground", ""))
    language, policy = inbox.mail_language(contact, ground)
    draft = inbox.draft_answer(contact, question, slug, language, agent)
    parts = () if told["danger"] else suggesting.parts_of(question)
    reply = inbox.last_reply(contact)
    replies = [one for one in contact.replies.all() if one.taken_back_at is None]
    delivered = inbox.deliveries(replies)
    return {
        "contact": contact,
        "incoming": incoming,
        "attached": mail.files_of(incoming),
        "known": known,
        "address": known.postal_address if known else "",
        "cases": [case for case in file(known, user=agent, limit=5).cases if case.is_open] if known else [],
        **told,
        **_proposal(suggestion, draft, incoming, in_danger=bool(told["danger"])),
        "sure": next((hit.percent for hit in suggestion.hits if hit.slug == slug), 0),
        "form": form or _blank_form(contact, draft, ground, restored),
        "seq": kept.seq if kept else 0,
        "kept": kept if restored else None,
        "put_aside": kept if typed and not restored else None,
        "outdated": bool(restored and restored.get("stamp") and restored["stamp"] != draft.stamp),
        "joined": inbox.files_to_send(contact, agent),
        "most_files": MOST_FILES,
        "most_megabytes": MOST_BYTES // 1_000_000,
        "others_to": inbox.others_of(incoming),
        "refusal": mail.refusal_of(incoming.from_address),
        "deliveries": delivered[reply.pk] if reply else [],
        "undelivered": [one for one in replies if one.undelivered_at],
        "user_id": agent.pk,
        "others": _others(suggestion, slug),
        "parts": [part for part in parts if part.slug and part.slug != slug],
        "english": {"policy": policy, "grounds": language_rule().choices(get_language())}
        if contact.language == "en" and not policy.english
        else None,
        "reply": reply,
        "take_back_until": _take_back_until(reply, agent),
        "mine": contact.agent_id == agent.pk,
        "taken_by": contact.agent if contact.agent_id not in (None, agent.pk) else None,
        "named": contact.references.get("cases", []),
        "request_slug": _request_slug(suggestion, slug),
    }


def _proposal(
    suggestion: Suggestion, draft: inbox.DraftAnswer, incoming: Incoming, *, in_danger: bool
) -> dict[str, Any]:
    """What is proposed: whether it may leave as it is, and the subject found when it has no standard answer."""
    ready = draft.answer is not None and not draft.held and incoming.from_address and not in_danger
    return {"draft": draft, "ready": bool(ready), "found": _without_answer(suggestion, draft)}


def _without_answer(suggestion: Suggestion, draft: inbox.DraftAnswer) -> SuggestedSubject | None:
    """The likeliest subject, when it has no standard answer and no other was chosen."""
    best = suggestion.hits[0] if suggestion.hits else None
    if best is None or best.kind == "answer" or best.confidence < POSSIBLE:
        return None
    return best if draft.subject is None or draft.subject.slug == best.slug else None


def _default_subject(incoming: Incoming) -> str:
    """The subject that the mailbox gives to a message in which none is found."""
    subject = incoming.mailbox.subject if incoming.mailbox else None
    return subject.slug if subject and subject.active else ""


def _blank_form(contact: Contact, draft: Any, ground: str, restored: dict[str, str]) -> ReplyForm:
    """The form with the words proposed, or those that the agent typed; the stamp is always that of today's answer."""
    initial = {
        "key": f"{contact.key[:48]}.{len(contact.replies.all()) + 1}.mail",
        "words": draft.words,
        "subject": draft.subject.slug if draft.subject else "",
        "stamp": draft.stamp,
        "language": draft.language,
        "ground": ground,
        "latest": contact.mails.all()[0].incoming_id,
    }
    kept = {name: value for name, value in restored.items() if name in ("words", "everyone", "also")}
    return ReplyForm(initial=initial | kept, prefix="reply")


def _others(suggestion: Suggestion, slug: str) -> list[dict[str, Any]]:
    """The other answers, with the key that shows each."""
    hits = [hit for hit in suggestion.hits if hit.slug != slug and hit.kind == "answer"]
    hits = [hit for hit in hits if hit.confidence >= POSSIBLE]
    return [{"key": str(rank), "hit": hit} for rank, hit in enumerate(hits[:4], start=FIRST_CHOICE)]


def request_subject(words: str) -> str:
    """The slug of the subject of a request in these words; "" when none takes requests."""
    return _request_slug(suggesting.suggest(words[: inbox.LONGEST_QUESTION], lang=None, limit=5), "")


def _request_slug(suggestion: Suggestion, slug: str) -> str:
    """The subject of a request made from the message: the likeliest one that takes requests."""
    routable = [hit.slug for hit in suggestion.hits if hit.routable]
    return slug if slug in routable else next(iter(routable), "")
