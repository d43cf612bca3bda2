"""Letters to the people of an audience, and to nobody else: the only channel of such a message."""

from collections.abc import Mapping, Sequence
from uuid import uuid4

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from parvis.apps.directory.models import User
from parvis.apps.mail.models import Outgoing
from parvis.apps.mail.services.outgoing import cancel_letter, queue_letter
from parvis.apps.newsletter.rules.contact_points import masked
from parvis.apps.outbox.models import State as Sent
from parvis.apps.outreach.channels.base import Failure, Outcome, Preview, Reason, State, Target, Tester
from parvis.apps.outreach.letters import PARTICIPANTS, TEST, WITHDRAWN
from parvis.apps.outreach.models import Delivery
from parvis.apps.outreach.rules.audiences import Addressee, audience_of
from parvis.apps.outreach.rules.content import PARTICIPANTS as SLUG
from parvis.apps.outreach.rules.content import Content
from parvis.apps.outreach.rules.limits import LETTER_SUBJECT, Count, shortened
from parvis.lib.errors import Invalid

_GONE = (Sent.FAILED, Sent.UNCERTAIN, Sent.EXPIRED)


class Participants:
    """One letter an address; once it left it stays, so that a correction is another letter, when asked for."""

    slug, icon = SLUG, "users"
    label = gettext_lazy("Letters to the participants")
    each_once = True

    def targets(self, content: Content) -> Sequence[Target]:
        return [Target()]

    def preview(self, content: Content) -> Preview:
        title = content.title(self.slug, "fr")
        count = Count(len(title), LETTER_SUBJECT)
        return Preview(
            title,
            content.text(self.slug, "fr"),
            content.title(self.slug, "en"),
            content.text(self.slug, "en"),
            count,
            _reach(_people(content)) if content.audience else "",
            shortened(title, LETTER_SUBJECT) if count.over else "",
        )

    def publish(self, delivery: Delivery, content: Content) -> Outcome:
        people = _people(content)
        for earlier in delivery.message.releases.exclude(pk=delivery.release_id):  # what a correction replaces
            _cancel(f"{delivery.key}-r{earlier.revision}/")
        written = 0
        for one in people:
            for rank, (email, language) in enumerate(one.emails):
                key = f"{delivery.key}-r{delivery.release.revision}/{one.key}-{rank}"
                queue_letter(key=key, to=email, language=language, renderer=PARTICIPANTS, args=[delivery.release_id])
                written += 1
        if not written:
            return Outcome(State.FAILED, _("Nobody there has an e-mail address."), 0, len(people), _unwritten(people))
        return Outcome(State.QUEUED, "", 0, written, _unwritten(people))

    def withdraw(self, delivery: Delivery, content: Content, reason: str) -> Outcome:
        letters = list(Outgoing.objects.filter(key__startswith=f"{delivery.key}-r"))
        stopped = _cancel(f"{delivery.key}-r")
        told = {row.to: row.language for row in letters if row.state == Sent.SENT}
        if reason == Reason.WITHDRAWN and told:
            for rank, (email, language) in enumerate(sorted(told.items())):
                key, args = f"{delivery.key}-end/{rank}", [delivery.release_id]
                queue_letter(key=key, to=email, language=language, renderer=WITHDRAWN, args=args)
            return Outcome(State.WITHDRAWN, _("Another letter says so."))
        return Outcome(State.WITHDRAWN, _("%(n)d stopped before they left.") % {"n": stopped} if stopped else "")

    def outcomes(self, deliveries: Sequence[Delivery]) -> Mapping[int, Outcome]:
        result = {}
        for delivery in deliveries:
            letters = list(Outgoing.objects.filter(key__startswith=f"{delivery.key}-r{delivery.release.revision}/"))
            if not letters or delivery.task == Delivery.Task.WITHDRAW:
                continue
            sent = sum(row.state == Sent.SENT for row in letters)
            failures = tuple(
                Failure(masked(row.to), row.error or str(row.get_state_display()), again=False)
                for row in letters
                if row.state in _GONE
            )
            failures += _unwritten(_people(delivery.release.words))
            over = all(row.state in (*_GONE, Sent.SENT, Sent.CANCELLED) for row in letters)
            state = State.QUEUED if not over else State.SENT if sent else State.FAILED
            result[delivery.pk] = Outcome(state, "", sent, len(letters), failures)
        return result

    def retry(self, delivery: Delivery, by: User) -> bool:
        return False

    def send_test(self, content: Content, to: Tester) -> str:
        if not to.email:
            raise Invalid(_("Write the e-mail address that receives the test."))
        language, key = content.language_for(to.language), f"outreach-test-{uuid4().hex}"
        queue_letter(key=key, to=to.email, language=language, renderer=TEST, args=[content.to_json()])
        return _("Sent to %(who)s.") % {"who": masked(to.email)}


def _people(content: Content) -> Sequence[Addressee]:
    audience, name = audience_of(content.audience)
    return audience.people(name)


def _reach(people: Sequence[Addressee]) -> str:
    reached = [one for one in people if one.emails]
    words = ngettext("%(n)d household", "%(n)d households", len(reached)) % {"n": len(reached)}
    without = len(people) - len(reached)
    if not without:
        return words
    left = ngettext("%(n)d without e-mail: to call", "%(n)d without e-mail: to call", without) % {"n": without}
    return f"{words}, {left}"


def _unwritten(people: Sequence[Addressee]) -> tuple[Failure, ...]:
    """Those who have no e-mail address: somebody calls them."""
    return tuple(Failure(one.name, _("no e-mail address: call them"), again=False) for one in people if not one.emails)


def _cancel(prefix: str) -> int:
    """Stops the letters of a prefix that have not left; returns how many."""
    keys = Outgoing.objects.filter(key__startswith=prefix).values_list("key", flat=True)
    return sum(cancel_letter(key=key) for key in list(keys))
