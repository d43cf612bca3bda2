"""What the worker does about places: confirms, frees, offers, writes."""

from collections.abc import Sequence
from datetime import date
from uuid import NAMESPACE_URL, uuid5

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from parvis.apps.billing.models import PaymentAttempt
from parvis.apps.files.models import Attachment
from parvis.apps.files.services.attachments import keep_raw, record_raw
from parvis.apps.households.queries import recipients_of
from parvis.apps.leisure.models import Registration, RegistrationEvent
from parvis.apps.leisure.queries.calendars import calendar_of
from parvis.apps.leisure.services import cancelling, lines, reconciling, reminding, season_facts, settling, waiting
from parvis.apps.mail.models import Outgoing
from parvis.apps.mail.services.outgoing import Sending, queue_letter

CONFIRMED_RENDERER = "parvis.apps.leisure.letters.confirmed"


def promote(group_id: int) -> None:
    """Runs `services.waiting.promote`."""
    waiting.promote(group_id=group_id)


def confirm_paid(invoice_id: int) -> None:
    """Runs `services.settling.confirm_paid`."""
    settling.confirm_paid(invoice_id=invoice_id)


def free_unpaid(attempt_id: int) -> None:
    """Runs `services.settling.follow_page` for the invoice of an attempt that ended."""
    settling.follow_page(invoice_id=PaymentAttempt.objects.get(pk=attempt_id).invoice_id)


def note_attempt(attempt_id: int) -> None:
    """Notes that a household was sent to the page of the bank."""
    settling.note_attempt(attempt_id=attempt_id, what=RegistrationEvent.What.ATTEMPTED)


def note_refusal(attempt_id: int) -> None:
    """Notes that the bank refused."""
    settling.note_attempt(attempt_id=attempt_id, what=RegistrationEvent.What.REFUSED)


def sweep_places() -> None:
    """Records what lapsed, offers what is free, cancels what was asked, frees what was not paid; scheduled each minute.

    What the jobs of each event missed is done here.
    """
    for group_id in waiting.groups_to_promote():
        waiting.promote(group_id=group_id)
    for invoice_id in sorted({*cancelling.asked_invoices(), *settling.overdue_invoices()}):
        settling.follow_page(invoice_id=invoice_id)
    for registration_id in settling.unpaid_to_credit():
        settling.credit_unpaid(registration_id=registration_id)


def send_confirmations(registration_ids: Sequence[int]) -> None:
    """Writes the letter of each of these registrations, with its calendar file; once each."""
    rows = Registration.objects.select_related(
        "group__activity", "group__hall__address__street", "individual", "household"
    )
    for row in rows.filter(pk__in=registration_ids).order_by("pk"):
        for rank, recipient in enumerate(recipients_of(row.household)):
            key = f"leisure-confirmed/{row.pk}/{rank}"
            if not Outgoing.objects.filter(key=key).exists():
                _confirm(row, key, recipient.email, recipient.language)


def _confirm(row: Registration, key: str, email: str, language: str) -> None:
    file = _calendar_file(row, key, language)
    with transaction.atomic():
        known = Attachment.objects.filter(key=file.key).first()
        if known is None:
            record_raw([file])
            known = Attachment.objects.get(key=file.key)
        queue_letter(
            key=key,
            to=email,
            language=language,
            renderer=CONFIRMED_RENDERER,
            args=[row.pk],
            sending=Sending(files=[known]),
        )


def _calendar_file(row: Registration, key: str, language: str) -> Attachment:
    """The calendar of a registration, stored under the key of its letter, and not recorded yet."""
    at = row.events.filter(what=RegistrationEvent.What.CONFIRMED).latest("at").at
    with override(language):
        name = _("calendar") + ".ics"
    return keep_raw(key=uuid5(NAMESPACE_URL, key), name=name, data=calendar_of([row], language), at=at)


def remind_health_forms() -> None:
    """Runs `services.reminding.remind_health_forms`; scheduled each morning."""
    reminding.remind_health_forms()


def reconcile_nights() -> None:
    """Runs `services.reconciling.reconcile_nights`; scheduled each night."""
    reconciling.reconcile_nights()


def reconcile_day(day: str) -> None:
    """Runs `services.reconciling.reconcile` for a day, "2027-03-31"."""
    reconciling.reconcile(day=date.fromisoformat(day))


def run_lines() -> None:
    """Draws the lines whose hour has come, ends those in which nobody waits; scheduled each minute."""
    lines.draw_due_lines()
    lines.close_idle_lines()


def tell_openings() -> None:
    """Runs `services.season_facts.tell_openings`; scheduled, for a season that closed or that begins to be seen."""
    season_facts.tell_openings()
