"""Changes of what the town says."""

import re
from collections.abc import Callable
from datetime import date
from hashlib import sha256

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _
from wagtail.models import (
    Collection,
    GroupApprovalTask,
    GroupCollectionPermission,
    Revision,
    Workflow,
    WorkflowContentType,
    WorkflowTask,
)
from wagtail.users.models import UserProfile

from parvis.apps.content.models import Answer, ContentVersion, Fact, FactContent, Usefulness
from parvis.apps.content.queries.snapshot import contents
from parvis.apps.content.rules import access, values
from parvis.apps.directory.models import Actor, Department, User
from parvis.apps.directory.queries import may_on
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.places.models import Sector
from parvis.lib import clock
from parvis.lib.errors import Conflict, Invalid, NotAllowed, or_not_found
from parvis.lib.i18n.languages import clean

ONE_OPINION_SECONDS, LONGEST_OPINION = 3600, 1000
followed_by: list[Callable[[str], str]] = []
"""Each says of a fact, by its key, why nobody types its value, in words; "" for the others."""
REACH = re.compile(r"\S+@\S+|\+?\d[\d .()-]{5,}\d")  # an e-mail address, a phone number


def bump_edition() -> None:
    """Tell every process that what the town says has changed, as soon as the present transaction is committed."""
    with transaction.atomic():
        if not ContentVersion.objects.update(number=F("number") + 1, changed_at=clock.now()):
            ContentVersion.objects.get_or_create(pk=1, defaults={"number": 1, "changed_at": clock.now()})
        contents.check_now()
        transaction.on_commit(contents.check_now)


@transaction.atomic
def hand_drafts(*, left_by: User, to: User) -> None:
    """The answers that someone who left was rewriting are in the name of a colleague now, and nothing stays locked."""
    drafts = Answer.objects.filter(has_unpublished_changes=True, latest_revision__user=left_by)
    Revision.objects.filter(pk__in=list(drafts.values_list("latest_revision_id", flat=True))).update(user=to)
    Answer.objects.filter(locked_by=left_by).update(locked=False, locked_by=None, locked_at=None)


def set_fact(
    *,
    key: str,
    kind: str,
    value: object,
    label_fr: str,
    label_en: str,
    owner: Department,
    source_title: str,
    source_url: str = "",
    unit: str = "",
    valid_from: date | None = None,
    valid_to: date | None = None,
    verified_on: date | None = None,
    verified_by: str = "",
    example: bool = False,
    area: Sector | None = None,
    follows: bool = False,
    by: Actor,
) -> Fact:
    """Give a fact a new version, and return it; the one before is kept and closed.

    A new value that begins later leaves the old one in force until then (`facts.facts_current`). The same values
    again change nothing; in an `area` only the versions of that area count. Invalid when the value cannot be shown, or
    when the last day comes before the first; Conflict when someone else changes the fact at the same moment, or
    when its value follows something of the product, which alone gives it (`follows`); NotAllowed for staff who may not
    publish what its owner says (see `fact_review.submit_fact`).
    """
    if by.user and not may_on(by.user, Action.PUBLISH_ANSWER, owner.pk):
        raise NotAllowed(_("A value is published by those who publish answers."))
    if not follows:
        refuse_what_follows(key)
    new = Fact(
        key=key,
        kind=kind,
        value=value,
        label_fr=label_fr,
        label_en=label_en,
        owner=owner,
        unit=unit,
        source_title=source_title,
        source_url=source_url,
        valid_from=valid_from,
        valid_to=valid_to,
        verified_on=verified_on,
        verified_by=verified_by,
        example=example,
        area=area,
        created_at=clock.now(),
    )
    refuse_what_cannot_be_shown(new)
    try:
        return _supersede(new)
    except IntegrityError:
        raise Conflict(_("Someone else changed this fact at the same moment. Look at it again.")) from None


@transaction.atomic
def say_useful(
    *, slug: str, useful: bool, reader: str, language: str, revision_id: int | None = None, words: str = ""
) -> Usefulness:
    """Keep whether a reader found the published answer useful. Within an hour, the same reader corrects what they said.

    `reader` tells two readers apart; it is hashed, kept in the cache for that hour, and never written beside the
    opinion. `revision_id` is the revision that was read; the present one when it is not of this answer. Addresses and
    phone numbers are taken out of the words, which are cut at LONGEST_OPINION. NotFound when no such answer is
    published.
    """
    answer = or_not_found(Answer.objects.filter(live=True, subject__slug=slug).first(), _("There is no such answer."))
    place = "useful:" + sha256(f"{answer.pk}:{reader}".encode()).hexdigest()
    first = cache.add(place, 0, ONE_OPINION_SECONDS)
    said = None if first else Usefulness.objects.filter(pk=cache.get(place) or 0).first()
    opinion = said or Usefulness(answer=answer, words="")
    opinion.useful, opinion.language, opinion.at = useful, clean(language), clock.now()
    opinion.words = REACH.sub("…", " ".join(words.split()))[:LONGEST_OPINION] or opinion.words
    opinion.revision_id = _read_revision(answer, revision_id)
    opinion.save()
    cache.set(place, opinion.pk, ONE_OPINION_SECONDS)
    return opinion


def _read_revision(answer: Answer, revision_id: int | None) -> int | None:
    if revision_id and answer.revisions.filter(pk=revision_id).exists():
        return revision_id
    live: int | None = answer.live_revision_id
    return live


def refuse_what_follows(key: str) -> None:
    """Raises Conflict for a fact whose value follows something of the product."""
    for why_not in followed_by:
        if words := why_not(key):
            raise Conflict(words)


def refuse_what_cannot_be_shown(fact: FactContent) -> None:
    """Raises Invalid when the last day comes before the first, or when the value is not of its kind."""
    if fact.valid_from and fact.valid_to and fact.valid_to < fact.valid_from:
        raise Invalid.in_field("valid_to", _("The last day comes before the first."))
    try:
        values.shown(fact.kind, fact.value, "fr", fact.unit)
    except values.Unreadable:
        raise Invalid.in_field("value", _("This is not a value of that kind.")) from None


@transaction.atomic
def _supersede(new: Fact) -> Fact:
    old = Fact.objects.select_for_update().filter(key=new.key, area=new.area, replaced_at__isnull=True).first()
    if old is not None:
        if old.content == new.content:
            return old
        old.replaced_at = clock.now()
        old.save(update_fields=["replaced_at"])
    new.save()
    bump_edition()
    return new


@transaction.atomic
def sync_wagtail_groups() -> None:
    """Make the groups of the editor's space what `access` says, and the workflow by which a draft is published.

    May be run again at any time. A workflow that the town gave to answers itself is left alone. Nobody keeps a language
    of Wagtail's own: it would go against the one chosen for every screen.
    """
    permissions = {access.WRITERS: access.WRITERS_MAY, access.PUBLISHERS: access.PUBLISHERS_MAY}
    for name, pairs in permissions.items():
        group, _made = Group.objects.get_or_create(name=name)
        group.permissions.set([_admin_access(), *(_permission(model, verb) for model, verb in sorted(pairs))])
        _allow_pictures(group)
    UserProfile.objects.exclude(preferred_language="").update(preferred_language="")
    kinds = [_content_type(model) for model in access.REVIEWED]
    reviewed = set(WorkflowContentType.objects.values_list("content_type", flat=True))
    if all(kind.pk in reviewed for kind in kinds):
        return
    workflow, _made = Workflow.objects.get_or_create(name=access.WORKFLOW)
    task = GroupApprovalTask.objects.filter(name=access.WORKFLOW).first()
    task = task or GroupApprovalTask.objects.create(name=access.WORKFLOW)
    task.groups.set(Group.objects.filter(name=access.PUBLISHERS))
    WorkflowTask.objects.get_or_create(workflow=workflow, task=task, defaults={"sort_order": 0})
    for kind in kinds:
        if kind.pk not in reviewed:
            WorkflowContentType.objects.create(content_type=kind, workflow=workflow)


def _content_type(model: str) -> ContentType:
    app, _dot, name = model.partition(".")
    return ContentType.objects.get_by_natural_key(app, name)


def _allow_pictures(group: Group) -> None:
    root = Collection.get_first_root_node()
    if root is None:
        return
    for codename in access.PICTURES_MAY:
        permission = Permission.objects.filter(content_type__app_label="wagtailimages", codename=codename).first()
        if permission is not None:
            GroupCollectionPermission.objects.get_or_create(group=group, collection=root, permission=permission)


def _admin_access() -> Permission:
    kind, _made = ContentType.objects.get_or_create(app_label="wagtailadmin", model="admin")
    names = {"name": "Can access Wagtail admin"}
    return Permission.objects.get_or_create(content_type=kind, codename="access_admin", defaults=names)[0]


def _permission(model: str, verb: str) -> Permission:
    kind = _content_type(model)
    names = {"name": f"Can {verb} {kind.model}"}
    return Permission.objects.get_or_create(content_type=kind, codename=f"{verb}_{kind.model}", defaults=names)[0]
