"""Notices on the devices that asked for the town's alerts, by address and by subject."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from parvis.apps.directory.models import User
from parvis.apps.outreach.channels.base import Failure, Outcome, Preview, Reason, State, Target
from parvis.apps.outreach.models import Delivery
from parvis.apps.outreach.rules.content import Content, Kind, Urgency
from parvis.apps.outreach.rules.limits import PUSH_WORDS, Count, shortened
from parvis.apps.push.models import Subscription
from parvis.apps.push.queries.alerts import counts_by_topic, devices_for, devices_told
from parvis.apps.push.rules.notes import Kind as NoteKind
from parvis.apps.push.rules.notes import PushNote
from parvis.apps.push.services.outgoing import cancel_pushes, queue_pushes, retry_failed

_KINDS = {Kind.PARKING: Subscription.Kind.PARKING, Kind.WORKS: Subscription.Kind.WORKS}
_KINDS |= {Kind.WATER: Subscription.Kind.WATER}


class Push:
    """One notice a device, however many of its addresses are touched; a correction replaces it."""

    slug = "push"
    label = gettext_lazy("Notice on devices")
    icon = "bell"
    each_once = False

    def targets(self, content: Content) -> Sequence[Target]:
        return [Target()]

    def preview(self, content: Content) -> Preview:
        text = content.short(self.slug, "fr")
        count = Count(len(text), PUSH_WORDS)
        devices = len(self._devices(content))
        reach = ngettext("%(n)d device", "%(n)d devices", devices) % {"n": devices}
        return Preview(
            content.title(self.slug, "fr"),
            text,
            content.title(self.slug, "en"),
            content.short(self.slug, "en") if content.has("en") else "",
            count,
            reach,
            shortened(text, PUSH_WORDS) if count.over else "",
        )

    def publish(self, delivery: Delivery, content: Content) -> Outcome:
        devices = self._devices(content)
        if content.drill:
            words = ngettext(
                "Exercise: %(n)d device, left alone.", "Exercise: %(n)d devices, left alone.", len(devices)
            )
            return Outcome(State.SENT, words % {"n": len(devices)}, 0, len(devices))
        cancel_pushes(topic=delivery.key, but=f"-r{delivery.release.revision}")  # what a correction replaces
        self._queue(delivery, content, devices, {})
        if not devices:
            return Outcome(State.SENT, _("No device asked for it."), 0, 0)
        return Outcome(State.QUEUED, "", 0, len(devices))

    def withdraw(self, delivery: Delivery, content: Content, reason: str) -> Outcome:
        cancel_pushes(topic=delivery.key)
        if reason != Reason.EXPIRED and not content.drill:  # a lapsed notice is not announced again
            told = devices_told(delivery.key)
            begins = {
                Reason.LIFTED: {"fr": "Levé : %s", "en": "Lifted: %s"},
                Reason.WITHDRAWN: {"fr": "Retiré : %s", "en": "Withdrawn: %s"},
            }[Reason(reason)]
            self._queue(delivery, content, told, begins)
            if told:
                return Outcome(State.QUEUED)
        return Outcome(State.WITHDRAWN)

    def outcomes(self, deliveries: Sequence[Delivery]) -> Mapping[int, Outcome]:
        """What the push services answered; of a message that is over, to the notice that says so."""
        counts = counts_by_topic({row.key: _ending(row) for row in deliveries})
        result = {}
        for delivery in deliveries:
            found = counts.get(delivery.key)
            if found and found.total:
                refused = (Failure(_("%(n)d devices") % {"n": found.failed}, found.error),) if found.failed else ()
                done = State.WITHDRAWN if delivery.task == Delivery.Task.WITHDRAW else State.SENT
                lost = found.failed == found.total  # those that only some devices missed are told as failures
                state = State.QUEUED if found.waiting else State.FAILED if lost else done
                words = _("%(n)d closed their device's notices") % {"n": found.gone} if found.gone else ""
                result[delivery.pk] = Outcome(state, words, found.sent, found.total, refused)
        return result

    def retry(self, delivery: Delivery, by: User) -> bool:
        return retry_failed(topic=delivery.key, ending=_ending(delivery)) > 0

    def _devices(self, content: Content) -> dict[int, str]:
        kinds = [Subscription.Kind.ALERTS.value]
        if kind := _KINDS.get(Kind(content.kind)):
            kinds.append(kind.value)
        return devices_for(kinds, content.sectors, content.streets)

    def _queue(
        self, delivery: Delivery, content: Content, devices: Mapping[int, str], begins: Mapping[str, str]
    ) -> None:
        kind = NoteKind.REMINDER if content.urgency == Urgency.NORMAL else NoteKind.ALERT
        suffix = f"r{delivery.release.revision}{'-end' if begins else ''}"
        notes = []
        for device, wanted in devices.items():
            language = content.language_for(wanted)
            title = begins.get(language, "%s") % content.title(self.slug, language)
            note = PushNote(title, content.short(self.slug, language), content.url or "/", kind, delivery.key)
            notes.append((device, f"{delivery.key}-{device}-{suffix}", note))
        queue_pushes(notes=notes, expires_at=None if begins else content.expires_at)


def _ending(delivery: Delivery) -> str:
    """How the keys end of the notices that a delivery sends now."""
    return "-end" if delivery.task == Delivery.Task.WITHDRAW else f"-r{delivery.release.revision}"
