"""Letters of an alert to those who asked for the town's alerts, by subject and by place."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import uuid4

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from parvis.apps.directory.models import User
from parvis.apps.newsletter.models import IssueDelivery as Letter
from parvis.apps.newsletter.queries import issues
from parvis.apps.newsletter.queries.recipients import Recipient, recipients
from parvis.apps.newsletter.rules.contact_points import masked
from parvis.apps.newsletter.services.alerts import move_end, queue_alert_letters, send_alert_test, withdraw_letters
from parvis.apps.newsletter.services.issues import retry
from parvis.apps.outreach.channels.base import Failure, Outcome, Preview, Reason, State, Target, Tester
from parvis.apps.outreach.models import Delivery
from parvis.apps.outreach.rules.content import Content
from parvis.apps.outreach.rules.limits import LETTER_SUBJECT, Count, shortened
from parvis.lib.errors import Invalid

ALERTS = "alerts"
ENDS = {
    Reason.LIFTED: ("Levé : %s", "Lifted: %s"),
    Reason.WITHDRAWN: ("Retiré : %s", "Withdrawn: %s"),
}
_SHOWN = 20  # failures named on the page; the others are counted


class Letters:
    """One letter a person; once it left it stays, so that a correction is another letter, when asked for."""

    slug, icon = "letters", "mail"
    label = gettext_lazy("Letters")
    each_once = True

    def targets(self, content: Content) -> Sequence[Target]:
        return [Target()]

    def preview(self, content: Content) -> Preview:
        title = content.title(self.slug, "fr")
        count = Count(len(title), LETTER_SUBJECT)
        people = len(self._people(content))
        return Preview(
            title,
            content.text(self.slug, "fr"),
            content.title(self.slug, "en"),
            content.text(self.slug, "en"),
            count,
            ngettext("%(n)d subscriber", "%(n)d subscribers", people) % {"n": people},
            shortened(title, LETTER_SUBJECT) if count.over else "",
        )

    def publish(self, delivery: Delivery, content: Content) -> Outcome:
        people = self._people(content)
        if content.drill:
            words = ngettext("Exercise: %(n)d letter, not sent.", "Exercise: %(n)d letters, not sent.", len(people))
            return Outcome(State.SENT, words % {"n": len(people)}, 0, len(people))
        if not people:
            return Outcome(State.SENT, _("Nobody asked for it by e-mail there."), 0, 0)
        for earlier in delivery.message.releases.exclude(pk=delivery.release_id):  # what a correction replaces
            withdraw_letters(key=f"{delivery.key}-r{earlier.revision}")
        self._queue(f"{delivery.key}-r{delivery.release.revision}", content, people)
        return Outcome(State.QUEUED, "", 0, len(people))

    def withdraw(self, delivery: Delivery, content: Content, reason: str) -> Outcome:
        keys = [f"{delivery.key}-r{release.revision}" for release in delivery.message.releases.all()]
        stopped = sum(withdraw_letters(key=key) for key in keys)
        people = list[Recipient]()
        if reason != Reason.EXPIRED and not content.drill and (told := issues.told(keys)):
            people = [one for one in recipients(kind=ALERTS, channel="email") if one.id in told]
        if people:
            self._queue(f"{delivery.key}-end", content, people, ENDS[Reason(reason)])
            return Outcome(State.WITHDRAWN, _("Another letter says so."), None, None)
        return Outcome(State.WITHDRAWN, _("%(n)d stopped before they left.") % {"n": stopped} if stopped else "")

    def outcomes(self, deliveries: Sequence[Delivery]) -> Mapping[int, Outcome]:
        result = {}
        for delivery in deliveries:
            issue = issues.by_key(f"{delivery.key}-r{delivery.release.revision}")
            if issue is None or delivery.task == Delivery.Task.WITHDRAW:
                continue
            figures = issues.figures([issue.pk])[issue.pk]
            troubled = issues.troubled(issue, _SHOWN) if figures.failed or figures.uncertain else []
            failures = tuple(Failure(row.to, row.error or str(row.get_state_display())) for row in troubled)
            state, over = State.SENT, figures.withdrawn == figures.total and issue.is_over
            if over and figures.total:
                result[delivery.pk] = Outcome(State.WITHDRAWN, _("Its end had passed: not sent."), 0, figures.total)
                continue
            if figures.queued:
                state = State.QUEUED
            elif figures.uncertain:
                state = State.UNKNOWN
            elif figures.failed and not figures.sent:
                state = State.FAILED
            words = _("%(n)d may have left: they are sent again only if you ask.") % {"n": figures.uncertain}
            result[delivery.pk] = Outcome(
                state, words if figures.uncertain else "", figures.sent, figures.total, failures
            )
        return result

    def retry(self, delivery: Delivery, by: User) -> bool:
        issue = issues.by_key(f"{delivery.key}-r{delivery.release.revision}")
        if issue is None:
            return False
        states = (Letter.State.FAILED, Letter.State.UNCERTAIN)
        return sum(retry(issue_id=issue.pk, state=state, by=by) for state in states) > 0

    def move_end(self, delivery: Delivery, until: datetime) -> None:
        move_end(key=f"{delivery.key}-r{delivery.release.revision}", until=until)

    def send_test(self, content: Content, to: Tester) -> str:
        if not to.email:
            raise Invalid(_("Write the e-mail address that receives the test."))
        english = content.has("en")
        send_alert_test(
            key=f"outreach-test-{uuid4().hex}",
            to=to.email,
            language=content.language_for(to.language),
            title_fr=content.title(self.slug, "fr"),
            text_fr=content.text(self.slug, "fr"),
            title_en=content.title(self.slug, "en") if english else "",
            text_en=content.text(self.slug, "en") if english else "",
            url=_link(content),
        )
        return _("Sent to %(who)s.") % {"who": masked(to.email)}

    def _people(self, content: Content) -> list[Recipient]:
        return recipients(
            kind=ALERTS,
            subject_id=content.subject_id,
            sectors=content.sectors,
            streets=content.streets,
            channel="email",
        )

    def _queue(
        self, key: str, content: Content, people: list[Recipient], begins: tuple[str, str] = ("%s", "%s")
    ) -> None:
        english = content.has("en")
        queue_alert_letters(
            key=key,
            title_fr=begins[0] % content.title(self.slug, "fr"),
            text_fr=content.text(self.slug, "fr"),
            title_en=begins[1] % content.title(self.slug, "en") if english else "",
            text_en=content.text(self.slug, "en") if english else "",
            url=_link(content),
            recipients=people,
            expires_at=content.expires_at,
        )


def _link(content: Content) -> str:
    return f"{settings.PARVIS_URL}{content.url}" if content.url else ""
