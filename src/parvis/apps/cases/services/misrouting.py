"""Misrouted cases: sent on in one action and counted, so that a routing rule is proposed after several."""

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case, ClosingReason, Entry
from parvis.apps.cases.queries.assigning import assigned
from parvis.apps.cases.queries.reversals import not_reversed
from parvis.apps.cases.queries.warnings import PING_PONG, RULE
from parvis.apps.cases.rules.states import Transition
from parvis.apps.cases.services.journal import EntryDraft
from parvis.apps.cases.services.merging.group_words import refuse_words
from parvis.apps.cases.services.staff_notifications import warn
from parvis.apps.cases.services.transitions import apply_transition, channel_to, locked_for, words_or_refuse
from parvis.apps.catalogue.services.routing_rules import propose_rule
from parvis.apps.directory.models import Actor, Department, User
from parvis.apps.directory.queries import desk
from parvis.lib import quebec
from parvis.lib.clock import now, today
from parvis.lib.errors import Invalid
from parvis.lib.i18n.localized import localized

ENOUGH = 3  # cases after which a rule is proposed


@transaction.atomic
def not_mine(*, case_id: int, words: str, by: User, to: Department | None = None, expect: int | None = None) -> Case:
    """Says that a case is not this department's, with the reason, and sends it on; the due date is unchanged.

    Without `to` it goes to the answering desk for routing. An outside body closes it: the citizen is told who is
    responsible and how to reach them, and the case records that body. Raises Invalid (fields words, to).
    """
    case = locked_for(case_id, Transition.NOT_MINE, by, expect)
    body = words_or_refuse(words)
    department = to or desk()
    if department.pk == case.department_id:
        text = _("Choose whose it is.") if to is None else _("The request is in this department already.")
        raise Invalid(text, {"to": text})
    if department.kind == Department.Kind.EXTERNAL:
        _close_for_external_body(case, department, body, by)
        return case
    assignment = assigned(department, subject_id=case.subject_id, on=today(), but=by)
    left, owner = case.department, assignment.user.pk if assignment.user else None
    data = {"from": left.slug, "to": department.slug, "bounce": True}
    data |= {"assigned": assignment.why} if assignment.why else {}
    changes: dict[str, Any] = {"department_id": department.pk, "owner_id": owner, "hand_offs": case.hand_offs + 1}
    apply_transition(
        case, Transition.NOT_MINE, EntryDraft(Entry.Kind.PASSED, by=Actor.staff(by), body=body, data=data), **changes
    )
    learn(case, left=left, to=department)
    return case


def _close_for_external_body(case: Case, external_body: Department, words: str, by: User) -> None:
    refuse_words(case, by, words=words)
    with translation.override(case.language):
        phone = quebec.phone(external_body.phone, case.language) if external_body.phone else ""
        contact = ", ".join(part for part in (localized(external_body, "name"), phone, external_body.website) if part)
        body = f"{words}\n\n" + _("Whose it is: %(door)s.") % {"door": contact}
    reason = ClosingReason.NOT_OURS
    data = {"reason": reason, "door": external_body.slug, "bounce": True, "from": case.department.slug}
    line = EntryDraft(Entry.Kind.CLOSED, by=Actor.staff(by), body=body, notified_via=channel_to(case), data=data)
    apply_transition(
        case, Transition.CLOSE, line, closing_reason=reason, closed_at=now(), external_body_id=external_body.pk
    )


def sent_by(case: Case) -> str:
    """The slug of the department whose "not mine" sent the case to its current department; "" if none."""
    passed = case.entries.filter(not_reversed(), kind=Entry.Kind.PASSED)
    last = passed.order_by("-seq").values_list("data", flat=True).first() or {}
    return str(last["from"]) if last.get("bounce") and last.get("to") == case.department.slug else ""


def learn(case: Case, *, left: Department, to: Department, counted: bool = True) -> None:
    """After a hand-off from `left` to `to`: alerts the heads when the case came back, and proposes a rule after ENOUGH.

    `counted`: the hand-off follows a "not mine". The caller holds the case's lock and wrote the entry.
    """
    if case.entries.filter(not_reversed(), kind=Entry.Kind.PASSED, data__from=to.slug).exists():
        warn(case, PING_PONG, head=True)
        if left.head:
            warn(case, PING_PONG, head=True, of=left)
    if to.kind == Department.Kind.DESK or not counted:
        return
    count = misroutings(case.subject_id, left.slug, to.slug)
    if count >= ENOUGH and propose_rule(subject=case.subject, left=left, to=to, bounces=count) and count == ENOUGH:
        warn(case, RULE, head=True, of=left)


def misroutings(subject_id: int, left: str, to: str) -> int:
    """How many cases of a subject went from one department to another after "not mine", directly or by the desk."""
    direct = Q(data__bounce=True, data__from=left, data__to=to)
    by_desk = Q(data__bounced_from=left, data__to=to)
    passed = Entry.objects.filter(direct | by_desk, not_reversed(), kind=Entry.Kind.PASSED, case__subject=subject_id)
    return passed.values("case").distinct().count()
