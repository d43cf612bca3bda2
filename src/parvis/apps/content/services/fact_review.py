"""Reviews of facts: an editor proposes a new value, someone who may publish decides."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from parvis.apps.content.models import Fact, FactProposal
from parvis.apps.content.services.content import refuse_what_cannot_be_shown, refuse_what_follows, set_fact
from parvis.apps.directory.models import Actor, User
from parvis.apps.directory.queries import may_on
from parvis.apps.directory.rules.permissions import Action
from parvis.lib import clock
from parvis.lib.database.rows import locked_row
from parvis.lib.errors import Conflict, Invalid, NotAllowed

DECIDED_FOR = timedelta(days=30)


def submit_fact(*, by: User, **content: Any) -> Fact | FactProposal:
    """Give a fact the version described by `content` (the arguments of `set_fact`), or propose it for review.

    Publishers set it at once; an editor's proposal replaces their previous one for this fact. A proposal identical to
    the current version is not stored. Raises the errors of `set_fact`, and Conflict when a colleague's proposal is
    pending.
    """
    if may_on(by, Action.PUBLISH_ANSWER, content["owner"].pk):
        return set_fact(**content, by=Actor.staff(by))
    by.require(Action.EDIT_FACT, _("Only editors and managers change facts."))
    refuse_what_follows(content["key"])
    proposal = FactProposal(**content, proposed_by=by, proposed_at=clock.now())
    refuse_what_cannot_be_shown(proposal)
    try:
        return _propose(proposal)
    except IntegrityError:
        raise _already_pending(proposal) from None


@transaction.atomic
def _propose(proposal: FactProposal) -> Fact | FactProposal:
    pending = _pending().filter(key=proposal.key, area=proposal.area).select_for_update().first()
    if pending is not None:
        if pending.proposed_by_id != proposal.proposed_by_id:
            raise _already_pending(proposal)
        pending.delete()
    current = current_version(proposal)
    if current is not None and current.content == proposal.content:
        return current
    proposal.save()
    return proposal


def _already_pending(proposal: FactProposal) -> Conflict:
    message = _("A new value of “%(fact)s” waits for review already: it is decided on first.")
    return Conflict(message % {"fact": proposal.label})


@transaction.atomic
def approve_fact(*, proposal_id: int, seen: int | None, by: User) -> Fact:
    """Put a proposed version in force. `seen` is the id of the version that it replaces, as the reviewer saw it.

    Raises NotAllowed, NotFound once decided, Conflict when the current version has changed since, Invalid.
    """
    proposal = _lock_pending(proposal_id, by)
    current = current_version(proposal)
    if (current.pk if current else None) != seen:
        raise Conflict(_("The value in force changed since this page was shown. Compare again."))
    fact = set_fact(**proposal.content, by=Actor.staff(by))
    _decide(proposal, by, approved=True)
    return fact


@transaction.atomic
def send_fact_back(*, proposal_id: int, reason: str, by: User) -> None:
    """Decline a proposed version and tell its author why. Raises NotAllowed, NotFound, Invalid (`reason`)."""
    proposal = _lock_pending(proposal_id, by)
    if not reason.strip():
        raise Invalid.in_field("reason", _("Say what must be changed."))
    _decide(proposal, by, reason=reason.strip())


@transaction.atomic
def withdraw_fact(*, proposal_id: int, by: User) -> None:
    """Delete one's own pending proposal. Raises NotFound."""
    proposal = locked_row(_pending().filter(pk=proposal_id, proposed_by=by), _("Nothing waits here any more."))
    proposal.delete()


def waiting_facts() -> list[FactProposal]:
    """The pending proposals, oldest first; one query."""
    return list(_pending().select_related("proposed_by", "owner", "area"))


def waiting_for(fact: Fact) -> FactProposal | None:
    """The pending proposal for this fact."""
    return _pending().filter(key=fact.key, area=fact.area).select_related("proposed_by", "owner", "area").first()


def decided_facts(by: User) -> list[FactProposal]:
    """The proposals of this person decided in the last 30 days, newest first."""
    rows = FactProposal.objects.filter(proposed_by=by, decided_at__gte=clock.now() - DECIDED_FOR)
    return list(rows.select_related("decided_by", "area", "owner").order_by("-decided_at"))


def current_versions(proposals: Sequence[FactProposal]) -> dict[int, Fact]:
    """By proposal id, the current version that each would replace, if any; one query."""
    rows = Fact.objects.filter(replaced_at=None, key__in=[proposal.key for proposal in proposals])
    current = {(row.key, row.area_id): row for row in rows.select_related("owner", "area")}
    keys = {proposal.pk: (proposal.key, proposal.area_id) for proposal in proposals}
    return {pk: current[key] for pk, key in keys.items() if key in current}


def current_version(proposal: FactProposal) -> Fact | None:
    """The current version that this proposal would replace; None for a new fact."""
    return Fact.objects.filter(key=proposal.key, area=proposal.area, replaced_at=None).first()


def _pending() -> QuerySet[FactProposal]:
    return FactProposal.objects.filter(decided_at__isnull=True)


def _lock_pending(proposal_id: int, by: User) -> FactProposal:
    proposal = locked_row(_pending().filter(pk=proposal_id), _("Nothing waits here any more."))
    if not may_on(by, Action.PUBLISH_ANSWER, proposal.owner_id):
        raise NotAllowed(_("A value is published by those who publish the answers of its department."))
    return proposal


def _decide(proposal: FactProposal, by: User, *, approved: bool = False, reason: str = "") -> None:
    proposal.decided_by, proposal.decided_at = by, clock.now()
    proposal.approved, proposal.reason = approved, reason
    proposal.save(update_fields=["decided_by", "decided_at", "approved", "reason"])
