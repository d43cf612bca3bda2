"""How the citizen was told of an entry, in words for the staff, and whether that failed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.queries.citizens.means import VIA, Via, entry_of, push_key, text_key, usable, via_of
from parvis.apps.directory.queries import working_calendar
from parvis.apps.mail import queries as mail
from parvis.apps.mail.models import Outgoing
from parvis.apps.outbox.models import State
from parvis.apps.push.models import OutgoingPush
from parvis.apps.telephony.models import OutgoingText
from parvis.lib import quebec
from parvis.lib.i18n.languages import clean

TOLD = Entry.NotifiedVia


@dataclass(frozen=True)
class Sent:
    """What left about the entries of a case: letters by key, texts by key, notices by entry."""

    letters: Mapping[str, Outgoing] = field(default_factory=dict)
    texts: Mapping[str, OutgoingText] = field(default_factory=dict)
    pushes: Mapping[int, list[OutgoingPush]] = field(default_factory=dict)


def sent_about(case: Case, entries: Iterable[Entry]) -> Sent:
    """What left about these entries of a case: one query, and two more when its citizen chose how to be told."""
    written = [entry for entry in entries if entry.notified_via in (TOLD.EMAIL, TOLD.TEXT, TOLD.PUSH)]
    letters = mail.by_keys(f"{case.reference}/{entry.seq}" for entry in written)
    chosen = [entry.pk for entry in written if VIA in entry.data]
    if not chosen:
        return Sent(letters)
    texts = OutgoingText.objects.filter(key__in=[text_key(pk) for pk in chosen])
    pushed = [entry.pk for entry in written if Via.PUSH in via_of(entry)]
    pushes: dict[int, list[OutgoingPush]] = {}
    if pushed:
        named = reduce(or_, (Q(key__startswith=push_key(pk, "")) for pk in pushed))
        for push in OutgoingPush.objects.filter(named):
            pushes.setdefault(entry_of(push.key), []).append(push)
    return Sent(letters, {text.key: text for text in texts}, pushes)


def notified_words(entry: Entry, case: Case, sent: Sent) -> tuple[str, bool]:
    """How the citizen was notified, and whether that failed by every means."""
    if entry.notified_via == TOLD.PHONE:
        return _("To be told by phone: see the calls to make"), False
    if entry.notified_via == TOLD.POST:
        return _("To be told on paper: see the letters to print"), False
    letter = sent.letters.get(f"{case.reference}/{entry.seq}")
    if VIA not in entry.data:
        return _letter(letter) if entry.notified_via == TOLD.EMAIL else ("", False)
    parts = []
    via = via_of(entry)
    if Via.EMAIL in via or letter is not None:
        parts.append(_letter(letter))
    if Via.TEXT in via:
        parts.append(_text(sent.texts.get(text_key(entry.pk))))
    if Via.PUSH in via:
        parts.append(_push(sent.pushes.get(entry.pk, [])))
    return ". ".join(words for words, _failed in parts), all(failed for _words, failed in parts)


def _letter(letter: Outgoing | None) -> tuple[str, bool]:
    if letter is None or letter.state in (State.QUEUED, State.SENDING):
        return _("E-mail on its way"), False
    if letter.state == State.HELD:
        return _("E-mail held since a backup was restored: see Channels"), False
    if letter.state == State.SENT:
        if letter.sent_at is None:
            return _("E-mail sent"), False
        hour = quebec.hour(working_calendar().local(letter.sent_at), clean(get_language()))
        return _("E-mail sent at %(hour)s") % {"hour": hour}, False
    return _("The e-mail could not be delivered: call instead"), True


def _text(text: OutgoingText | None) -> tuple[str, bool]:
    if text is None or text.is_pending:
        return _("Text message on its way"), False
    if text.result == OutgoingText.Result.DELIVERED:
        return _("Text message delivered"), False
    if text.state == State.SENT:
        return _("Text message sent"), False
    return _("The text message did not leave or arrive"), True


def _push(pushes: list[OutgoingPush]) -> tuple[str, bool]:
    if not pushes:  # deleted after a month
        return _("Told by a notice on a device"), False
    if any(push.state == State.SENT for push in pushes):
        return _("Notice sent to a device"), False
    if any(push.is_pending for push in pushes):
        return _("Notice on its way to a device"), False
    return _("The notice reached no device"), True


def chosen_words(case: Case) -> str:
    """The means that the citizen chose and that work, as the end of a sentence; "" when they chose none."""
    words = {
        Via.EMAIL: _("by e-mail"),
        Via.TEXT: _("by text message"),
        Via.PUSH: _("by a notice on a device"),
    }
    names = [str(words[via]) for via in dict.fromkeys(Via(each.via) for each in usable(case))]
    return _(" and ").join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
