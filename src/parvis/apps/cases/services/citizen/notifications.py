"""How the citizen chose to be told of one request: by e-mail, by text, on a device, several of them, or not at all."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case, CaseNotification, Entry
from parvis.apps.cases.queries.citizens.means import chosen
from parvis.apps.cases.services.journal import EntryDraft, write_entry
from parvis.apps.cases.services.transitions import channel_to, lock_case, lock_together
from parvis.apps.directory.models import Actor
from parvis.apps.push.models import Device
from parvis.apps.residents.models import Account, AccountEmail, ProofCode
from parvis.apps.residents.queries.accounts import emails_of
from parvis.apps.residents.services import accounts
from parvis.apps.telephony.queries.texts import enabled, refusing
from parvis.lib.clock import now
from parvis.lib.errors import Invalid

Via = CaseNotification.Via


@transaction.atomic
def choose_notifications(
    *,
    case_id: int,
    email: bool,
    text: bool,
    device: Device | None,
    quiet: bool,
    push: bool | None = None,
    account: Account | None = None,
    proof: ProofCode | None = None,
) -> Case:
    """Replaces the means by which the citizen is told of the request; an entry says which, unless nothing changes.

    `text`: keeps the number proved before, or takes the one that `proof` proves. `push`: adds `device` or takes it
    away; None leaves it as it is. The other devices stay, unless `quiet`: nothing is sent, until they choose again or
    write. Raises Invalid (quiet, email, text).
    """
    case = lock_case(case_id)
    rows = {row.via: row for row in chosen(case) if row.via != Via.PUSH}
    devices = [row for row in chosen(case) if row.via == Via.PUSH]
    kept = [] if quiet else [row for row in devices if push is None or device is None or row.device_id != device.pk]
    added = device if push else None
    if quiet and (email or text or added):
        raise Invalid(_("Choose either nothing, or how to be told."), {"quiet": _("Untick the rest, or untick this.")})
    if not (quiet or email or text or added or kept):
        raise Invalid.in_field("email", _("Choose how to be told, or that nothing is sent."))
    wanted: list[CaseNotification] = []
    if email:
        wanted.append(rows.get(Via.EMAIL) or CaseNotification(via=Via.EMAIL, **address_to_choose(case, account)))
    if text:
        new = CaseNotification(via=Via.TEXT, phone=proof.target) if proof else None
        wanted.append(new or _number(rows.get(Via.TEXT)))
    wanted += kept
    if added:
        mine = [row for row in devices if row.device_id == added.pk]
        wanted += mine or [CaseNotification(via=Via.PUSH, device=added)]
    return _replace(case, wanted, quiet=quiet)


@transaction.atomic
def add_phone(*, case_id: int, proof: ProofCode) -> Case:
    """Adds the number that a code proved to what the citizen chose, in place of the one before."""
    case = lock_case(case_id)
    others = [row for row in chosen(case) if row.via != Via.TEXT]
    return _replace(case, [*others, CaseNotification(via=Via.TEXT, phone=proof.target)], quiet=False)


@transaction.atomic
def add_device(*, case_id: int, device: Device) -> Case:
    """Adds a device to the means by which the citizen is told; the e-mail that they get by default goes on."""
    case = lock_case(case_id)
    rows = list(chosen(case))
    if device.pk in [row.device_id for row in rows]:
        return case
    if not rows and channel_to(case) == Entry.NotifiedVia.EMAIL:
        rows.append(CaseNotification(via=Via.EMAIL))
    return _replace(case, [*rows, CaseNotification(via=Via.PUSH, device=device)], quiet=False)


@transaction.atomic
def remove_account_email(*, account: Account, email_id: int) -> int:
    """Removes an address from the account, and from the requests that were told there; returns how many these are.

    They are told from then on by what else was chosen for them, else by the way of the file; an entry says so. Raises
    Conflict for the last address.
    """
    row = AccountEmail.objects.filter(account=account, pk=email_id).first()
    accounts.remove_email(account=account, email_id=email_id)
    return _tell_elsewhere(account, [row.email]) if row else 0


@transaction.atomic
def close_account(*, account: Account) -> int:
    """Deletes the account; the requests told at its addresses go on as in `remove_account_email`, which it returns."""
    count = _tell_elsewhere(account, emails_of(account))
    accounts.delete_account(account=account)
    return count


def _tell_elsewhere(account: Account, emails: list[str]) -> int:
    rows = CaseNotification.objects.filter(account=account, via=Via.EMAIL, email__in=emails)
    ids = sorted(rows.values_list("case", flat=True))
    for case in lock_together(*ids).values():
        _replace(case, [row for row in chosen(case) if row.via != Via.EMAIL], quiet=bool(case.quiet_at))
    return len(ids)


def address_to_choose(case: Case, account: Account | None) -> dict[str, Any]:
    """The fields of a new choice by e-mail: none for the address of the file, else the first one of the account.

    Raises Invalid (email) without either.
    """
    if case.person and case.person.canonical.email:
        return {}
    emails = emails_of(account) if account else []
    if not emails:
        message = _("We have no e-mail address for this request: enter with yours, then choose it.")
        raise Invalid(message, {"email": message})
    return {"email": emails[0], "account": account}


def _number(row: CaseNotification | None) -> CaseNotification:
    if row is None or not enabled():
        raise Invalid.in_field("text", _("Write the number of a mobile phone."))
    if refusing([row.phone]):
        message = _("This number asked for no more texts (STOP). Send START from it, then choose it again.")
        raise Invalid(message, {"text": message})
    return row


def _replace(case: Case, wanted: list[CaseNotification], *, quiet: bool) -> Case:
    """Saves the rows wanted, deletes the others and writes the entry; nothing when they are the same."""
    before = {row.pk for row in chosen(case)}
    kept = {row.pk for row in wanted if row.pk}
    if before == kept and len(kept) == len(wanted) and bool(case.quiet_at) == quiet:
        return case
    case.notifications.exclude(pk__in=kept).delete()
    moment = now()
    for row in wanted:
        if row.pk is None:
            row.case, row.chosen_at = case, moment
            row.save(force_insert=True)
    via = [str(each) for each in Via.values if each in {row.via for row in wanted}]
    changes: dict[str, Any] = {"quiet_at": moment if quiet else None} if quiet != bool(case.quiet_at) else {}
    if wanted and case.notification_failed_at:
        changes["notification_failed_at"] = None
    data: dict[str, Any] = {"means": via} if via or quiet else {"means": [], "file": True}  # by the way of the file
    write_entry(case, EntryDraft(Entry.Kind.CHOSE, by=Actor.citizen(), data=data), **changes)
    return case
