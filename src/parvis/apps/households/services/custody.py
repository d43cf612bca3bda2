"""Recording and ending that someone must not come for a child: by who manages leisure alone."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.households.models import HouseholdLink, Individual, PickUpRestriction
from parvis.apps.households.queries import is_barred, restrictions_on
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
    wrong: dict[str, str] = {}
    if not said:
        wrong["name"] = _("Choose an adult, or write the person’s name.")
    if document not in PickUpRestriction.Document.values:
        wrong["document"] = _("Choose one of the values offered.")
    if document_on > clock.today():
        wrong["document_on"] = _("Write the date of the document: today or before.")
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
def end_restriction(*, restriction: PickUpRestriction, why: str, by: User) -> PickUpRestriction:
    """Ends it from now on, for a reason that stays. Raises Invalid (why); Conflict once it ended; NotAllowed."""
    _refuse(by)
    row = locked_row(PickUpRestriction.objects.filter(pk=restriction.pk), _("This is not there any more."))
    if row.ended_at:
        raise Conflict(_("This is ended already."))
    reason = one_line(why)[:LONGEST_REASON]
    if not reason:
        raise Invalid.in_field("why", _("Write why it ends: the document that you saw, and its date."))
    row.ended_at, row.ended_by, row.ended_why = clock.now(), by, reason
    row.seal = row.sealed()
    row.save(update_fields=["ended_at", "ended_by", "ended_why", "seal"])
    return row


def _refuse(by: User) -> None:
    by.require(Action.MANAGE_LEISURE, _("Your role does not let you record the decision of a court."))
