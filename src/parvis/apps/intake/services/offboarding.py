"""Offboarding: access is cut at once, which another manager may undo; then the leaver's open work goes to others."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case, State
from parvis.apps.cases.services.handling import reassign
from parvis.apps.catalogue.models import RoutingRule
from parvis.apps.catalogue.queries.subjects import forget as forget_rules
from parvis.apps.content.models import Answer
from parvis.apps.content.services.content import hand_drafts
from parvis.apps.directory import queries as directory
from parvis.apps.directory.models import Absence, Department, Membership, User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services.keys import keys_of, revoke_keys_of
from parvis.apps.directory.services.roles import take_every_role
from parvis.apps.directory.services.staff import end_sessions
from parvis.apps.intake.models import Alert, Callback, Contact, MailDraft
from parvis.apps.mail.services.outgoing import queue_letter
from parvis.lib import clock
from parvis.lib.errors import Conflict, Invalid, NotAllowed, NotFound, type_text

CUT, BACK = "parvis.apps.intake.letters.access_cut", "parvis.apps.intake.letters.access_back"
CASES, DESK, HEAD, ANSWERS = "cases", "desk", "head", "answers"


@dataclass(frozen=True)
class OpenWork:
    """The work still assigned to a user, by kind.

    `cases` counts open cases by department; `answers` the standard answers owned by departments the user heads;
    `drafts` the answers they were rewriting or had locked; `keys` are the names of the API keys they made.
    """

    cases: Mapping[Department, int] = field(default_factory=dict)
    callbacks: int = 0
    contacts: int = 0
    alerts: int = 0
    threats: int = 0
    keys: Sequence[str] = ()
    rules: int = 0
    heads: Sequence[Department] = ()
    answers: int = 0
    drafts: int = 0
    delegations: int = 0
    memberships: int = 0

    @property
    def any(self) -> bool:
        """Whether anything must still be handed to someone else."""
        counts = (self.callbacks, self.contacts, self.alerts, self.threats, self.rules, self.drafts, self.delegations)
        return bool(self.cases or self.heads or self.keys or any(counts) or self.memberships)


@dataclass(frozen=True)
class Successors:
    """Who takes over each kind of work; needed only where there is some.

    `cases` maps department ids to a new owner, None for the department's queue. `desk` takes callbacks, contacts in
    progress and distress alerts; `supervisor` threats; `head` departments with their answers; `editor` drafts.
    """

    cases: Mapping[int, User | None] = field(default_factory=dict)
    desk: User | None = None
    supervisor: User | None = None
    head: User | None = None
    editor: User | None = None


@transaction.atomic
def cut_access(*, user_id: int, by: User) -> User:
    """Closes an account and ends its sessions and the uses of its keys, effective from its next request.

    The person is told, and those who may undo it (`undo_cut`). Raises NotAllowed, for someone of another department
    too, NotFound, and Conflict for one's own account or one that is closed.
    """
    user = _to_cut(user_id, by)
    if not user.is_active:
        raise Conflict(_("This access is cut already."))
    user.is_active, user.left_at, user.cut_by = False, clock.now(), by
    user.save(update_fields=["is_active", "left_at", "cut_by"])
    end_sessions(user=user)
    directory.forget()
    _tell_of_cut(user, [user, *directory.managers_of(user, but=[by])], CUT)
    return user


@transaction.atomic
def undo_cut(*, user_id: int, by: User) -> User:
    """Opens again an account that another manager closed, as it was, while its work was handed to nobody.

    The person is told, and the manager who closed it. Raises NotAllowed, NotFound, Conflict.
    """
    _refuse_unless_managing(by)
    user = _staff(user_id)
    if not may_undo_cut(user, by):
        raise Conflict(_("Another manager than the one who cut this access opens it again, before its work is given."))
    manager = user.cut_by
    user.is_active, user.left_at, user.cut_by = True, None, None
    user.save(update_fields=["is_active", "left_at", "cut_by"])
    directory.forget()
    _tell_of_cut(user, [user, *([manager] if manager else [])], BACK, by=by)
    return user


def may_undo_cut(user: User, by: User) -> bool:
    """Whether `by` may open the account again: another manager than the one who closed it, before `move_all`.

    Reads `memberships`.
    """
    closed = not user.is_active and user.left_at is not None and user.memberships.exists()
    return closed and by.may(Action.MANAGE_STAFF) and by.pk not in (user.pk, user.cut_by_id)


def _tell_of_cut(user: User, people: Sequence[User], renderer: str, *, by: User | None = None) -> None:
    """Queues a letter to each of these people who has an address; `by` is who opened the account again."""
    for person in people:
        if person.email:
            key = f"access-{user.pk}-{uuid4().hex}"
            args = [user.pk, person.pk, (by or user.cut_by or user).pk]
            queue_letter(key=key, to=person.email, language=person.language, renderer=renderer, args=args)


def _to_cut(user_id: int, by: User) -> User:
    _refuse_unless_managing(by)
    user = _staff(user_id)
    if user.pk == by.pk:
        raise Conflict(_("You cannot close your own account: ask a colleague."))
    _refuse_unless_managed(user, by)
    return user


def open_work_of(user: User) -> OpenWork:
    """All the work assigned to the user, in a dozen queries."""
    heads = tuple(Department.objects.filter(head=user))
    return OpenWork(
        # A plain dict: in a template, `cases.items` would look up the key "items" of a Counter.
        cases=dict(Counter(case.department for case in _cases(user).select_related("department"))),
        callbacks=_callbacks(user).count(),
        contacts=_contacts(user).count(),
        alerts=_alerts(user, Alert.Kind.DISTRESS, Alert.Kind.DANGER).count(),
        threats=_alerts(user, Alert.Kind.THREAT).count(),
        keys=tuple(keys_of(user).values_list("name", flat=True)),
        rules=RoutingRule.objects.filter(owner=user).count(),
        heads=heads,
        answers=Answer.objects.filter(owner__in=heads).count(),
        drafts=Answer.objects.filter(
            Q(has_unpublished_changes=True, latest_revision__user=user) | Q(locked_by=user)
        ).count(),
        delegations=_delegations(user).count(),
        memberships=Membership.objects.filter(user=user).count(),
    )


def move_all(*, user_id: int, successors: Successors, by: User) -> OpenWork:
    """Reassigns a leaver's work to the successors, removes their roles, and returns what is left.

    Each case gets a journal entry. Raises NotAllowed, NotFound, Conflict while the account is active, and Invalid
    (fields cases-<department>, desk, supervisor, head, editor) when a successor is missing or lacks the role.
    """
    _refuse_unless_managing(by)
    user = _staff(user_id)
    _refuse_unless_managed(user, by)
    if user.is_active:
        raise Conflict(_("Close the account first: work would go on arriving there."))
    open_work = open_work_of(user)
    _check(open_work, successors, user)
    for case_id, department_id in list(_cases(user).values_list("pk", "department_id")):
        reassign(case_id=case_id, to=successors.cases.get(department_id), left_by=user, by=by)
    _move_the_rest(user, successors, by)
    return open_work_of(user)


@transaction.atomic
def _move_the_rest(user: User, successors: Successors, by: User) -> None:
    _callbacks(user).update(assignee=successors.desk)
    _contacts(user).update(agent=successors.desk, state=Contact.State.ON_HOLD)
    Contact.objects.filter(agent=user, state=Contact.State.WAITING).update(agent=None)
    MailDraft.objects.filter(user=user).delete()
    _alerts(user, Alert.Kind.DISTRESS, Alert.Kind.DANGER).update(taken_by=successors.desk)
    _alerts(user, Alert.Kind.THREAT).update(taken_by=successors.supervisor)
    revoke_keys_of(user=user, by=by)
    for rule in RoutingRule.objects.filter(owner=user).select_related("to"):
        rule.owner = successors.cases.get(rule.to_id)
        rule.save(update_fields=["owner"])
    Department.objects.filter(head=user).update(head=successors.head)
    _delegations(user).filter(user=successors.head).update(delegate=None)  # cannot replace themselves
    _delegations(user).update(delegate=successors.head)
    if successors.editor is not None:
        hand_drafts(left_by=user, to=successors.editor)
    take_every_role(user=user, by=by)
    forget_rules()


def _check(open_work: OpenWork, successors: Successors, user: User) -> None:
    wrong: dict[str, type_text] = {}
    for department in open_work.cases:
        successor = successors.cases.get(department.pk)
        if successor and not (successor.is_active and successor.may_in(Action.WORK_CASE, department.pk)):
            wrong[f"{CASES}-{department.slug}"] = _("Choose someone of this department, or its queue.")
    needs = (
        ("desk", successors.desk, open_work.callbacks or open_work.contacts or open_work.alerts, Action.TAKE_CONTACT),
        ("supervisor", successors.supervisor, open_work.threats, Action.HANDLE_ALERT),
        ("head", successors.head, open_work.heads or open_work.delegations, Action.WORK_CASE),
        ("editor", successors.editor, open_work.drafts, Action.EDIT_ANSWER),
    )
    for name, successor, needed, action in needs:
        if needed and successor is None:
            wrong[name] = _("Choose someone: nothing stays without an owner.")
        elif successor and (successor.pk == user.pk or not successor.is_active or not successor.may(action)):
            wrong[name] = _("This person's role does not allow it.")
    if wrong:
        raise Invalid(_("Someone is missing to take what is left."), wrong)


def _staff(user_id: int) -> User:
    user = User.objects.filter(pk=user_id, memberships__isnull=False).distinct().first()
    user = user or User.objects.filter(pk=user_id, is_active=False, cases__isnull=False).distinct().first()
    if user is None:
        raise NotFound(_("This person does not work here."))
    return user


def _cases(user: User) -> QuerySet[Case]:
    return Case.objects.filter(owner=user).exclude(state=State.CLOSED).order_by("pk")


def _callbacks(user: User) -> QuerySet[Callback]:
    return Callback.objects.filter(assignee=user, done_at=None)


def _contacts(user: User) -> QuerySet[Contact]:
    return Contact.objects.filter(agent=user, state__in=Contact.IN_HAND)


def _alerts(user: User, *kinds: Alert.Kind) -> QuerySet[Alert]:
    return Alert.objects.filter(taken_by=user, lifted_at=None, kind__in=kinds)


def _delegations(user: User) -> QuerySet[Absence]:
    return Absence.objects.filter(delegate=user, last_day__gte=clock.today())


def _refuse_unless_managed(user: User, by: User) -> None:
    if not directory.manages(by, user):
        raise NotAllowed(_("This person works in a department that another manager looks after."))


def _refuse_unless_managing(by: User) -> None:
    by.require(Action.MANAGE_STAFF, _("Your role does not manage the staff."))
