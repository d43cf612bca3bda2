"""Permissions on a case: the role table applied to one object, and what its subject restricts to some posts.

A request of a restricted subject (`Subject.restricted_to`) is opened by the posts that the subject names and by nobody
else, whatever their role, their department or their name on it. Everyone else is shown `sealed`: a reference, and whom
to ask. Every screen, list, letter and program goes through these functions.
"""

from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries.merged_cases import head_of
from parvis.apps.cases.rules.states import Transition, allows
from parvis.apps.catalogue.models import Nature, Subject
from parvis.apps.catalogue.queries import restrictions
from parvis.apps.directory.models import User
from parvis.apps.directory.queries import departments_on, holders, may_on
from parvis.apps.directory.rules.permissions import Action

_T = Transition
_WORK = (
    *(_T.TAKE, _T.ASSIGN, _T.ASK, _T.ANSWER, _T.WAIT, _T.RESUME, _T.PASS_ON, _T.NEW_DATE),
    *(_T.CLOSE, _T.VISIT, _T.NOT_MINE),
)
_DESK = (_T.NOTE, _T.REPLY, _T.HAND_OVER, _T.CALLED, _T.WITHDRAW)
_MERGED = (_T.NOTE, _T.REPLY, _T.CALLED, _T.NOT_FIXED, _T.WITHDRAW, _T.ERASE)


def may_read(user: User, case: Case) -> bool:
    """Whether the user has READ_CASE over its department, or owns it. A restricted one: whether a post opens it."""
    if case.restricted:
        return False
    if restrictions.is_restricted(case.subject_id):
        return restrictions.holds_post(user, case.subject_id)
    return may_list(user, case)


def may_list(user: User, case: Case) -> bool:
    """Whether the case is among those of the user's role: as `may_read`, without what its subject restricts."""
    return case.owner_id == user.pk or may_on(user, Action.READ_CASE, case.department_id)


def readable(user: User, prefix: str = "") -> Q:
    """`may_read` as a filter on cases, or on rows related to one by `prefix`.

    Empty for users who read every case, in a town that restricts none.
    """
    condition, restricted = Q(), restrictions.restricted_subjects()
    if not user.may_everywhere(Action.READ_CASE):
        departments = sorted(departments_on(user, Action.READ_CASE))
        condition = Q(**{f"{prefix}department__in": departments}) | Q(**{f"{prefix}owner": user})
    if not restricted:
        return condition
    subject = f"{prefix}subject__in"
    allowed = condition & ~Q(**{subject: sorted(restricted)})
    opened = restrictions.opened_by(user)
    return allowed | Q(**{subject: sorted(opened)}) if opened else allowed


def unrestricted(prefix: str = "") -> Q:
    """Filters the cases that no subject restricts: for figures and lists read by people of any post."""
    restricted = restrictions.restricted_subjects()
    return ~Q(**{f"{prefix}subject__in": sorted(restricted)}) if restricted else Q()


def sealed(case: Case) -> Case:
    """The case as shown to those who may not open it: its reference, where it is in the work, and whom to ask.

    A new instance that cannot be saved, without the words, the person, the place, the subject nor the names of others.
    Reads `department`.
    """
    asked = restrictions.whom_to_ask(case.subject_id)
    title = _("Restricted request: ask %(people)s") % {"people": asked}
    shown = Case(
        pk=case.pk,
        reference=case.reference,
        subject=Subject(title_fr=title[:400], title_en=title[:400], icon="lock"),
        department=case.department,
        state=case.state,
        nature=Nature.REQUEST,
        due_at=case.due_at,
        promise=case.promise,
        pauses=case.pauses,
        opened_at=case.opened_at,
        closed_at=case.closed_at,
        changed_at=case.opened_at,
    )
    shown.restricted = True
    return shown


def seal(user: User, cases: Iterable[Case]) -> list[Case]:
    """These cases as a list shows them to this user: those they may not open are `sealed`. No query on cases."""
    return [case if may_open(user, case) else sealed(case) for case in cases]


def may_open(user: User, case: Case) -> bool:
    """Whether the subject of the case lets the user open it, regardless of their role and department."""
    if case.restricted:
        return False
    return not restrictions.is_restricted(case.subject_id) or restrictions.holds_post(user, case.subject_id)


def people_in_common(user: User, person_ids: Iterable[int]) -> set[int]:
    """Those of these files, by id, of which the user may read a request, one of a merged file included; one query."""
    ids = set(person_ids)
    theirs = Q(person__in=ids) | Q(person__merged_into__in=ids)
    rows = Case.objects.filter(theirs, readable(user)) if ids else Case.objects.none()
    return ids & {pk for pair in rows.order_by().values_list("person", "person__merged_into").distinct() for pk in pair}


def anyone_may_place() -> Q:
    """Filters the cases that may be located: all but those of people whose address is protected."""
    return Q(person=None) | Q(person__address_protected=False)


def readers(case: Case) -> Q:
    """`may_read` as a filter on users; a user may match once for each of their roles."""
    if restrictions.is_restricted(case.subject_id):
        return restrictions.holders(case.subject_id)
    return Q(pk=case.owner_id) | holders(Action.READ_CASE, case.department_id)


def may_work(user: User, case: Case) -> bool:
    """Whether the user works in the case's department, manages it, or owns the case.

    On a restricted case: whether a post of theirs opens it, wherever it is, and they work on requests.
    """
    if not may_open(user, case):
        return False
    if restrictions.is_restricted(case.subject_id):
        return user.may(Action.WORK_CASE)
    own = case.owner_id == user.pk and user.may(Action.WORK_CASE)
    return own or may_on(user, Action.WORK_CASE, case.department_id)


def _follows(user: User, case: Case) -> bool:
    """Whether the user acts on a case for its citizen: agents on any, a manager on those of departments they manage."""
    return may_on(user, Action.FOLLOW_CASE, case.department_id)


def may(user: User, transition: Transition, case: Case) -> bool:
    """Whether the user's role allows this transition on this case, regardless of the case's state."""
    if transition is _T.REASSIGN:  # the work of someone who left: it tells nothing of the request
        return user.may(Action.MANAGE_STAFF)
    if not may_open(user, case):
        return False
    if transition in _WORK:
        return may_work(user, case)
    if transition is _T.NOT_FIXED:
        return may_on(user, Action.REOPEN_CASE, case.department_id)
    if transition is _T.CORRECT:
        return False  # the citizen's alone
    if transition is _T.ERASE:
        return user.may(Action.ERASE_WORDS)
    return may_work(user, case) or (transition in _DESK and _follows(user, case))


def transitions_for(user: User, case: Case) -> set[str]:
    """The transitions this user may make on this case now; on a merged case, only notes and the citizen's own."""
    comment = case.nature == Nature.COMMENT
    if case.merged_into_id:
        state = head_of(case).state
        return {str(each) for each in _MERGED if allows(each, state, comment=comment) and may(user, each, case)}
    return {str(each) for each in Transition if allows(each, case.state, comment=comment) and may(user, each, case)}


def may_publish(user: User, case: Case) -> bool:
    """Whether this user decides what the public sees of the case: in its department, or for any case they may read."""
    return may_open(user, case) and may_on(user, Action.PUBLISH_CASE, case.department_id)


def may_merge(user: User, case: Case) -> bool:
    """Whether this user may merge, unmerge and link that case: those who work on it, and those who read any case."""
    here = may_work(user, case) or (may_open(user, case) and _follows(user, case))
    return here and user.may(Action.MERGE_CASE)
