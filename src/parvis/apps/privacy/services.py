"""Recording an assessment in the product."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.privacy.models import Assessment, Collection
from parvis.lib import clock
from parvis.lib.database.rows import locked_row
from parvis.lib.errors import Invalid
from parvis.lib.words import one_line


@transaction.atomic
def record_assessment(
    *, slug: str, made_on: date, title: str, reference: str, approved_by: str, review_on: date, by: User
) -> Assessment:
    """Records the assessment of a form or of a processor that the town describes; the former ones stay.

    Raises Invalid (made_on, title, reference, approved_by, review_on); NotFound for one that is not described;
    NotAllowed.
    """
    by.require(Action.ASSESS_PRIVACY, _("Your role does not record privacy assessments."))
    collection = locked_row(
        Collection.objects.filter(slug=slug, active=True), _("The town’s file says nothing of this yet.")
    )
    words = {"title": one_line(title)[:200], "reference": one_line(reference)[:300]}
    words["approved_by"] = one_line(approved_by)[:160]
    wrong = {name: _("Write this.") for name, value in words.items() if not value}
    if made_on > clock.today():
        wrong["made_on"] = _("This day is to come: write it once it has passed.")
    elif review_on <= made_on:
        wrong["review_on"] = _("Write a day after the assessment.")
    if Assessment.objects.filter(collection=collection, made_on=made_on, title=words["title"]).exists():
        wrong["title"] = _("This assessment is recorded already.")
    if wrong:
        raise Invalid(_("This cannot be kept yet."), wrong)
    return Assessment.objects.create(
        collection=collection, made_on=made_on, review_on=review_on, recorded_at=clock.now(), recorded_by=by, **words
    )
