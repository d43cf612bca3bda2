"""Someone leaves the house: access is cut at once, all that was theirs goes to others, nothing is left ownerless."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case, State
from parvis.apps.cases.services import reassign
from parvis.apps.catalogue.models import RoutingRule
from parvis.apps.catalogue.queries import forget as forget_rules
from parvis.apps.directory.keys import keys_of, revoke_keys_of
from parvis.apps.directory.models import Absence, Department, Membership, User
from parvis.apps.directory.permissions import Action
from parvis.apps.intake.models import Alert, Callback, Contact
from parvis.apps.knowledge.models import Answer
from parvis.apps.knowledge.services import hand_drafts
from parvis.lib import clock
from parvis.lib.errors import Conflict, Invalid, NotAllowed, NotFound, type_text

CASES, DESK, HEAD, ANSWERS = "cases", "desk", "head", "answers"


@dataclass(frozen=True)
class OpenWork:
    """What is still in someone's name, kind by kind.

    `cases` are the open ones by department; `answers` those whose standard answers they head the department of;
    `drafts` the answers they were rewriting or had locked; `keys` the names of the keys of programs that they made.
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
        """Whether anything is left that someone else must have."""
        counts = (self.callbacks, self.contacts, self.alerts, self.threats, self.rules, self.drafts, self.delegations)
        return bool(self.cases or self.heads or self.keys or any(counts) or self.memberships)


@dataclass(frozen=True)
class Successors:
    """To whom each kind goes. A department's cases may go to nobody: they wait in its queue, to be taken.

    `desk` takes calls to make, contacts in progress and people in distress; `supervisor` the threats; `head` the heads
    of departments, with the answers these own; `editor` the drafts. Someone is needed only where there is something.
    """

    cases: Mapping[int, User | None] = field(default_factory=dict)  # by number of department
    desk: User | None = None
    supervisor: User | None = None
    head: User | None = None
    editor: User | None = None


def needs_second_manager(user: User) -> bool:
    """Whether one manager alone may not cut that person's access: they head a department."""
    return Department.objects.filter(head=user, active=True).exists()


def ask_to_cut_access(*, user_id: int, by: User) -> User:
    """Asks that the access of a head of department be cut: another manager confirms it by `cut_access`.

    Raises NotAllowed, NotFound, and Conflict for one's own account or one that one manager may cut.
    """
    user = _to_cut(user_id, by)
    if not needs_second_manager(user):
        raise Conflict(_("One manager may cut this access: nobody else needs to confirm."))
    if not may_confirm_cut(user, by):
        user.departure_asked_by, user.departure_asked_at = by, clock.now()
        user.save(update_fields=["departure_asked_by", "departure_asked_at"])
    return user


def withdraw_request_to_cut(*, user_id: int, by: User) -> User:
    """Takes back what one asked for by `ask_to_cut_access`. Raises NotAllowed, NotFound, Conflict."""
    user = _to_cut(user_id, by)
    if user.departure_asked_by_id != by.pk:
        raise Conflict(_("You did not ask for this access to be cut."))
    user.departure_asked_by = user.departure_asked_at = None
    user.save(update_fields=["departure_asked_by", "departure_asked_at"])
    return user


def may_confirm_cut(user: User, by: User) -> bool:
    """Whether another manager, who works here still, asked that the access be cut."""
    asker = user.departure_asked_by
    return asker is not None and asker.pk != by.pk and asker.is_active and asker.may(Action.MANAGE_STAFF)


def cut_access(*, user_id: int, by: User) -> User:
    """Closes an account now, for good: the next page that it asks for is refused, and its sessions are ended.

    Raises NotAllowed, NotFound, and Conflict for one's own account, or for a head of department when no second manager
    asked for it (`ask_to_cut_access`).
    """
    user = _to_cut(user_id, by)
    if needs_second_manager(user) and not may_confirm_cut(user, by):
        raise Conflict(_("This person heads a department: a second manager must ask for it or confirm it."))
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_active=False, left_at=clock.now())
        for session in Session.objects.filter(expire_date__gte=clock.now()).iterator():
            if session.get_decoded().get("_auth_user_id") == str(user.pk):
                session.delete()
    user.is_active = False
    return user


def _to_cut(user_id: int, by: User) -> User:
    _refuse_unless_managing(by)
    user = _staff(user_id)
    if user.pk == by.pk:
        raise Conflict(_("You cannot close your own account: ask a colleague."))
    return user


def open_work_of(user: User) -> OpenWork:
    """All that is in that person's name; a dozen queries."""
    cases: dict[Department, int] = {}
    for case in _cases(user).select_related("department"):
        cases[case.department] = cases.get(case.department, 0) + 1
    heads = tuple(Department.objects.filter(head=user))
    return OpenWork(
        cases=cases,
        callbacks=_callbacks(user).count(),
        contacts=_contacts(user).count(),
        alerts=_alerts(user, Alert.Kind.DISTRESS).count(),
        threats=_alerts(user, Alert.Kind.THREAT).count(),
        keys=tuple(keys_of(user).values_list("name", flat=True)),
        rules=RoutingRule.objects.filter(owner=user).count(),
        heads=heads,
        answers=Answer.objects.filter(owner__in=heads).count(),
        drafts=_drafts(user).count(),
        delegations=_delegations(user).count(),
        memberships=Membership.objects.filter(user=user).count(),
    )


def move_all(*, user_id: int, successors: Successors, by: User) -> OpenWork:
    """Gives what was in the person's name to the successors, and takes their roles away; returns what is left.

    Each case gets its entry. Raises NotAllowed, NotFound, Conflict while the account is open, and Invalid (fields
    cases-<department>, desk, supervisor, head, editor) when someone is needed or cannot do it.
    """
    _refuse_unless_managing(by)
    user = _staff(user_id)
    if user.is_active:
        raise Conflict(_("Close the account first: work would go on arriving there."))
    open_work = open_work_of(user)
    _check(open_work, successors, user)
    for case in list(_cases(user).values_list("pk", "department_id")):
        reassign(case_id=case[0], to=successors.cases.get(case[1]), left_by=user, by=by)
    _move_the_rest(user, successors, by)
    return open_work_of(user)


@transaction.atomic
def _move_the_rest(user: User, successors: Successors, by: User) -> None:
    _callbacks(user).update(assignee=successors.desk)
    _contacts(user).update(agent=successors.desk, state=Contact.State.ON_HOLD)
    Contact.objects.filter(agent=user, state=Contact.State.WAITING).update(agent=None)
    _alerts(user, Alert.Kind.DISTRESS).update(taken_by=successors.desk)
    _alerts(user, Alert.Kind.THREAT).update(taken_by=successors.supervisor)
    revoke_keys_of(user=user, by=by)
    for rule in RoutingRule.objects.filter(owner=user).select_related("to"):
        rule.owner = successors.cases.get(rule.to_id)
        rule.save(update_fields=["owner"])
    Department.objects.filter(head=user).update(head=successors.head)
    _delegations(user).filter(user=successors.head).update(delegate=None)  # nobody replaces themselves
    _delegations(user).update(delegate=successors.head)
    if successors.editor is not None:
        hand_drafts(left_by=user, to=successors.editor)
    Membership.objects.filter(user=user).delete()
    forget_rules()


def _check(open_work: OpenWork, successors: Successors, user: User) -> None:
    wrong: dict[str, type_text] = {}
    for department in open_work.cases:
        heir = successors.cases.get(department.pk)
        if heir is not None and (not heir.is_active or not heir.may_in(Action.WORK_CASE, department.pk)):
            wrong[f"{CASES}-{department.slug}"] = _("Choose someone of this department, or its queue.")
    needs = (
        ("desk", successors.desk, open_work.callbacks or open_work.contacts or open_work.alerts, Action.TAKE_CONTACT),
        ("supervisor", successors.supervisor, open_work.threats, Action.HANDLE_ALERT),
        ("head", successors.head, open_work.heads or open_work.delegations, Action.WORK_CASE),
        ("editor", successors.editor, open_work.drafts, Action.EDIT_ANSWER),
    )
    for name, heir, needed, action in needs:
        if needed and heir is None:
            wrong[name] = _("Choose someone: nothing stays without an owner.")
        elif heir is not None and (heir.pk == user.pk or not heir.is_active or not heir.may(action)):
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


def _alerts(user: User, kind: Alert.Kind) -> QuerySet[Alert]:
    return Alert.objects.filter(taken_by=user, lifted_at=None, kind=kind)


def _drafts(user: User) -> QuerySet[Answer]:
    theirs = Q(has_unpublished_changes=True, latest_revision__user=user) | Q(locked_by=user)
    answers: QuerySet[Answer] = Answer.objects.filter(theirs)
    return answers


def _delegations(user: User) -> QuerySet[Absence]:
    return Absence.objects.filter(delegate=user, last_day__gte=clock.today())


def _refuse_unless_managing(by: User) -> None:
    if not by.may(Action.MANAGE_STAFF):
        raise NotAllowed(_("Your role does not manage the staff."))
