"""What every publication checks of its area and its end."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from parvis.apps.places.models import Sector, Street
from parvis.lib.clock import now
from parvis.lib.errors import Invalid


def refuse_past(expires_at: datetime | None) -> None:
    """Raises Invalid when the end has passed: what would be published would be hidden at once."""
    if expires_at is not None and expires_at <= now():
        raise Invalid.in_field("expires_at", _("The end has passed already. Give a later one."))


def refuse_unknown_area(sectors: Sequence[int], streets: Sequence[int] = ()) -> None:
    """Raises Invalid when a sector or a street does not exist."""
    known = Sector.objects.filter(pk__in=sectors).count() == len(set(sectors)) if sectors else True
    known = known and (Street.objects.filter(pk__in=streets).count() == len(set(streets)) if streets else True)
    if not known:
        raise Invalid(_("A sector or a street of this message does not exist any more. Choose them again."))
