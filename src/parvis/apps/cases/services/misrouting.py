"""A case that came to the wrong door: sent on in one gesture, counted, and what its repetition teaches."""

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from parvis.apps.cases.assigning import assigned
from parvis.apps.cases.journal import EntryDraft
from parvis.apps.cases.models import Case, ClosingReason, Entry
from parvis.apps.cases.reversals import not_reversed
from parvis.apps.cases.services.group_words import refuse_words
from parvis.apps.cases.services.moves import apply_move, channel_to, locked, words_or_refuse
from parvis.apps.cases.services.staff_notifications import warn
from parvis.apps.cases.states import Move
from parvis.apps.cases.warnings import PING_PONG, RULE
from parvis.apps.catalogue.services import propose_rule
from parvis.apps.directory.actors import Actor
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.queries import desk
from parvis.lib import quebec
from parvis.lib.clock import now, today
from parvis.lib.errors import Invalid
from parvis.lib.localized import localized

ENOUGH = 3  # after so many, a rule is proposed


@transaction.atomic
def not_mine(*, case_id: int, words: str, by: User, to: Department | None = None, expect: int | None = None) -> Case:
    """Says that a case is not this department's, with the reason, and sends it on; the promise stands.

    Without `to` it goes to the answering desk, which finds whose it is. An outside body ends it: the citizen is told
    whose it is and how to reach them, and the case keeps that door. Raises Invalid (fields words, to).
    """
    case = locked(case_id, Move.NOT_MINE, by, expect)
    kept = words_or_refuse(words)
    where = to or desk()
    if where.pk == case.department_id:
        text = _("Choose whose it is.") if to is None else _("The request is in this department already.")
        raise Invalid(text, {"to": text})
    if where.kind == Department.Kind.EXTERNAL:
        _set_external_body(case, where, kept, by)
        return case
    given = assigned(where, on=today(), but=by)
    data = {"from": case.department.slug, "to": where.slug, "bounce": True}
    data |= {"assigned": given.why} if given.why else {}
    owner = given.user.pk if given.user else None
    changes: dict[str, Any] = {"department_id": where.pk, "owner_id": owner, "hand_offs": case.hand_offs + 1}
    left = case.department
    apply_move(case, Move.NOT_MINE, EntryDraft(Entry.Kind.PASSED, by=Actor.staff(by), body=kept, data=data), **changes)
    learn(case, left=left, to=where)
    return case


def _set_external_body(case: Case, external_body: Department, words: str, by: User) -> None:
    refuse_words(case, by, words=words)
    with translation.override(case.language):
        phone = quebec.phone(external_body.phone, case.language) if external_body.phone else ""
        reached = ", ".join(part for part in (localized(external_body, "name"), phone, external_body.website) if part)
        body = f"{words}\n\n" + _("Whose it is: %(door)s.") % {"door": reached}
    reason = ClosingReason.NOT_OURS
    data = {"reason": reason, "door": external_body.slug, "bounce": True, "from": case.department.slug}
    line = EntryDraft(Entry.Kind.CLOSED, by=Actor.staff(by), body=body, notified_via=channel_to(case), data=data)
    apply_move(case, Move.CLOSE, line, closing_reason=reason, closed_at=now(), external_body_id=external_body.pk)


def sent_by(case: Case) -> str:
    """The slug of the department whose "not mine" brought the case where it is now; "" when none did."""
    passed = case.entries.filter(not_reversed(), kind=Entry.Kind.PASSED)
    last = passed.order_by("-seq").values_list("data", flat=True).first()
    here = last is not None and last.get("bounce") and last.get("to") == case.department.slug
    return str(last["from"]) if here and last else ""


def learn(case: Case, *, left: Department, to: Department, counted: bool = True) -> None:
    """After a hand-off from `left` to `to`: alerts the heads when the case came back, proposes a rule when it is usual.

    `counted`: the hand-off answers a "not mine". The caller holds the case's lock and wrote the entry.
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
    """How many requests of a subject one department said were not its own, and another received, by the desk or not."""
    straight = Q(data__bounce=True, data__from=left, data__to=to)
    by_the_desk = Q(data__bounced_from=left, data__to=to)
    passed = Entry.objects.filter(
        straight | by_the_desk, not_reversed(), kind=Entry.Kind.PASSED, case__subject_id=subject_id
    )
    return passed.values("case").distinct().count()
