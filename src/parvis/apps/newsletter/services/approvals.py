"""A second person reads an issue before it leaves."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action as Permission
from parvis.apps.directory.services.second_person import approves_alone
from parvis.apps.mail.letters import Awaited
from parvis.apps.mail.services.approvals import tell_approvers
from parvis.apps.newsletter.models import Issue, Journal
from parvis.apps.newsletter.queries.issues import writers_of
from parvis.apps.newsletter.services.issues import check_moment, locked, refuse, refuse_without_way_out, set_moment
from parvis.apps.newsletter.services.sending import SEND, fill
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, NotAllowed, Outdated
from parvis.lib.jobs import enqueue

State, Action = Issue.State, Journal.Action


@transaction.atomic
def ask_for_approval(*, issue_id: int, at: datetime | None = None, by: User) -> Issue:
    """Asks a second person to approve an issue, which then leaves at `at`, or at once. Each hears of it by e-mail.

    Raises Invalid (send_at), Conflict when it was approved or has left, NotAllowed, NotFound.
    """
    refuse(by)
    issue = locked(issue_id)
    if at is not None:
        check_moment(at)
    if not issue.editable or issue.is_approved:
        raise Conflict(_("This issue was approved already."))
    refuse_without_way_out(issue)
    issue.state, issue.starts_at, issue.held_reason, issue.changed_at = State.IN_REVIEW, at, "", now()
    issue.save(update_fields=["state", "starts_at", "held_reason", "changed_at"])
    issue.note(Action.ASKED, by=by)
    tell_approvers(
        key=f"issue/{issue.pk}/{issue.journal.filter(what__in=(Action.CHANGED, Action.REFUSED)).count()}",
        kind=Awaited.ISSUE,
        title=issue.title_fr,
        path=reverse("desk:issue", args=[issue.pk]),
        writers=writers_of(issue),
        by=by,
    )
    return issue


@transaction.atomic
def approve(*, issue_id: int, seen: datetime | None, by: User) -> Issue:
    """Approves an issue as it was `seen` (its `changed_at`): it leaves at its moment, or at once.

    `by` wrote none of it, or is a decider of PARVIS_EMERGENCY_DECIDERS, which the journal says. Raises Conflict when
    nobody asked, Invalid (send_at) when its moment has passed, Outdated, NotAllowed, NotFound.
    """
    issue = _asked(issue_id, seen, by)
    alone = approves_alone(by=by, writers=writers_of(issue))
    refuse_without_way_out(issue)
    if issue.starts_at:
        check_moment(issue.starts_at)
    issue.note(Action.BYPASSED if alone else Action.APPROVED, by=by)
    if issue.starts_at:
        set_moment(issue, issue.starts_at, by)
    else:
        fill(issue, by=by)
        enqueue(SEND)
    return issue


@transaction.atomic
def send_back(*, issue_id: int, seen: datetime | None, note: str = "", by: User) -> Issue:
    """Makes it a draft again, with a word for its author. Raises Conflict, Outdated, NotAllowed, NotFound."""
    issue = _asked(issue_id, seen, by)
    issue.state, issue.starts_at, issue.changed_at = State.DRAFT, None, now()
    issue.save(update_fields=["state", "starts_at", "changed_at"])
    issue.note(Action.REFUSED, by=by, words=note)
    return issue


def _asked(issue_id: int, seen: datetime | None, by: User) -> Issue:
    if not by.may_everywhere(Permission.APPROVE_MESSAGE):
        raise NotAllowed(_("Your role does not allow this."))
    issue = locked(issue_id)
    if issue.state != State.IN_REVIEW:
        raise Conflict(_("Nobody asks for the approval of this issue."))
    if issue.changed_at != seen:
        raise Outdated(_("The issue changed since this page was shown: read it again."))
    return issue
