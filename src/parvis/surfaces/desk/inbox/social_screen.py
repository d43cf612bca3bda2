"""Template context of the messages and comments of social networks."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

from parvis.apps.catalogue.models import Subject
from parvis.apps.content.queries import answers
from parvis.apps.content.queries.answering import of_stamp
from parvis.apps.content.queries.rendering import Rendered
from parvis.apps.directory.queries import language_rule
from parvis.apps.intake.models import Contact, InboxItem, SocialReply
from parvis.apps.intake.queries import conversations, inbox, social
from parvis.apps.intake.services.matters import GivenAnswer
from parvis.apps.matching.queries import suggesting
from parvis.apps.residents.queries.access import Field
from parvis.apps.residents.queries.people import number_of
from parvis.apps.social.models import Message, Post
from parvis.apps.social.queries import accounts
from parvis.apps.social.queries.conversations import conversation, window_of
from parvis.apps.social.queries.words import explain
from parvis.apps.social.rules.limits import most
from parvis.apps.social.rules.window import CLOSED, PERSON
from parvis.lib.errors import Conflict
from parvis.surfaces.desk.call.forms import KeyedForm
from parvis.surfaces.desk.gate import agent_of, can_see, readable_file, visible_people
from parvis.surfaces.desk.inbox import screen

BLANK = "-"  # the answer asked for is none


class SocialReplyForm(KeyedForm):
    """What is answered on the network. `stamp` identifies the standard answer that the words come from."""

    words = forms.CharField(
        max_length=20_000,
        label=gettext_lazy("Your answer"),
        widget=forms.Textarea(attrs={"rows": 8, "data-key": "e"}),
        required=False,
    )
    subject = forms.ModelChoiceField(
        Subject.objects.select_related("department"), to_field_name="slug", required=False, widget=forms.HiddenInput
    )
    stamp = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    ground = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    latest = forms.IntegerField(required=False, widget=forms.HiddenInput)


@dataclass(frozen=True)
class SocialRow:
    """A contact in the list; without words when its person's file needs a reason."""

    contact: Contact
    visible: bool
    current: bool

    @property
    def message(self) -> Message:
        """The latest message."""
        latest: Message = self.contact.social.all()[0].message
        return latest

    @property
    def unread(self) -> bool:
        """Whether nobody of the team has opened it, or its latest words, yet."""
        return self.contact.state in conversations.OPEN and conversations.item_of(self.contact).opened_at is None

    @property
    def tags(self) -> list[tuple[str, str, str]]:
        """What the list says of it, as (word, kind, icon)."""
        message, contact = self.message, self.contact
        received = contact.social.all()
        tags = [(_("danger"), "bad", "triangle-alert")] if any(one.danger for one in received) else []
        if any(failed(reply) for reply in contact.social_replies.all()):
            tags.append((_("answer not delivered"), "bad", "circle-x"))
        tags.append((_("public"), "warm", "eye") if message.is_public else (_("private"), "", "lock"))
        tags += [(pgettext("social network", "removed"), "", "circle-x")] if message.removed_at else []
        tags += [(pgettext("social network", "hidden"), "", "eye-off")] if message.hidden_at else []
        tags += [(_("English"), "", "languages")] if contact.language == "en" else []
        tags += [(str(reference), "", "file-text") for reference in contact.references.get("cases", [])]
        return tags + ([(contact.agent.display_name, "", "hand")] if contact.agent else [])


def failed(reply: SocialReply) -> bool:
    """Whether an answer did not reach the network."""
    return reply.taken_back_at is None and reply.post.state == Post.State.FAILED


def view_of(request: HttpRequest) -> str:
    """The view that the address names."""
    view = request.GET.get("view", social.SOCIAL_NEW)
    return view if view in social.SOCIAL_VIEWS else social.SOCIAL_NEW


def social_url(contact_id: int, view: str) -> str:
    """The address of a contact in a view."""
    return f"{reverse('desk:social_message', args=[contact_id])}?view={view}"


def readable(request: HttpRequest, contact_id: int) -> Contact:
    """The contact, when the agent may read its person's file; Http404 otherwise."""
    contact = social.social_contact(contact_id, agent_of(request))
    if contact is None or (contact.person and not can_see(agent_of(request), contact.person.canonical, Field.FILE)):
        raise Http404
    return contact


def frame(request: HttpRequest, current: int | None = None) -> dict[str, Any]:
    """The list and the counts."""
    agent, view = agent_of(request), view_of(request)
    contacts = social.social_inbox(view, agent, screen.PAGE)
    visible = visible_people(agent, (contact.person for contact in contacts), Field.FILE)
    counts = social.social_counts(agent)
    names = {
        social.SOCIAL_NEW: pgettext("messages", "to answer"),
        social.SOCIAL_MINE: pgettext("messages", "mine"),
        social.SOCIAL_DONE: pgettext("messages", "answered today"),
    }
    return {
        "rows": [
            SocialRow(contact, contact.person_id is None or contact.person_id in visible, contact.pk == current)
            for contact in contacts
        ],
        "view": view,
        "views": [(name, counts[name], names[name], name == view) for name in social.SOCIAL_VIEWS],
        "dead": [account for account in accounts.accounts() if not account.alive],
    }


def page(request: HttpRequest, contact: Contact, form: SocialReplyForm | None = None) -> dict[str, Any]:
    """The conversation, and the answer beside it; `form` is a refused one, shown again."""
    agent = agent_of(request)
    message = SocialRow(contact, visible=True, current=True).message
    known = readable_file(agent, contact.person)
    if contact.person and known is None:
        return {"contact": contact, "message": message, "locked": contact.person.canonical}
    question = inbox.question_of("", message.text)
    suggestion = suggesting.suggest(question, lang=None, limit=5)
    asked = request.GET.get("answer", "")
    slug = "" if asked == BLANK else asked or suggestion.to_read
    ground = request.GET.get("ground", "")
    language, policy = inbox.mail_language(contact, ground)
    draft = inbox.draft_answer(contact, question, slug, language, agent)
    replies = [one for one in contact.social_replies.all() if not one.taken_back_at]
    window = window_of(message)
    return {
        "contact": contact,
        "message": message,
        "lines": conversation(message),
        "known": None if message.is_public else known,
        "tied": known is not None,
        "person": known,
        "danger": any(one.danger for one in contact.social.all()),
        "named": contact.references.get("cases", []),
        "window": window,
        "window_closed": window is not None and window.state == CLOSED,
        "window_by_person": window is not None and window.state == PERSON,
        "phone": number_of(known) if window and window.state == CLOSED else "",
        "draft": draft,
        "form": form or _blank_form(contact, message, draft.answer, draft.subject, ground),
        "most": most(message.account.network, message.kind),
        "others": [hit for hit in suggestion.hits if hit.slug != slug and hit.percent and hit.kind == "answer"][:4],
        "english": {"policy": policy, "grounds": language_rule().choices(get_language())}
        if contact.language == "en" and not policy.english
        else None,
        "open": contact.state in conversations.OPEN,
        "taken_by": contact.agent if contact.agent_id not in (None, agent.pk) else None,
        "reply": replies[-1] if replies else None,
        "why": explain(replies[-1].post.error_code) if replies else "",
        "failed": bool(replies) and failed(replies[-1]),
        "take_back_until": replies[-1].post.not_before
        if replies and replies[-1].by_id == agent.pk and social.may_take_social_back(replies[-1])
        else None,
        "whys": InboxItem.Why.choices,
        "item": conversations.item_of(contact),
    }


def _blank_form(
    contact: Contact, message: Message, answer: Rendered | None, subject: Subject | None, ground: str
) -> SocialReplyForm:
    """The form with the words proposed: those of a published answer and its page, never anything of a file."""
    words = ""
    if answer is not None and subject is not None:
        words = f"{answer.short.plain}\n\n{settings.PARVIS_URL}/reponses/{subject.slug}/"
    count = len(contact.social_replies.all())
    initial = {
        "key": f"{contact.key[:48]}.{count + 1}.net",
        "words": words,
        "subject": subject.slug if subject and answer else "",
        "stamp": answer.stamp if answer else "",
        "ground": ground,
        "latest": message.pk,
    }
    return SocialReplyForm(initial=initial, prefix="reply")


def given_of(contact: Contact, values: dict[str, Any], question: str, language: str) -> list[GivenAnswer]:
    """The standard answer that the words come from, if any. Raises Conflict when it changed while it was read."""
    subject = values["subject"]
    if not subject or not values["stamp"]:
        return []
    answer = answers.current_answer(subject.slug)
    rendered = answers.render(answer, language, audience=contact.audience) if answer else None
    shown = of_stamp(rendered, values["stamp"]) if rendered else None
    if answer is None or shown is None:
        raise Conflict(_("The answer changed while you were reading it. Open it again: your words are kept here."))
    inputs = {"text": question, "audience": contact.audience}
    return [GivenAnswer(answer, values["words"].strip(), shown.short.lang, shown.given_facts, inputs)]
