"""Entrance tablets and waiting-room screens: opened by a secret address that staff create and revoke."""

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.intake.models import Device
from parvis.lib.clock import now
from parvis.lib.database.rows import locked_row
from parvis.lib.errors import Invalid
from parvis.lib.ids import new_secret


def set_device(*, kind: str, name: str, by: User) -> Device:
    """Creates a device and its secret address, valid until closed. Raises Invalid (kind, name), NotAllowed."""
    _refuse(by)
    name = " ".join(name.split())
    wrong = {} if kind in Device.Kind.values else {"kind": _("Choose one of the two.")}
    if not name or len(name) > 80:
        wrong["name"] = _("Say where it is, in 80 characters at most.")
    if wrong:
        raise Invalid(_("Something is missing."), wrong)
    return Device.objects.create(kind=kind, name=name, secret=new_secret(), made_at=now(), made_by=by)


@transaction.atomic
def close_device(*, device_id: int, by: User) -> Device:
    """Revokes the address of a device. Idempotent. Raises NotFound, NotAllowed."""
    _refuse(by)
    device = locked_row(Device.objects.filter(pk=device_id), _("This screen does not exist."))
    if device.closed_at is None:
        device.closed_at, device.closed_by = now(), by
        device.save(update_fields=["closed_at", "closed_by"])
    return device


def _refuse(by: User) -> None:
    by.require(Action.SET_SCREENS, _("Your role does not set the screens of the hall."))
