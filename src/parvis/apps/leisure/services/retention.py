"""What leisure keeps no longer than the town's calendar says; never what an invoice names."""

from datetime import datetime

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parvis.apps.households.models import EmergencyContact, HealthForm
from parvis.apps.households.services.health import destroy_health_forms
from parvis.apps.leisure.models import Cart, LineTicket, Registration, Wish
from parvis.apps.leisure.queries.health import contacts_not_needed, not_needed
from parvis.apps.leisure.services.signed_steps import destroy_registrations
from parvis.apps.retention.queries.registry import Rule


def _season_over(path: str, before: datetime) -> Q:
    return Q(**{f"{path}ends_on__lt": timezone.localdate(before)})


def _dated(words: str, moment: datetime) -> str:
    return words % {"day": timezone.localdate(moment).isoformat()}


RULES = (
    Rule(
        slug="leisure.tickets",
        title=gettext_lazy("Places in the line of an opening"),
        since=gettext_lazy("the end of the season"),
        rows=lambda: LineTicket.objects.select_related("household"),
        due=lambda before: _season_over("rush__season__", before),
        label=lambda ticket: _dated(_("place in the line, taken on %(day)s"), ticket.arrived_at),
        file=lambda ticket: ticket.household.public_id,
    ),
    Rule(
        slug="leisure.wishes",
        title=gettext_lazy("Noted groups"),
        since=gettext_lazy("the end of the season"),
        rows=lambda: Wish.objects.select_related("household"),
        due=lambda before: _season_over("group__season__", before),
        label=lambda wish: _dated(_("group noted on %(day)s"), wish.noted_at),
        file=lambda wish: wish.household.public_id,
    ),
    Rule(
        slug="leisure.registrations",
        title=gettext_lazy("Registrations that no invoice names"),
        since=gettext_lazy("the end of the season"),
        rows=lambda: Registration.objects.filter(invoice_line=None).select_related("household", "group__activity"),
        due=lambda before: _season_over("group__season__", before),
        label=lambda place: f"{place.group.activity}, {place.get_state_display()}",
        file=lambda place: place.household.public_id,
        destroyer=lambda ids: destroy_registrations(registration_ids=ids),
    ),
    Rule(
        slug="leisure.carts",
        title=gettext_lazy("Carts that were never billed"),
        since=gettext_lazy("the end of their time"),
        rows=lambda: Cart.objects.filter(invoice=None).select_related("household"),
        due=lambda before: Q(expires_at__lt=before),
        label=lambda cart: _dated(_("cart of %(day)s"), cart.made_at),
        file=lambda cart: cart.household.public_id,
    ),
    Rule(
        slug="leisure.health_forms",
        title=gettext_lazy("Health forms"),
        since=gettext_lazy("the end of the last season attended, or the day they were signed"),
        rows=lambda: HealthForm.objects.filter(destroyed_at=None).select_related("household"),
        due=lambda before: not_needed(timezone.localdate(before)),
        label=lambda form: _dated(_("form signed on %(day)s"), form.signed_at),
        file=lambda form: form.household.public_id,
        destroyer=lambda ids: destroy_health_forms(form_ids=list(ids)),
    ),
    Rule(
        slug="leisure.emergency_contacts",
        title=gettext_lazy("Emergency contacts of households"),
        since=gettext_lazy(
            "the end of the last season attended by the household, or the day they were said or replaced"
        ),
        rows=lambda: EmergencyContact.objects.select_related("household"),
        due=lambda before: contacts_not_needed(timezone.localdate(before)),
        label=lambda contact: _dated(_("contact said on %(day)s"), contact.said_at),
        file=lambda contact: contact.household.public_id,
    ),
)
