"""The site: a news item, the banner of every page, the alert for programs (CAP)."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parvis.apps.directory.models import User
from parvis.apps.news.services import alerts, banners, items
from parvis.apps.outreach.channels.base import EXERCISE, Outcome, Preview, Reason, State, Target
from parvis.apps.outreach.models import Delivery
from parvis.apps.outreach.rules.content import LEVELS, Content, Kind, Urgency
from parvis.apps.outreach.rules.limits import BANNER, Count, shortened

_EVENTS = {
    Kind.NEWS: ("Other", "Avis", "Notice"),
    Kind.NOTICE: ("Other", "Avis", "Notice"),
    Kind.PARKING: ("Transport", "Stationnement", "Parking"),
    Kind.WORKS: ("Infra", "Travaux", "Works"),
    Kind.WATER: ("Health", "Eau potable", "Drinking water"),
    Kind.SAFETY: ("Safety", "Santé ou sécurité", "Health or safety"),
}
_GRAVITY = {
    Urgency.EMERGENCY: ("Immediate", "Severe"),
    Urgency.URGENT: ("Expected", "Moderate"),
    Urgency.NORMAL: ("Future", "Minor"),
}
_GRAVITY_IN_WORDS = {
    Urgency.EMERGENCY: gettext_lazy("Immediate, severe"),
    Urgency.URGENT: gettext_lazy("Expected, moderate"),
    Urgency.NORMAL: gettext_lazy("Future, minor"),
}


class _OnTheSite:
    """What the three have in common: one place, replaced by a correction, nothing learnt afterwards."""

    each_once = False

    def targets(self, content: Content) -> Sequence[Target]:
        return [Target()]

    def outcomes(self, deliveries: Sequence[Delivery]) -> Mapping[int, Outcome]:
        return {}

    def retry(self, delivery: Delivery, by: User) -> bool:
        return False


class Site(_OnTheSite):
    """A news item of the site, with its feeds."""

    slug, icon = "site", "globe"
    label = gettext_lazy("Site")

    def preview(self, content: Content) -> Preview:
        return Preview(
            content.title(self.slug, "fr"),
            content.text(self.slug, "fr"),
            content.title(self.slug, "en"),
            content.text(self.slug, "en"),
            reach=_("French and English") if content.has("en") else _("French"),
        )

    def publish(self, delivery: Delivery, content: Content) -> Outcome:
        if content.drill:
            return Outcome(State.SENT, str(EXERCISE))
        english = content.has("en")
        items.publish_item(
            key=delivery.key,
            title_fr=content.title(self.slug, "fr"),
            text_fr=content.text(self.slug, "fr"),
            title_en=content.title(self.slug, "en") if english else "",
            text_en=content.text(self.slug, "en") if english else "",
            subject_id=content.subject_id,
            sectors=content.sectors,
            streets=content.streets,
            expires_at=content.expires_at,
            picture_id=content.image_id,
            picture_fr=content.image_fr,
            picture_en=content.image_en,
        )
        return Outcome(State.SENT)

    def withdraw(self, delivery: Delivery, content: Content, reason: str) -> Outcome:
        if reason != Reason.EXPIRED:
            items.withdraw_item(key=delivery.key)
            return Outcome(State.WITHDRAWN, _("Its page answers that it is gone."))
        return Outcome(State.WITHDRAWN)


class Banner(_OnTheSite):
    """The banner of every public page, without JavaScript."""

    slug, icon = "banner", "triangle-alert"
    label = gettext_lazy("Banner, every page")

    def preview(self, content: Content) -> Preview:
        title, text = content.title(self.slug, "fr"), self._text(content, "fr")
        count = Count(len(f"{title}, {text}" if text else title), BANNER)
        return Preview(
            title,
            text,
            content.title(self.slug, "en"),
            self._text(content, "en"),
            count,
            LEVELS[Urgency(content.urgency)],
            shortened(title, BANNER - len(text) - 2) if count.over else "",
        )

    def publish(self, delivery: Delivery, content: Content) -> Outcome:
        if content.drill or content.expires_at is None:
            return Outcome(State.SENT, str(EXERCISE))
        english = content.has("en")
        banners.show_banner(
            key=delivery.key,
            title_fr=content.title(self.slug, "fr"),
            text_fr=self._text(content, "fr"),
            title_en=content.title(self.slug, "en") if english else "",
            text_en=self._text(content, "en") if english else "",
            level=LEVELS[Urgency(content.urgency)],
            url=content.url,
            sectors=content.sectors,
            streets=content.streets,
            expires_at=content.expires_at,
        )
        return Outcome(State.SENT)

    def withdraw(self, delivery: Delivery, content: Content, reason: str) -> Outcome:
        banners.hide_banner(key=delivery.key)
        return Outcome(State.WITHDRAWN)

    def _text(self, content: Content, language: str) -> str:
        words = content.versions.get((self.slug, language))
        return (words.text if words else "") or content.place(language)


class Cap(_OnTheSite):
    """An alert of the CAP feed, for programs; a drill is published there as an exercise."""

    slug, icon = "cap", "siren"
    label = gettext_lazy("Alert for programs (CAP)")

    def targets(self, content: Content) -> Sequence[Target]:
        shown = content.is_safety or content.urgency != Urgency.NORMAL or Banner.slug in content.channels
        return [Target()] if shown else []

    def preview(self, content: Content) -> Preview:
        title = content.title(self.slug, "fr")
        gravity = _GRAVITY_IN_WORDS[Urgency(content.urgency)]
        reach = str(gravity) if self.targets(content) else _("For what is urgent or in the banner only.")
        return Preview(title, content.short(self.slug, "fr"), content.title(self.slug, "en"), reach=reach)

    def publish(self, delivery: Delivery, content: Content) -> Outcome:
        if content.expires_at is None:
            return Outcome(State.SENT)
        category, event_fr, event_en = _EVENTS[Kind(content.kind)]
        urgency, severity = _GRAVITY[Urgency(content.urgency)]
        english = content.has("en")
        alerts.publish_alert(
            key=delivery.key,
            event=event_fr,
            event_en=event_en,
            category=category,
            urgency=urgency,
            severity=severity,
            certainty="Observed",
            headline_fr=content.title(self.slug, "fr"),
            description_fr=content.text(self.slug, "fr"),
            headline_en=content.title(self.slug, "en") if english else "",
            description_en=content.text(self.slug, "en") if english else "",
            sectors=content.sectors,
            streets=content.streets,
            expires_at=content.expires_at,
            exercise=content.drill,
        )
        return Outcome(State.SENT, str(EXERCISE) if content.drill else "")

    def withdraw(self, delivery: Delivery, content: Content, reason: str) -> Outcome:
        alerts.cancel_alert(key=delivery.key)
        return Outcome(State.WITHDRAWN)
