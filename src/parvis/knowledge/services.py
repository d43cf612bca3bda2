"""Changes of what the town says."""

from datetime import date

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _
from wagtail.models import GroupApprovalTask, Workflow, WorkflowContentType, WorkflowTask

from parvis.directory.models import Department, User
from parvis.directory.permissions import Action
from parvis.knowledge import access, values
from parvis.knowledge.models import Answer, Edition, Fact
from parvis.knowledge.shelf import keeper
from parvis.lib import clock
from parvis.lib.errors import Conflict, Invalid, NotAllowed


def bump_edition() -> None:
    """Tell every process that what the town says has changed, as soon as the present transaction is committed."""
    with transaction.atomic():
        if not Edition.objects.update(number=F("number") + 1, changed_at=clock.now()):
            Edition.objects.get_or_create(pk=1, defaults={"number": 1, "changed_at": clock.now()})
        keeper.look_again()
        transaction.on_commit(keeper.look_again)


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
    by: User | None = None,
) -> Fact:
    """Give a fact a new version, and return it; the one before is kept and closed.

    A new value that begins later leaves the old one in force until then (`shelf.facts_current`). The same values
    again change nothing. `by` None is the loader. Invalid when the value cannot be shown, or when the last day comes
    before the first; Conflict when someone else changes the fact at the same moment.
    """
    if by is not None and not by.may(Action.EDIT_FACT):
        raise NotAllowed(_("Only editors and managers change facts."))
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
        created_at=clock.now(),
    )
    _refuse_what_cannot_be_shown(new)
    try:
        return _supersede(new)
    except IntegrityError:
        raise Conflict(_("Someone else changed this fact at the same moment. Look at it again.")) from None


def _refuse_what_cannot_be_shown(fact: Fact) -> None:
    if fact.valid_from and fact.valid_to and fact.valid_to < fact.valid_from:
        message = _("The last day comes before the first.")
        raise Invalid(message, {"valid_to": message})
    try:
        values.shown(fact.kind, fact.value, "fr", fact.unit)
    except values.Unreadable:
        message = _("This is not a value of that kind.")
        raise Invalid(message, {"value": message}) from None


@transaction.atomic
def _supersede(new: Fact) -> Fact:
    old = Fact.objects.select_for_update().filter(key=new.key, replaced_at__isnull=True).first()
    if old is not None:
        if _content(old) == _content(new):
            return old
        old.replaced_at = clock.now()
        old.save(update_fields=["replaced_at"])
    new.save()
    bump_edition()
    return new


def _content(fact: Fact) -> tuple[object, ...]:
    names = (
        "kind",
        "value",
        "unit",
        "label_fr",
        "label_en",
        "source_title",
        "source_url",
        "valid_from",
        "valid_to",
        "verified_on",
        "verified_by",
        "example",
        "owner_id",
    )
    return tuple(getattr(fact, name) for name in names)


@transaction.atomic
def sync_wagtail_groups() -> None:
    """Make the groups of the editor's space what `access` says, and the workflow by which a draft is published.

    May be run again at any time. A workflow that the town gave to answers itself is left alone.
    """
    permissions = {access.WRITERS: access.WRITERS_MAY, access.PUBLISHERS: access.PUBLISHERS_MAY}
    for name, pairs in permissions.items():
        group, _made = Group.objects.get_or_create(name=name)
        group.permissions.set([_admin_access(), *(_permission(model, verb) for model, verb in sorted(pairs))])
    answers = ContentType.objects.get_for_model(Answer)
    if WorkflowContentType.objects.filter(content_type=answers).exists():
        return
    workflow, _made = Workflow.objects.get_or_create(name=access.WORKFLOW)
    task = GroupApprovalTask.objects.filter(name=access.WORKFLOW).first()
    task = task or GroupApprovalTask.objects.create(name=access.WORKFLOW)
    task.groups.set(Group.objects.filter(name=access.PUBLISHERS))
    WorkflowTask.objects.get_or_create(workflow=workflow, task=task, defaults={"sort_order": 0})
    WorkflowContentType.objects.create(content_type=answers, workflow=workflow)


def _admin_access() -> Permission:
    kind, _made = ContentType.objects.get_or_create(app_label="wagtailadmin", model="admin")
    names = {"name": "Can access Wagtail admin"}
    return Permission.objects.get_or_create(content_type=kind, codename="access_admin", defaults=names)[0]


def _permission(model: str, verb: str) -> Permission:
    kind = ContentType.objects.get_by_natural_key("knowledge", model)
    names = {"name": f"Can {verb} {model}"}
    return Permission.objects.get_or_create(content_type=kind, codename=f"{verb}_{model}", defaults=names)[0]
