"""Phone calls to those who asked to be called for the town's alerts."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import uuid4

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy, override

from parvis.apps.directory.models import User
from parvis.apps.directory.queries import town
from parvis.apps.newsletter.queries.recipients import Recipient, recipients
from parvis.apps.newsletter.rules.contact_points import masked
from parvis.apps.newsletter.services.subscribing import LEAVE_BY_CALL
from parvis.apps.outreach.channels.base import Failure, Outcome, Preview, State, Target, Tester
from parvis.apps.outreach.channels.letters import ALERTS
from parvis.apps.outreach.models import Delivery
from parvis.apps.outreach.rules.content import Content, Urgency
from parvis.apps.outreach.rules.limits import Count, Unit
from parvis.apps.telephony.models import OutgoingCall
from parvis.apps.telephony.queries.calls import enabled, why_missed
from parvis.apps.telephony.rules import call_states as states
from parvis.apps.telephony.rules import speech
from parvis.apps.telephony.services.calls import speaking
from parvis.apps.telephony.services.calls.outgoing import (
    call_off_calls,
    move_end_of_calls,
    queue_call,
    queue_calls,
)
from parvis.apps.telephony.services.carriers import Addressed
from parvis.lib import quebec
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid

_AGAIN = "-again"
_SHOWN = 20  # failures named; the others are counted
_TEST = {"fr": "Ceci est un essai.", "en": "This is a test."}
_MISSED = frozenset({*states.MISSED, states.FAILED})


class Voice:
    """One call a number, placed again when it is missed; a number that refuses calls gets none (key 9).

    What was said stays said: nobody is called back when the message ends or is withdrawn, which would ring a whole
    sector for nothing to do. A correction calls again when its author asks for the letters to leave again.
    """

    slug, icon = "voice", "phone"
    label = gettext_lazy("Calls")
    each_once = True

    def targets(self, content: Content) -> Sequence[Target]:
        return [Target()]

    def preview(self, content: Content) -> Preview:
        said = {language: self._message(content, language) for language in ("fr", "en") if content.has(language)}
        language = max(said, key=lambda one: speech.seconds(said[one]), default="fr")
        text = said.get(language, "")
        used = speech.seconds(text)
        count = Count(used, speech.LONGEST, unit=Unit.SECONDS, language=language)
        people = len(self._people(content))
        numbers = ngettext("%(n)d number", "%(n)d numbers", people) % {"n": people}
        lasts = ngettext("%(n)d second spoken", "%(n)d seconds spoken", used) % {"n": used}
        proposal = speech.within(text) if count.over else ""
        return Preview(
            "",
            self._spoken(content, "fr"),
            text_en=self._spoken(content, "en") if content.has("en") else "",
            count=count,
            reach=f"{numbers}, {lasts}",
            proposal=proposal,
        )

    def publish(self, delivery: Delivery, content: Content) -> Outcome:
        people = self._people(content)
        if content.drill:
            words = ngettext("Exercise: %(n)d call, not placed.", "Exercise: %(n)d calls, not placed.", len(people))
            return Outcome(State.SENT, words % {"n": len(people)}, 0, len(people))
        if not enabled():
            return Outcome(State.FAILED, _("No provider of calls is set (PARVIS_VOICE_URL)."), 0, len(people))
        for earlier in delivery.message.releases.exclude(pk=delivery.release_id):  # what a correction replaces
            call_off_calls(prefix=f"{delivery.key}-r{earlier.revision}-")
        if not people:
            return Outcome(State.SENT, _("Nobody asked to be called there."), 0, 0)
        spoken = {row.language: self._spoken(content, content.language_for(row.language)) for row in people}
        key = f"{delivery.key}-r{delivery.release.revision}"
        calls = [
            Addressed(f"{key}-{row.id}", row.target, spoken[row.language], content.language_for(row.language))
            for row in people
        ]
        queue_calls(
            calls=calls,
            any_hour=content.urgency == Urgency.EMERGENCY,
            expires_at=content.expires_at,
            on_refused=LEAVE_BY_CALL,
        )
        return Outcome(State.QUEUED, "", 0, len(people))

    def withdraw(self, delivery: Delivery, content: Content, reason: str) -> Outcome:
        stopped = call_off_calls(prefix=f"{delivery.key}-r")
        words = ngettext("%(n)d call was not placed.", "%(n)d calls were not placed.", stopped) % {"n": stopped}
        return Outcome(State.WITHDRAWN, words if stopped else "")

    def outcomes(self, deliveries: Sequence[Delivery]) -> Mapping[int, Outcome]:
        result = {}
        for delivery in deliveries:
            if delivery.task != Delivery.Task.WITHDRAW and (calls := self._last(delivery)):
                result[delivery.pk] = _outcome(calls)
        return result

    def confirmed(self, deliveries: Sequence[Delivery]) -> Mapping[int, int]:
        """How many people pressed 1, by delivery id."""
        return {
            delivery.pk: sum(call.standing == states.CONFIRMED for call in self._last(delivery))
            for delivery in deliveries
        }

    def move_end(self, delivery: Delivery, until: datetime) -> None:
        """Gives another end to the calls of this delivery that wait."""
        move_end_of_calls(prefix=f"{delivery.key}-r{delivery.release.revision}-", until=until)

    def retry(self, delivery: Delivery, by: User) -> bool:
        known = self._last(delivery, words=True)
        missed = [call for call in known if call.standing in _MISSED and call.to]
        if missed and missed[-1].expires_at and missed[-1].expires_at <= now():
            raise Conflict(_("Its end had passed: not sent."))
        alike = defaultdict[tuple[bool, datetime | None, str], list[Addressed]](list)
        for call in missed:
            again = Addressed(f"{call.key}{_AGAIN}", call.to, call.words, call.language)
            alike[call.any_hour, call.expires_at, call.on_refused].append(again)
        for (any_hour, expires_at, on_refused), calls in alike.items():
            queue_calls(calls=calls, any_hour=any_hour, expires_at=expires_at, on_refused=on_refused)
        return bool(known)

    def send_test(self, content: Content, to: Tester) -> str:
        to.check_phone()
        if not enabled():
            raise Invalid(_("No provider of calls is set (PARVIS_VOICE_URL)."))
        language = content.language_for(to.language)
        if not content.title(self.slug, language):
            raise Invalid(_("Write a title or a short text first."))
        words = f"{_TEST[language]}\n{self._spoken(content, language)}"
        call = Addressed(f"outreach-test-{uuid4().hex}", to.phone, words, language)
        queue_call(call=call, any_hour=True, recalls=0)
        return _("Sent to %(who)s.") % {"who": masked(to.phone)}

    def _people(self, content: Content) -> list[Recipient]:
        return recipients(
            kind=ALERTS,
            subject_id=content.subject_id,
            sectors=content.sectors,
            streets=content.streets,
            channel="voice",
        )

    def _message(self, content: Content, language: str) -> str:
        """The words of the message: its own in this channel, else the whole text when it is short enough, else the
        short one.
        """
        own = content.versions.get((self.slug, language))
        if own and own.text:
            return own.text
        whole = f"{_sentence(content.title(self.slug, language))}\n{content.text(self.slug, language)}".strip()
        return whole if speech.seconds(whole) <= speech.LONGEST else content.short(self.slug, language)

    def _spoken(self, content: Content, language: str) -> str:
        """Everything that is said: the town, the message, the keys."""
        place = town()
        name = (place.name_en if language == "en" else "") or place.name_fr
        with override(language):
            return f"{_sentence(name)}\n{_sentence(self._message(content, language))}\n{speaking.keys()}"

    def _last(self, delivery: Delivery, *, words: bool = False) -> list[OutgoingCall]:
        """The last call to each number, of the present words; these are read when `words`."""
        rows = OutgoingCall.objects.filter(key__startswith=f"{delivery.key}-r{delivery.release.revision}-")
        rows = rows if words else rows.only("key", "to", "state", "result", "error")
        return list({row.key.split(_AGAIN)[0]: row for row in rows.order_by("pk")}.values())


def _sentence(words: str) -> str:
    """The words with a full stop, so that a synthetic voice breathes."""
    plain = words.strip()
    return plain if not plain or plain[-1] in ".!?:;…" else f"{plain}."


def _outcome(calls: list[OutgoingCall]) -> Outcome:
    by_state = Counter(call.standing for call in calls)
    reached = sum(by_state[state] for state in states.REACHED)
    unknown = sum(call.is_uncertain for call in calls)
    waiting = by_state[states.QUEUED] + by_state[states.PLACED] - unknown
    failed = [call for call in calls if call.standing in _MISSED]
    failed += [call for call in calls if call.standing == states.REFUSED]
    state = State.SENT
    if waiting:
        state = State.QUEUED
    elif unknown:
        state = State.UNKNOWN
    elif failed and not reached:
        state = State.FAILED
    told = [
        (by_state[states.CONFIRMED], ngettext_lazy("%(n)d confirmed", "%(n)d confirmed", "n")),
        (by_state[states.HEARD], ngettext_lazy("%(n)d heard", "%(n)d heard", "n")),
        (by_state[states.MACHINE], gettext_lazy("%(n)d on an answering machine")),
        (sum(by_state[one] for one in states.MISSED), gettext_lazy("%(n)d not answered")),
        (by_state[states.FAILED], gettext_lazy("%(n)d failed")),
        (sum(call.is_pending and bool(call.result) for call in calls), gettext_lazy("%(n)d to be called again")),
    ]
    words = ", ".join(str(text % {"n": number}) for number, text in told if number)
    failures = tuple(
        Failure(quebec.phone(call.to), why_missed(call), call.standing != states.REFUSED) for call in failed[:_SHOWN]
    )
    return Outcome(state, f"{words}." if words else "", reached, len(calls), failures)
