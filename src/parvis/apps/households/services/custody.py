"""Recording that someone must not come for a child, by who manages leisure; ending it, by two people."""

from datetime import date

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services.second_person import approves_alone
from parvis.apps.households.models import HouseholdLink, Individual, PickUpRestriction, RestrictionEnding
from parvis.apps.households.queries import is_barred, restrictions_on
from parvis.apps.mail.letters import Awaited
from parvis.apps.mail.services.approvals import tell_approvers
from parvis.lib import clock
from parvis.lib.database.rows import locked_row
from parvis.lib.errors import Conflict, Invalid
from parvis.lib.words import one_line

LONGEST_REASON = 300


@transaction.atomic
def restrict_pick_up(
    *, child: Individual, adult: Individual | None, name: str, document: str, document_on: date, by: User
) -> PickUpRestriction:
    """Records that someone must not come for a child, by a document of a court that `by` saw: an adult of one of its
    households, or whoever has that name. It counts at once, in every list.

    Raises Invalid (name, document, document_on); Conflict for an adult, or when it is recorded already; NotAllowed.
    """
    _refuse(by)
    row = locked_row(Individual.objects.filter(pk=child.pk), _("This person is not there any more."))
    links = HouseholdLink.objects.filter(individual=row, ended_at=None)
    if not links.filter(role=HouseholdLink.Role.CHILD).exists():
        raise Conflict(_("Only a child is fetched."))
    said = adult.name if adult else one_line(name)[:160]
    wrong = _wrong_document(document, document_on)
    if not said:
        wrong["name"] = _("Choose an adult, or write the person’s name.")
    if wrong:
        raise Invalid(_("This cannot be kept yet."), wrong)
    if is_barred(restrictions_on([row.pk])[row.pk], adult.pk if adult else None, said):
        raise Conflict(_("This is recorded already."))
    restriction = PickUpRestriction(
        child=row,
        adult=adult,
        name=said,
        document=document,
        document_on=document_on,
        made_by=by,
        made_at=clock.now(),
    )
    restriction.seal = restriction.sealed()
    restriction.save(force_insert=True)
    return restriction


@transaction.atomic
def ask_to_end_restriction(
    *, restriction: PickUpRestriction, document: str, document_on: date, why: str, by: User
) -> RestrictionEnding:
    """Asks that it end, by a document of a court that `by` saw: it goes on until a second person decides. Those who may
    are written to, once; the letter names nobody.

    Raises Invalid (document, document_on, why); Conflict once it ended, or when it is asked already; NotAllowed.
    """
    _refuse(by)
    row = _held(restriction)
    if row.endings.filter(decided_at=None).exists():
        raise Conflict(_("This is asked already: a second person decides."))
    reason = one_line(why)[:LONGEST_REASON]
    wrong = _wrong_document(document, document_on)
    if document_on < row.document_on:
        wrong["document_on"] = _("This document is older than the one that is recorded.")
    if not reason:
        wrong["why"] = _("Write why they may come again: what the document says.")
    if wrong:
        raise Invalid(_("This cannot be kept yet."), wrong)
    ending = RestrictionEnding.objects.create(
        restriction=row, document=document, document_on=document_on, why=reason, asked_by=by, asked_at=clock.now()
    )
    tell_approvers(
        key=f"custody/{ending.pk}",
        kind=Awaited.COURT_DECISION,
        title=_("A decision of a court"),
        path=reverse("desk:approvals"),
        writers=[by.pk],
        by=by,
        action=Action.CONFIRM_COURT_DECISION,
    )
    return ending


@transaction.atomic
def decide_ending(*, ending: RestrictionEnding, approved: bool, note: str = "", by: User) -> RestrictionEnding:
    """Ends the restriction from now on, or leaves it as it is; decided by someone who saw the document too, and did not
    ask for it.

    Raises Invalid (note) for a refusal without a word; Conflict when it is decided already; NotAllowed.
    """
    by.require(Action.CONFIRM_COURT_DECISION, _("Your role does not confirm the decision of a court."))
    restriction = _held(ending.restriction)
    rows = RestrictionEnding.objects.select_related("asked_by")
    row = locked_row(rows.filter(pk=ending.pk), _("This is not there any more."))
    if row.decided_at:
        raise Conflict(_("This is decided already."))
    approves_alone(by=by, writers=[row.asked_by_id], emergency=False)
    row.note = one_line(note)[:LONGEST_REASON]
    if not approved and not row.note:
        raise Invalid.in_field("note", _("Say why it goes on."))
    row.decided_by, row.decided_at, row.approved = by, clock.now(), approved
    row.save(update_fields=["decided_by", "decided_at", "approved", "note"])
    if approved:
        restriction.ended_at, restriction.ended_by, restriction.ended_why = row.decided_at, row.asked_by, row.why
        restriction.seal = restriction.sealed()
        restriction.save(update_fields=["ended_at", "ended_by", "ended_why", "seal"])
    return row


def endings_asked() -> list[RestrictionEnding]:
    """What waits for a second person, the oldest first, with the child, and who asked. One query."""
    rows = RestrictionEnding.objects.filter(decided_at=None).select_related("restriction__child", "asked_by")
    return list(rows.order_by("pk"))


def _held(restriction: PickUpRestriction) -> PickUpRestriction:
    row = locked_row(PickUpRestriction.objects.filter(pk=restriction.pk), _("This is not there any more."))
    if row.ended_at:
        raise Conflict(_("This is ended already."))
    return row


def _wrong_document(document: str, document_on: date) -> dict[str, str]:
    wrong = {}
    if document not in PickUpRestriction.Document.values:
        wrong["document"] = _("Choose one of the values offered.")
    if document_on > clock.today():
        wrong["document_on"] = _("Write the date of the document: today or before.")
    return wrong


def _refuse(by: User) -> None:
    by.require(Action.MANAGE_LEISURE, _("Your role does not let you record the decision of a court."))
