"""What happened, written as rows: contacts, cases, journals, calls, letters, in the order of time."""

import heapq
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import attrgetter
from random import Random
from typing import Any
from uuid import UUID

from django.db.models import Max
from django.utils.translation import gettext, override

from bench.seeding.lifecycle_simulator import Call, SimulatedOpinion
from bench.seeding.tables import Table, finish
from bench.seeding.town_data import Spoken
from parvis.apps.cases.models import Case, Entry, EntryFile, Opinion, PaperLetter
from parvis.apps.catalogue.models import Channel
from parvis.apps.directory.models import AccessLogEntry
from parvis.apps.files.models import Attachment
from parvis.apps.intake.models import Callback, Contact, Given, Matter, Visit
from parvis.apps.intake.services.indexing import KIND as CONTACT
from parvis.apps.mail.models import Outgoing
from parvis.apps.mail.services.outgoing import message_id
from parvis.apps.residents.models import Membership, Organisation, Person, PersonAddress, PhoneNumber
from parvis.apps.residents.queries.people import KIND, ORGANISATION
from parvis.apps.residents.rules.phonetics import sound_words
from parvis.apps.search.models import SearchRow, SpellingVariant
from parvis.apps.search.rules import is_correctable, variants
from parvis.apps.search.services import holder_words, phone_words
from parvis.lib.ids import CODE_ALPHABET, CODE_LENGTH
from parvis.lib.words import split
from parvis.operations.demo.marks import MARK, NOTE
from parvis.operations.demo.people import Neighbour

ROLES = {"owner": "owner", "merchant": "merchant"}  # what their address is to them; to others, their home
# The letter that tells each kind of entry: the function of `cases.letters` that writes it, and its subject there.
WISHES = {"phone": "email"}  # who has no e-mail is called, and asked nothing
LETTERS = {
    "opened": ("receipt", "Request %(ref)s received: %(title)s"),
    "thanked": ("thanked", "Your comment was received, %(ref)s"),
    "asked": ("asked", "A question about your request %(ref)s"),
    "answered": ("answered", "An answer about your request %(ref)s"),
    "promised": ("new_date", "A new date for your request %(ref)s"),
    "closed": ("closed", "Your request %(ref)s is closed"),
    "reopened": ("reopened", "Your request %(ref)s is open again"),
}
READING = "contact %(number)d, %(channel)s"  # why a file was read, in the words of `intake.services.contacts`
CASE = [field.attname for field in Case._meta.concrete_fields if not field.primary_key]
ENTRY = [field.attname for field in Entry._meta.concrete_fields if not field.primary_key]
COPIED = [
    f.attname for f in Attachment._meta.concrete_fields if f.attname not in ("id", "key", "added_at", "added_by_id")
]
_of_case, _of_entry, _of_photo = attrgetter(*CASE), attrgetter(*ENTRY), attrgetter(*COPIED)


@dataclass
class Posted:
    """When a letter on paper was posted, and by whom; neither while it waits."""

    at: datetime | None = None
    by: int | None = None


@dataclass
class Happened:
    """An entry to be written in its turn, with what hangs on it. `numbers` gives the row of each entry of the case."""

    entry: Entry
    photos: list[int]
    call: Call | None
    said: SimulatedOpinion | None
    case: Case
    neighbour: Neighbour | None
    numbers: dict[int, int]
    department: int
    posted: Posted | None = None


class Ledger:
    """Gathers rows. `settle` writes the entries older than a moment; `close` writes everything that is left."""

    def __init__(self, label: str, originals: Sequence[Attachment], rng: Random) -> None:
        self.label, self.originals, self.rng = label, originals, rng
        self._persons: dict[int, int] = {}
        self._waiting: list[tuple[datetime, int, Happened]] = []
        self._order = 0
        self._line = dict(Visit.objects.values_list("day").annotate(last=Max("number")))
        self._letters: dict[tuple[str, str], str] = {}
        self._reasons: dict[str, tuple[str, str]] = {}
        self._learnt: set[str] = set()
        self.people = Table(
            Person,
            *("name", "email", "language", "audience", "organisation", "reach", "address_id", "note", "created_at"),
        )
        self.phones = Table(PhoneNumber, "person_id", "number")
        self.homes = Table(PersonAddress, "person_id", "role", "address_id")
        self.firms = Table(Organisation, "name", "created_at")
        self.members = Table(Membership, "person_id", "organisation_id")
        self._firms: dict[str, int] = {}
        self.contacts = Table(
            Contact,
            *("key", "channel", "state", "agent_id", "person_id", "phone", "language", "english_ground", "audience"),
            *("text", "draft_seq", "started_at", "ended_at", "seconds"),
        )
        self.matters = Table(
            Matter,
            *("contact_id", "key", "words", "subject_id", "nature", "outcome", "case_id", "department_id"),
            *("receiver_id", "note", "at", "by_id"),
        )
        self.given = Table(Given, "matter_id", "answer_id", "revision_id", "language", "words", "facts", "inputs", "at")
        self.readings = Table(AccessLogEntry, "user_id", "subject", "subject_id", "at", "reason")
        self.cases = Table(Case, *CASE)
        self.entries = Table(Entry, *ENTRY)
        self.attachments = Table(Attachment, *COPIED, "key", "added_at", "added_by_id")
        self.files = Table(EntryFile, "entry_id", "attachment_id")
        self.calls = Table(
            Callback,
            *("entry_id", "case_id", "contact_id", "matter_id", "person_id", "phone", "reason", "due_at", "attempts"),
            *("done_at", "done_by_id", "note"),
        )
        self.letters = Table(
            Outgoing,
            *("key", "message_id", "to", "language", "renderer", "args", "subject", "state", "attempts"),
            *("queued_at", "attempted_at", "sent_at"),
        )
        self.papers = Table(
            PaperLetter, *("entry_id", "name", "address", "instead_of", "asked_at", "posted_at", "posted_by_id")
        )
        self.opinions = Table(
            Opinion,
            *("closing_id", "case_id", "department_id", "solved", "mark", "words", "language", "given_at"),
            "reopening_id",
        )
        self.visits = Table(
            Visit,
            *("key", "day", "number", "language", "state", "arrived_at", "called_at", "told_at", "calls", "window"),
            *("agent_id", "contact_id"),
        )
        self.words = Table(SearchRow, "kind", "object_id", "text")
        self.variants = Table(SpellingVariant, "variant", "word")

    @property
    def tables(self) -> list[Table]:
        """In the order of their foreign keys."""
        return [
            *(
                self.people,
                self.phones,
                self.homes,
                self.firms,
                self.members,
                self.contacts,
                self.cases,
                self.matters,
                self.given,
                self.readings,
            ),
            *(self.entries, self.attachments, self.files, self.calls, self.letters, self.papers, self.opinions),
            self.visits,
            *(self.words, self.variants),
        ]

    # --- People -------------------------------------------------------------------------------------------------

    def person(self, who: Neighbour | None, at: datetime) -> int | None:
        """The row of that person, written the first time they come."""
        if who is None:
            return None
        if who.rank not in self._persons:
            home = who.home
            self._persons[who.rank] = number = self.people.add(
                *(who.name, who.email, who.language, who.audience, who.organisation, WISHES.get(who.reach, who.reach)),
                *(home.pk if home else None, NOTE, at),
            )
            for phone in who.phones:
                self.phones.add(number, phone)
            if home:
                self.homes.add(number, ROLES.get(who.audience, "resident"), home.pk)
            if who.organisation:
                if who.organisation not in self._firms:
                    self._firms[who.organisation] = firm = self.firms.add(who.organisation, at)
                    self.index(ORGANISATION, firm, f"{who.organisation} {sound_words(who.organisation)}")
                self.members.add(number, self._firms[who.organisation])
            where = home.label if home else ""
            result = [who.name, who.organisation, who.email, where, sound_words(who.name)]
            self.index(KIND, number, " ".join([*result, *map(holder_words, who.phones)]))
        return self._persons[who.rank]

    def index(self, kind: str, number: int, words: str) -> None:
        """Makes an object findable by these words, folded as `search.services.index` folds them."""
        fromkeys = dict.fromkeys(split(words))
        self.words.add(kind, number, " ".join(fromkeys))
        for word in fromkeys.keys() - self._learnt:
            self._learnt.add(word)
            for variant in variants(word) if is_correctable(word) else ():
                self.variants.add(variant, word)

    # --- At the door --------------------------------------------------------------------------------------------

    def contact(
        self, at: datetime, seconds: int, channel: str, agent: int | None, who: Neighbour | None, lang: str, **more: str
    ) -> int:
        """A contact that ended at that moment; the file of whoever was known was read."""
        person, started = self.person(who, at), at - timedelta(seconds=seconds)
        phone = who.phones[0] if who and who.phones and channel == "phone" else ""
        ground = more.get("ground", "") if lang == "en" else ""
        contact = self.contacts.add(
            *(f"{MARK}{self.label}:c{self.contacts.last + 1}", channel, Contact.State.DONE.value, agent, person, phone),
            *(lang, ground, more.get("audience", "resident"), more.get("text", ""), 2, started, at, seconds),
        )
        words = [more.get("text", ""), who.name if who else "", phone_words(phone) if phone else ""]
        if any(words):
            self.index(CONTACT, contact, " ".join(words))
        if person and agent:
            self.readings.add(agent, "person", person, started, self._reason(contact, channel))
        return contact

    def _reason(self, contact: int, channel: str) -> str:
        if channel not in self._reasons:
            with override("fr"):
                self._reasons[channel] = gettext(READING), str(Channel(channel).label)
        words, label = self._reasons[channel]
        return words % {"number": contact, "channel": label}

    def visit(self, contact: int, day: date, waited: int, began: datetime, agent: int | None, lang: str) -> None:
        """The place in the line of the counter that this contact had."""
        self._line[day] = number = self._line.get(day, 0) + 1
        arrived, key = began - timedelta(seconds=waited), f"{MARK}{self.label}:v{self.visits.last + 1}"
        self.visits.add(
            *(key, day, number, lang, Visit.State.LEFT.value, arrived, began, began, 1, self.rng.randint(1, 2)),
            *(agent, contact),
        )

    def matter(self, contact: int, outcome: str, at: datetime, agent: int | None, **values: Any) -> int:
        """One matter of a contact; `values` are attributes of Matter."""
        return self.matters.add(
            *(contact, f"{MARK}{self.label}:m{self.matters.last + 1}", values.get("words", ""), values.get("subject")),
            *(values.get("nature", "information"), outcome, values.get("case"), values.get("department")),
            *(values.get("receiver"), values.get("note", ""), at, agent),
        )

    def say(self, matter: int, spoken: Spoken, at: datetime, inputs: dict[str, str]) -> None:
        """The answer given in a matter."""
        self.given.add(
            *(matter, spoken.answer, spoken.revision, spoken.language, spoken.words, spoken.facts, inputs, at)
        )

    def owe(self, matter: int, contact: int, who: Neighbour | None, phone: str, call: Call) -> None:
        """A call promised in a matter, made or still owed."""
        person = self.person(who, call.due_at)
        self.calls.add(
            *(None, None, contact, matter, person, phone, call.reason, call.due_at, call.attempts),
            *(call.done_at, call.done_by, call.note),
        )

    # --- Cases --------------------------------------------------------------------------------------------------

    def secret(self) -> str:
        """As `lib.ids.new_secret`, drawn from the seed: an example keeps no secret."""
        return urlsafe_b64encode(self.rng.randbytes(16)).rstrip(b"=").decode()

    def code(self) -> str:
        """As `lib.ids.new_code`, drawn from the seed."""
        return "".join(self.rng.choices(CODE_ALPHABET, k=CODE_LENGTH))

    def case(self, case: Case) -> int:
        """The row of a case whose whole story is known; its number is `next_case`."""
        return self.cases.add(*_of_case(case))

    @property
    def next_case(self) -> int:
        """The number of the case to come."""
        return self.cases.last + 1

    def photo(self, at: datetime, by: int | None) -> Attachment:
        """A photo received at that moment, a row of its own whose bytes are those of an original."""
        original = self.originals[self.attachments.count % len(self.originals)]
        key = UUID(bytes=self.rng.randbytes(16), version=4)
        number = self.attachments.add(*_of_photo(original), key, at, by)
        return Attachment(pk=number, sha256=original.sha256)

    def happened(self, happened: Happened) -> None:
        """Keeps an entry until its turn comes."""
        self._order += 1
        heapq.heappush(self._waiting, (happened.entry.at, self._order, happened))

    def settle(self, before: datetime) -> None:
        """Writes the entries older than that moment, in order, with what hangs on them."""
        while self._waiting and self._waiting[0][0] < before:
            self._write(heapq.heappop(self._waiting)[2])

    def _write(self, happened: Happened) -> None:
        entry, case = happened.entry, happened.case
        number = happened.numbers[entry.seq] = self.entries.add(*_of_entry(entry))
        for photo in happened.photos:
            self.files.add(number, photo)
        if entry.notified_via == Entry.NotifiedVia.EMAIL and happened.neighbour:
            self._letter(happened, number)
        if happened.posted is not None and happened.neighbour and happened.neighbour.home:
            where = happened.neighbour.home.label
            self.papers.add(
                number, happened.neighbour.name, where, "", entry.at, happened.posted.at, happened.posted.by
            )
        if happened.call is not None and happened.neighbour:
            call = happened.call
            self.calls.add(
                *(number, case.pk, None, None, case.person_id, happened.neighbour.phones[0], call.reason, call.due_at),
                *(call.attempts, call.done_at, call.done_by, call.note),
            )
        if happened.said is not None:
            self._opinion(happened, happened.said)

    def _opinion(self, happened: Happened, said: SimulatedOpinion) -> None:
        case, numbers = happened.case, happened.numbers
        self.opinions.add(
            *(numbers[said.closing], case.pk, happened.department, said.solved, said.mark, said.words, case.language),
            *(said.at, numbers[said.reopening] if said.reopening else None),
        )

    def _letter(self, happened: Happened, number: int) -> None:
        """The letter that told an entry, sent long ago: its words are no longer kept."""
        assert happened.neighbour is not None
        entry, case, lang = happened.entry, happened.case, happened.case.language
        writer, words = LETTERS[entry.kind]
        if (writer, lang) not in self._letters:
            with override(lang):
                self._letters[writer, lang] = gettext(words)
        title = case.subject.title_en if lang == "en" else case.subject.title_fr
        subject = self._letters[writer, lang] % {"ref": case.reference, "title": title}
        key, sent = f"{case.reference}/{entry.seq}", entry.at + timedelta(seconds=2)
        self.letters.add(
            *(
                key,
                message_id(key),
                happened.neighbour.email,
                lang,
                f"parvis.apps.cases.letters.cases.{writer}",
                [number],
                subject,
            ),
            *(Outgoing.State.SENT.value, 1, entry.at, sent, sent),
        )

    def close(self, until: datetime) -> None:
        """Writes what is left."""
        self.settle(until + timedelta(days=1))
        finish(self.tables)
