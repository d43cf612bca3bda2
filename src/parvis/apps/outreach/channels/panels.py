"""The digital panels: 90 characters, French alone save health or safety, painted until the end even without network."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from parvis.apps.directory.models import User
from parvis.apps.outreach.channels.base import EXERCISE, Outcome, Preview, State, Target, hour_of
from parvis.apps.outreach.models import Delivery
from parvis.apps.outreach.rules.content import Content, Urgency
from parvis.apps.outreach.rules.limits import PANEL, Count, shortened
from parvis.apps.panels.queries.items import proofs_of_play
from parvis.apps.panels.queries.screens import receivers
from parvis.apps.panels.rules.text import clean
from parvis.apps.panels.services import items

_PRIORITIES = {Urgency.EMERGENCY: 220, Urgency.URGENT: 160, Urgency.NORMAL: 100}


class Panels:
    """Every panel, or those of the groups that the town has."""

    slug, icon = "panels", "monitor"
    label = gettext_lazy("Panels")
    each_once = False

    def targets(self, content: Content) -> Sequence[Target]:
        return [Target()]

    def preview(self, content: Content) -> Preview:
        text = clean(content.short(self.slug, "fr"))
        count = Count(len(text), PANEL)
        screens = len(receivers(()))
        return Preview(
            "",
            text,
            text_en=content.short(self.slug, "en") if content.is_safety and content.has("en") else "",
            count=count,
            reach=ngettext("%(n)d panel", "%(n)d panels", screens) % {"n": screens},
            proposal=shortened(text, PANEL) if count.over else "",
        )

    def publish(self, delivery: Delivery, content: Content) -> Outcome:
        if content.drill or content.expires_at is None:
            return Outcome(State.SENT, str(EXERCISE))
        names = items.show(
            key=delivery.key,
            text_fr=content.short(self.slug, "fr"),
            text_en=content.short(self.slug, "en") if content.has("en") else "",
            expires_at=content.expires_at,
            priority=_PRIORITIES[Urgency(content.urgency)],
            english=content.is_safety,
        )
        if not names:
            return Outcome(State.SENT, _("The town has no panel yet."))
        return Outcome(State.SENT, _("Not painted yet."), details=tuple(names))

    def withdraw(self, delivery: Delivery, content: Content, reason: str) -> Outcome:
        items.remove(key=delivery.key)
        return Outcome(State.WITHDRAWN)

    def outcomes(self, deliveries: Sequence[Delivery]) -> Mapping[int, Outcome]:
        """Where it was painted: proof that the screen showed it, not that it was sent."""
        result = {}
        screens = [screen.name for screen in receivers(())] if deliveries else []
        for delivery in deliveries:
            if delivery.task == Delivery.Task.WITHDRAW or delivery.release.words.drill:
                continue
            text = clean(delivery.release.words.short(self.slug, "fr"))
            first = {row.screen: row.first_at for row in proofs_of_play(delivery.key) if row.text == text}
            details = [
                _("%(screen)s: painted at %(hour)s") % {"screen": s, "hour": hour_of(at)} for s, at in first.items()
            ]
            details += [_("%(screen)s: not painted yet") % {"screen": name} for name in screens if name not in first]
            words = ngettext("Painted by %(n)d of %(all)d panel.", "Painted by %(n)d of %(all)d panels.", len(screens))
            state = State.UNKNOWN if screens and len(first) < len(screens) else State.SENT
            words = words % {"n": len(first), "all": len(screens)} if screens else _("The town has no panel yet.")
            result[delivery.pk] = Outcome(state, words, details=tuple(details))
        return result

    def retry(self, delivery: Delivery, by: User) -> bool:
        return False
