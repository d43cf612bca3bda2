"""Templates: words and settings to start from."""

from dataclasses import replace
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.queries import language_rule
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.outreach.models import Template
from parvis.apps.outreach.rules.approval import english_refused
from parvis.apps.outreach.rules.content import Content
from parvis.apps.outreach.services.drafts import MessageDraft
from parvis.apps.outreach.services.journal import require
from parvis.lib.clock import now
from parvis.lib.errors import Invalid

DRILL_LASTS = timedelta(hours=1)


@transaction.atomic
def save_template(*, name: str, draft: MessageDraft, by: User) -> Template:
    """Keeps words to start from, without their moments. Raises NotAllowed, Invalid (name)."""
    require(by, Action.WRITE_MESSAGE)
    name = " ".join(name.split())[:120]
    if not name:
        raise Invalid(_("Something is to be mended."), {"name": _("Name the template.")})
    content = draft.to_json() | {"starts_at": None, "expires_at": None}
    return Template.objects.create(name=name, content=content, created_by=by, created_at=now())


def draft_from(template: Template, *, drill: bool = False) -> MessageDraft:
    """The draft that a template starts. As a `drill` it is an exercise that ends by itself after DRILL_LASTS.

    The English of a template of the town is left out where it would be refused without a reason.
    """
    draft = MessageDraft.from_json(template.content)
    if template.key:
        draft = without_refused_english(draft)
    return replace(draft, drill=True, expires_at=now() + DRILL_LASTS) if drill else draft


def without_refused_english(draft: MessageDraft) -> MessageDraft:
    """The draft without its English where it would be refused for want of a reason, so that nobody has to erase it."""
    written = Content(kind=draft.kind, urgency=draft.urgency, versions=draft.versions)
    if not english_refused(written, language_rule(), draft.english_reason):
        return draft
    return replace(draft, versions={place: words for place, words in draft.versions.items() if place[1] == "fr"})


@transaction.atomic
def delete_template(*, template_id: int, deleted: bool = True, by: User) -> None:
    """Removes a template, or puts it back. Raises NotAllowed."""
    require(by, Action.WRITE_MESSAGE)
    Template.objects.filter(pk=template_id).update(deleted_at=now() if deleted else None)
