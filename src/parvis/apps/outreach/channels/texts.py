"""Text messages to those who asked for the town's alerts on their phone."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import uuid4

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from parvis.apps.directory.models import User
from parvis.apps.directory.queries import town
from parvis.apps.newsletter.queries.recipients import Recipient, recipients
from parvis.apps.newsletter.rules.contact_points import masked
from parvis.apps.outbox.models import PERHAPS_LEFT, PERHAPS_SENT, UNDELIVERED
from parvis.apps.outbox.models import State as OutboxState
from parvis.apps.outreach.channels.base import TEST, Failure, Outcome, Preview, Reason, State, Target, Tester
from parvis.apps.outreach.channels.letters import ALERTS, ENDS
from parvis.apps.outreach.models import Delivery
from parvis.apps.outreach.rules.content import Content
from parvis.apps.outreach.rules.limits import TEXT_PARTS, Count, shortened
from parvis.apps.telephony.models import OutgoingText
from parvis.apps.telephony.queries.texts import enabled, reason
from parvis.apps.telephony.rules import parts as sms
from parvis.apps.telephony.services.carriers import Addressed
from parvis.apps.telephony.services.texts.outgoing import (
    call_off_texts,
    move_end_of_texts,
    queue_text,
    queue_texts,
)
from parvis.lib import quebec
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid

_AGAIN = "-again"
_SHOWN = 20


def _with_choices(body: str, url: str, language: str) -> str:
    """The text with the address of the choices of its reader, when it costs no more parts."""
    longer = f"{body} {'Choices:' if language == 'en' else 'Vos choix :'} {url}"
    return longer if sms.count(longer).parts == sms.count(body).parts else body


class Texts:
    """One text a number; a number that refuses texts gets none (STOP)."""

    slug, icon = "texts", "message-square"
    label = gettext_lazy("Text messages")
    each_once = True

    def targets(self, content: Content) -> Sequence[Target]:
        return [Target()]

    def preview(self, content: Content) -> Preview:
        text = self._text(content, "fr")
        parts = sms.count(text)
        most = TEXT_PARTS * (sms.EACH_WIDE if parts.wide else sms.EACH_BASIC)
        note = ngettext("%(n)d part", "%(n)d parts", parts.parts) % {"n": parts.parts}
        if parts.wide:
            note += ". " + _("%(letters)s cost a shorter alphabet.") % {"letters": " ".join(parts.wide)}
        count = Count(parts.units, most, note)
        people = len(self._people(content))
        reach = ngettext("%(n)d number", "%(n)d numbers", people) % {"n": people}
        plainer = sms.plainer(content.short(self.slug, "fr"))
        cheaper = sms.count(sms.plainer(text)).parts < parts.parts
        proposal = shortened(plainer, most - 60) if count.over else plainer if cheaper else ""
        return Preview("", text, text_en=self._text(content, "en"), count=count, reach=reach, proposal=proposal)

    def publish(self, delivery: Delivery, content: Content) -> Outcome:
        people = self._people(content)
        if content.drill:
            words = ngettext("Exercise: %(n)d text, not sent.", "Exercise: %(n)d texts, not sent.", len(people))
            return Outcome(State.SENT, words % {"n": len(people)}, 0, len(people))
        if not people:
            return Outcome(State.SENT, _("Nobody asked for it by text message there."), 0, 0)
        if not enabled():
            return Outcome(State.FAILED, _("No provider of text messages is set (PARVIS_TEXTS_URL)."), 0, len(people))
        for earlier in delivery.message.releases.exclude(pk=delivery.release_id):  # what a correction replaces
            call_off_texts(prefix=f"{delivery.key}-r{earlier.revision}-")
        self._queue(f"{delivery.key}-r{delivery.release.revision}", content, people)
        return Outcome(State.QUEUED, "", 0, len(people))

    def withdraw(self, delivery: Delivery, content: Content, reason: str) -> Outcome:
        sent = OutgoingText.objects.filter(key__startswith=f"{delivery.key}-r")
        stopped = call_off_texts(prefix=f"{delivery.key}-r")
        if reason != Reason.EXPIRED and not content.drill and enabled():
            left = Q(state__in=(OutboxState.SENT, *PERHAPS_SENT)) | Q(state=OutboxState.FAILED, error=PERHAPS_LEFT)
            numbers = set(sent.filter(left).values_list("to", flat=True))
            people = [row for row in recipients(kind=ALERTS, channel="text") if row.target in numbers]
            self._queue(f"{delivery.key}-end", content, people, ENDS[Reason(reason)])
        return Outcome(State.WITHDRAWN, _("%(n)d stopped before they left.") % {"n": stopped} if stopped else "")

    def outcomes(self, deliveries: Sequence[Delivery]) -> Mapping[int, Outcome]:
        result = {}
        for delivery in deliveries:
            if delivery.task == Delivery.Task.WITHDRAW:
                continue
            if texts := self._last(delivery):
                result[delivery.pk] = self._outcome(texts)
        return result

    def retry(self, delivery: Delivery, by: User) -> bool:
        failed = [text for text in self._last(delivery) if _may_leave_again(text)]
        if failed and failed[-1].expires_at and failed[-1].expires_at <= now():
            raise Conflict(_("Its end had passed: not sent."))
        for text in failed:
            again = Addressed(f"{text.key}{_AGAIN}", text.to, text.body)
            queue_texts(texts=[again], kind=OutgoingText.Kind(text.kind), expires_at=text.expires_at)
        return bool(failed)

    def move_end(self, delivery: Delivery, until: datetime) -> None:
        move_end_of_texts(prefix=f"{delivery.key}-r{delivery.release.revision}-", until=until)

    def send_test(self, content: Content, to: Tester) -> str:
        to.check_phone()
        if not enabled():
            raise Invalid(_("No provider of text messages is set (PARVIS_TEXTS_URL)."))
        language = content.language_for(to.language)
        if not content.short(self.slug, language):
            raise Invalid(_("Write a title or a short text first."))
        body = TEST[language] + self._text(content, language)
        queue_text(key=f"outreach-test-{uuid4().hex}", to=to.phone, body=body, kind=OutgoingText.Kind.NOTICE)
        return _("Sent to %(who)s.") % {"who": masked(to.phone)}

    def _last(self, delivery: Delivery) -> list[OutgoingText]:
        """The last text of each number, of the present words."""
        rows = OutgoingText.objects.filter(key__startswith=f"{delivery.key}-r{delivery.release.revision}-")
        return list({row.key.split(_AGAIN)[0]: row for row in rows.order_by("pk")}.values())

    def _outcome(self, texts: list[OutgoingText]) -> Outcome:
        left = sum(text.state == OutboxState.SENT for text in texts)
        unknown = sum(text.is_uncertain for text in texts)
        waiting = sum(text.is_pending for text in texts) - unknown
        failed = [text for text in texts if text.state in UNDELIVERED]
        failures = tuple(Failure(quebec.phone(text.to), _why(text), _may_leave_again(text)) for text in failed[:_SHOWN])
        state = State.SENT
        if waiting:
            state = State.QUEUED
        elif unknown:
            state = State.UNKNOWN
        elif failed and not left:
            state = State.FAILED
        words = [_("%(n)d more failed.") % {"n": len(failed) - _SHOWN}] if len(failed) > _SHOWN else []
        if held := [text for text in texts if text.state == OutboxState.HELD]:
            waits = ngettext("%(n)d text waits: %(why)s.", "%(n)d texts wait: %(why)s.", len(held))
            words.append(waits % {"n": len(held), "why": reason(held[0])})
        return Outcome(state, " ".join(words), left, len(texts), failures)

    def _people(self, content: Content) -> list[Recipient]:
        return recipients(
            kind=ALERTS,
            subject_id=content.subject_id,
            sectors=content.sectors,
            streets=content.streets,
            channel="text",
        )

    def _text(self, content: Content, language: str, begins: str = "%s") -> str:
        if language == "en" and not content.has("en"):
            return ""
        colon = " :" if language == "fr" else ":"  # an unbreakable space would cost the longer alphabet
        path = content.url or ("/nouvelles/0000/" if "site" in content.channels else "")  # as long as the page's own
        more = f" Info{colon} {settings.PARVIS_URL}{path}" if path else ""
        mark = f"{town().name_fr}{colon} "
        return f"{mark}{begins % content.short(self.slug, language)}{more}"

    def _queue(
        self, key: str, content: Content, people: list[Recipient], begins: tuple[str, str] = ("%s", "%s")
    ) -> None:
        languages = {row.language: content.language_for(row.language) for row in people}
        bodies = {wanted: self._text(content, lang, begins[lang == "en"]) for wanted, lang in languages.items()}
        rows = [
            Addressed(
                f"{key}-{row.id}",
                row.target,
                _with_choices(bodies[row.language], row.preferences_url, languages[row.language]),
            )
            for row in people
        ]
        kind = OutgoingText.Kind.EMERGENCY if content.is_safety else OutgoingText.Kind.NOTICE
        queue_texts(texts=rows, kind=kind, expires_at=content.expires_at)


def _may_leave_again(text: OutgoingText) -> bool:
    return text.state == OutboxState.FAILED and not text.result


def _why(text: OutgoingText) -> str:
    return reason(text) or text.state_label
