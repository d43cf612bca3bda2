"""Background jobs of the subscribers."""

from django.utils.translation import gettext as _
from django.utils.translation import override

from parvis.apps.subscribers.services import erasing, subscribing
from parvis.apps.telephony.models import OutgoingCall


def purge() -> None:
    """Runs `services.purge`; scheduled."""
    erasing.purge()


def confirm_by_call(call_id: int) -> None:
    """Confirms the number of a call whose key 1 was pressed."""
    call = OutgoingCall.objects.filter(pk=call_id).first()
    if call is not None:
        subscribing.confirm_by_call(number=call.to, words=call.words, evidence=_key(call, "1"))


def leave_by_call(call_id: int) -> None:
    """Leaves the calls to the number of a call whose key 9 was pressed."""
    call = OutgoingCall.objects.filter(pk=call_id).first()
    if call is not None:
        subscribing.leave_by_call(number=call.to, evidence=_key(call, "9"))


def _key(call: OutgoingCall, key: str) -> str:
    """What proves it, in the language of the staff."""
    with override("fr"):
        return _("key %(key)s pressed during call %(call)s") % {"key": key, "call": call.provider_id or call.pk}
