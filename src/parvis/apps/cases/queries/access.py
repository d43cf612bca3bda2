"""Permissions on a case: the role table applied to one object."""

from django.db.models import Q

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries.merged_cases import head_of
from parvis.apps.cases.rules.states import Move, allows
from parvis.apps.catalogue.models import Nature
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action, roles_with

_WORK = (
    *(Move.TAKE, Move.ASSIGN, Move.ASK, Move.ANSWER, Move.WAIT, Move.RESUME, Move.PASS_ON, Move.NEW_DATE),
    *(Move.CLOSE, Move.VISIT, Move.NOT_MINE),
)
_DESK = (Move.NOTE, Move.REPLY, Move.HAND_OVER, Move.CALLED, Move.WITHDRAW)
_MERGED = (Move.NOTE, Move.REPLY, Move.CALLED, Move.NOT_FIXED, Move.WITHDRAW, Move.ERASE)


def may_read(user: User, case: Case) -> bool:
    """Agents read any case; others read those of their departments and those they own."""
    if user.may(Action.READ_ANY_CASE) or case.owner_id == user.pk:
        return True
    return user.may_in(Action.READ_CASE, case.department_id)


def readable(user: User, prefix: str = "") -> Q:
    """`may_read` as a filter on cases, or on rows related to one by `prefix`; empty for users who read any case."""
    if user.may(Action.READ_ANY_CASE):
        return Q()
    departments = [pk for pk in user.department_ids if user.may_in(Action.READ_CASE, pk)]
    return Q(**{f"{prefix}department__in": departments}) | Q(**{f"{prefix}owner": user})


def anyone_may_place() -> Q:
    """Filters the cases that may be located: all but those of people whose address is protected."""
    return Q(person=None) | Q(person__address_protected=False)


def readers(case: Case) -> Q:
    """`may_read` as a filter on users; a user may match once for each of their roles."""
    here = Q(memberships__department=case.department_id, memberships__role__in=roles_with(Action.READ_CASE))
    return Q(pk=case.owner_id) | Q(memberships__role__in=roles_with(Action.READ_ANY_CASE)) | here


def may_work(user: User, case: Case) -> bool:
    """Whether the user works in the case's department, owns the case, or is a manager who works on any case."""
    if user.may(Action.WORK_ANY_CASE) or (case.owner_id == user.pk and user.may(Action.WORK_CASE)):
        return True
    return user.may_in(Action.WORK_CASE, case.department_id)


def may(user: User, move: Move, case: Case) -> bool:
    """Whether the user's role allows this move on this case, regardless of the case's state."""
    if move in _WORK:
        return may_work(user, case)
    if move is Move.NOT_FIXED:
        return user.may(Action.REOPEN_CASE)
    if move is Move.CORRECT:
        return False  # the citizen's alone
    if move is Move.REASSIGN:
        return user.may(Action.WORK_ANY_CASE)
    if move is Move.ERASE:
        return user.may(Action.ERASE_WORDS)
    return may_work(user, case) or (move in _DESK and user.may(Action.READ_ANY_CASE) and user.may(Action.OPEN_CASE))


def moves_for(user: User, case: Case) -> set[str]:
    """The moves this user may make on this case now; on a merged case, only notes and the citizen's own moves."""
    comment = case.nature == Nature.COMMENT
    if case.merged_into_id:
        state = head_of(case).state
        return {str(move) for move in _MERGED if allows(move, state, comment=comment) and may(user, move, case)}
    return {str(move) for move in Move if allows(move, case.state, comment=comment) and may(user, move, case)}


def may_publish(user: User, case: Case) -> bool:
    """Whether this user decides what the public sees of the case: in its department, or for any case they may read."""
    everywhere = user.may(Action.READ_ANY_CASE) and user.may(Action.PUBLISH_CASE)
    return everywhere or user.may_in(Action.PUBLISH_CASE, case.department_id)


def may_merge(user: User, case: Case) -> bool:
    """Whether this user may merge, unmerge and link that case: those who work on it, and those who read any case."""
    return user.may(Action.MERGE_CASE) and (may_work(user, case) or user.may(Action.READ_ANY_CASE))
