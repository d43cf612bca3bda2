"""Conversion of one line of the file to a legacy case, or to the reasons why it is refused."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import override

from parvis.apps.cases.models import ClosingReason, State
from parvis.apps.catalogue.models import Channel, Nature, Subject
from parvis.apps.directory.queries import working_calendar
from parvis.apps.places.models import Address
from parvis.apps.residents.queries.contact_details import Unreadable, clean_email, clean_phone
from parvis.lib.clock import now
from parvis.operations.importing.dates import UnreadableDate, When, read_date
from parvis.operations.importing.legacy_case import LegacyCase, Note, PersonRecord
from parvis.operations.importing.lookups import Lookups
from parvis.operations.importing.mapping import LEAVE, URGENT, Mapping, key
from parvis.operations.importing.report import Problem
from parvis.operations.importing.source import Record

OLDEST = 2000  # the first year for which references exist (lib.ids)
CLOCK_SKEW = timedelta(minutes=5)
T = TypeVar("T")


class Reader:
    """Reads the lines of a file by a mapping and the town's lookups."""

    def __init__(self, mapping: Mapping, lookups: Lookups) -> None:
        self.mapping, self.lookups = mapping, lookups
        self._calendar = working_calendar()

    def read(self, line: Record) -> tuple[LegacyCase | None, list[Problem]]:
        """The case of a line; None when it is refused, or skipped by the mapping (then without a problem)."""
        return _Reading(self, line).result()

    def date(self, written: str) -> When:
        """As `dates.read_date`, with the mapping's formats, in the town's zone."""
        return read_date(written, self.mapping.dates, self._calendar.zone)

    def is_future(self, when: When) -> bool:
        """Whether a date is in the future, with a small tolerance for clocks."""
        return when.moment > now() + CLOCK_SKEW

    def end_of(self, when: When) -> datetime:
        """The time itself, or the end of the day when only the day was given."""
        day = self._calendar.local(when.moment).date()
        return self._calendar.end_of_day(day) if when.day_only else when.moment


class _Reading:
    """Reads one line, collecting `problems`."""

    def __init__(self, reader: Reader, line: Record) -> None:
        self.reader, self.line, self.mapping = reader, line, reader.mapping
        self.problems: list[Problem] = []
        self.details: list[dict[str, str]] = []
        self.number = self.text("number")

    def result(self) -> tuple[LegacyCase | None, list[Problem]]:
        """As `Reader.read`."""
        if self.line.wrong:
            self.refuse(self.line.wrong)
            return None, self.problems
        status = self.meaning("status")
        if status == LEAVE:
            return None, []
        if not self.number and self.mapping.without_number == "refuse":
            self.refuse(_("It has no number."))
        subject, opened = self.subject(), self.opened()
        legacy_case = self.legacy_case(subject, opened, status) if subject and opened else None
        return (None if any(problem.refused for problem in self.problems) else legacy_case), self.problems

    def legacy_case(self, subject: Subject, opened: datetime, status: str) -> LegacyCase:
        """Reads the rest of the line, given its subject and opening."""
        nature = self.meaning("nature") or subject.nature
        state, reason, closed = self.outcome(status, nature, opened)
        address, place, point = self.place()
        title, words = self.text("title"), self.text("words", "\n")
        department = self.lookup("department", self.reader.lookups.department, on_unknown=self.refuse)
        owner = self.lookup("owner", self.reader.lookups.user, on_unknown=self.warn)
        due = self.date("due_at")
        person = self.person()
        self.add_kept_columns()
        return LegacyCase(
            line=self.line.number,
            number=self.number,
            identity=self.number or self.generated_number(),
            subject=subject,
            opened_at=opened,
            state=state,
            nature=nature,
            channel=self.meaning("channel") or Channel.PHONE,
            language=self.meaning("language") or "fr",
            audience=self.meaning("audience") or "resident",
            title=self.shortened(title, 200, "title"),
            words=words,
            reason=reason,
            closed_at=closed,
            answer=self.text("answer", "\n"),
            due_at=self.reader.end_of(due) if due else None,
            urgent=subject.urgent or status == URGENT or self.meaning("urgent") == "yes",
            address=address,
            place_text=place,
            point=point,
            department=department,
            owner=owner,
            person=person,
            details=self.details,
            notes=self.notes(),
        )

    # --- Problems --------------------------------------------------------------------------------------------------

    def refuse(self, reason: str) -> None:
        """Refuses the line for this reason."""
        self.problems.append(Problem(self.line.number, self.number, reason))

    def warn(self, reason: str) -> None:
        """Records that part of the line cannot be imported."""
        self.problems.append(Problem(self.line.number, self.number, reason, refused=False))

    # --- Values ----------------------------------------------------------------------------------------------------

    def text(self, name: str, join: str = ", ") -> str:
        """The joined values of a field's columns."""
        return self.line.get(self.mapping.columns.get(name, ()), join)

    def meaning(self, name: str) -> str:
        """The translated value of a field; an unknown value refuses the line."""
        written = self.text(name)
        meaning = self.mapping.meaning(name, written)
        if meaning is None:
            text = _("“%(value)s” is not a known value of %(column)s: add it to “%(field)s” in the mapping.")
            self.refuse(text % {"value": written, "column": self.column(name), "field": name})
        return meaning or ""

    def column(self, name: str) -> str:
        """The names of a field's columns in the file, for messages."""
        return ", ".join(self.mapping.columns.get(name, (name,)))

    def date(self, name: str) -> When | None:
        """The date of a field; None when it is empty, or invalid, which refuses the line."""
        written = self.text(name)
        if not written:
            return None
        try:
            return self.reader.date(written)
        except UnreadableDate as error:
            words = {"value": written, "column": self.column(name)}
            if error.ambiguous:
                self.refuse(_("“%(value)s” (%(column)s) may be read as two different dates.") % words)
            else:
                self.refuse(_("“%(value)s” (%(column)s) is not a date that the mapping can read.") % words)
        return None

    def opened(self) -> datetime | None:
        """The opening time; None, with the line refused, when it is missing or invalid."""
        when = self.date("opened_at")
        if when is None:
            if not self.text("opened_at"):
                self.refuse(_("It does not say when it was opened."))
            return None
        if working_calendar().local(when.moment).year < OLDEST:
            self.refuse(_("It was opened before the year 2000: no reference can be made for it."))
            return None
        if self.reader.is_future(when):
            self.refuse(_("It was opened in the future."))
            return None
        return when.moment

    def subject(self) -> Subject | None:
        """The subject by the mapping's table, else by slug or title, else the default."""
        written = self.text("subject")
        table, find = self.mapping.values.get("subject", {}), self.reader.lookups.subject
        slug = self.mapping.meaning("subject", written)
        subject = (find(slug) if slug else None) or (find(written) if written else None)
        if subject is None and (default := self.mapping.defaults.get("subject")):
            subject = find(default)
            if subject is None:
                self.refuse(_("The town has no subject “%(slug)s”, the default of the mapping.") % {"slug": default})
        elif subject is None and slug and written and table:
            text = _("“%(value)s” leads to a subject that the town has not: %(slug)s.")
            self.refuse(text % {"value": written, "slug": slug})
        elif subject is None and written:
            text = _("No subject is known for “%(value)s”: add it to “subject” in the mapping.")
            self.refuse(text % {"value": written})
        elif subject is None:
            self.refuse(_("It has no subject, and the mapping has no default."))
        return subject

    def lookup(self, name: str, find: Callable[[str], T | None], *, on_unknown: Callable[[str], None]) -> T | None:
        """The department or staff member named by the line, if any; `on_unknown` receives the problem."""
        written = self.text(name)
        wanted = self.mapping.values.get(name, {}).get(key(written), written)
        wanted = wanted or self.mapping.defaults.get(name, "")
        if not wanted:
            return None
        result = find(wanted)
        if result is None:
            text = _("“%(value)s” (%(column)s) is not known here.")
            on_unknown(text % {"value": wanted, "column": self.column(name)})
        return result

    def outcome(self, status: str, nature: str, opened: datetime) -> tuple[str, str, datetime | None]:
        """(state, closing reason, closing time). A closing without a date has an unknown outcome."""
        if status in ("", URGENT, State.NEW, State.WORKING, State.WAITING) and nature != Nature.INFORMATION:
            return (status if status in (State.WORKING, State.WAITING) else State.NEW), "", None
        when = self.date("closed_at")
        closed = when.moment if when else None
        if when and when.day_only and closed and closed < opened < closed + timedelta(days=1):
            closed = max(opened, self.reader.end_of(when))
        if closed and closed < opened:
            self.refuse(_("It was closed before it was opened."))
        if closed and closed > now() + CLOCK_SKEW:
            self.refuse(_("It was closed in the future."))
        if nature == Nature.COMMENT:
            return State.CLOSED, ClosingReason.PASSED, closed or opened
        if nature == Nature.INFORMATION:
            return State.CLOSED, ClosingReason.ANSWERED, closed or opened
        reason = self.meaning("reason") or (status if status in ClosingReason.values else "")
        if closed is None:
            if earlier := self.text("status"):
                labels = "État dans le système précédent", "State in the earlier system"
                self.add_detail("earlier_status", *labels, earlier)
            return State.CLOSED, ClosingReason.EARLIER, opened
        return State.CLOSED, reason or ClosingReason.EARLIER, closed

    def place(self) -> tuple[Address | None, str, tuple[float, float] | None]:
        """(address, text when no address of the town matches, point)."""
        written = self.text("place")
        address = self.reader.lookups.address(written) if written else None
        point = self.point()
        if point and self.mapping.positions == "approximate":
            shown = f"{point[0]:.5f}, {point[1]:.5f}"
            self.add_detail("position", "Position approximative", "Approximate position", shown)
            point = None
        return address, "" if address else self.shortened(written, 200, "place"), point

    def point(self) -> tuple[float, float] | None:
        """Latitude and longitude, when both are given and valid."""
        written = self.text("latitude"), self.text("longitude")
        if not all(written):
            return None
        try:
            latitude, longitude = (float(degrees.replace(",", ".")) for degrees in written)
        except ValueError:
            latitude = longitude = 999.0
        if not (abs(latitude) <= 90 and abs(longitude) <= 180 and (latitude or longitude)):
            self.warn(_("Its position cannot be read: %(value)s.") % {"value": ", ".join(written)})
            return None
        return latitude, longitude

    def person(self) -> PersonRecord | None:
        """The requester; an invalid phone or e-mail is stored as a detail."""
        number = self.text("person_number")
        problem = _("The phone number “%(value)s” cannot be read: it is kept in words.")
        phone = self.contact("phone", clean_phone, problem, "Téléphone, comme écrit", "Phone, as written")
        problem = _("The e-mail address “%(value)s” cannot be read: it is kept in words.")
        email = self.contact("email", clean_email, problem, "Courriel, comme écrit", "E-mail, as written")
        name = self.text("name", " ") or email or phone or number
        if not name:
            return None
        address_text = self.text("person_address")
        address = self.reader.lookups.address(address_text) if address_text else None
        return PersonRecord(
            name=name[:160],
            number=number,
            phone=phone,
            email=email,
            language=self.mapping.meaning("language", self.text("language")) or "fr",
            audience=self.mapping.meaning("audience", self.text("audience")) or "resident",
            organisation=self.text("organisation")[:160],
            address=address,
            address_text="" if address else address_text[:200],
        )

    def contact(self, name: str, clean: Callable[[str], str], problem: str, label_fr: str, label_en: str) -> str:
        """A phone number or e-mail address; an invalid one is reported, and stored as a detail."""
        written = self.text(name)
        try:
            return clean(written)
        except Unreadable:
            self.warn(problem % {"value": written})
            self.add_detail(f"earlier_{name}", label_fr, label_en, written)
            return ""

    def notes(self) -> tuple[Note, ...]:
        """The note on the line itself."""
        words = self.text("note", "\n")
        when = self.date("note_at") if words else None
        if when and self.reader.is_future(when):
            self.refuse(_("Its note was written in the future."))
        return (Note(words, when.moment if when else None),) if words else ()

    def add_kept_columns(self) -> None:
        """Adds the columns that the mapping keeps, and the number of contacts by channel, as details."""
        for rank, kept in enumerate(self.mapping.keep):
            if value := self.line.get((kept.column,)):
                self.add_detail(f"kept_{rank}", kept.fr, kept.en, value)
        counts = Counter[str]()
        for column, channel in self.mapping.counts.items():
            written = self.line.get((column,))
            if written.isdecimal() and int(written):
                counts[channel] += int(written)
        if counts.total() > 1:
            shown = (_counts_in_words(counts, lang) for lang in ("fr", "en"))
            self.add_detail("contacts", "Contacts reçus", "Contacts received", *shown)

    def add_detail(self, name: str, label_fr: str, label_en: str, shown_fr: str, shown_en: str = "") -> None:
        """Adds a detail to the case, in the format of `cases.services.opening.details`."""
        shown = {"value": shown_fr, "shown_fr": shown_fr, "shown_en": shown_en or shown_fr}
        self.details.append({"key": name, "label_fr": label_fr, "label_en": label_en, **shown})

    def shortened(self, text: str, longest: int, name: str) -> str:
        """Truncates a text to the maximum length, with a problem; the whole text is stored as a detail."""
        if len(text) <= longest:
            return text
        words = _("%(column)s is longer than %(n)d characters: it is shortened, and kept whole in words.")
        self.warn(words % {"column": self.column(name), "n": longest})
        self.add_detail(f"whole_{name}", "Texte complet", "Whole text", text)
        return text[: longest - 1].rstrip() + "…"

    def generated_number(self) -> str:
        """An identity for a line without a number: a hash of its content."""
        return "~" + sha256("\x1f".join(self.line.values.values()).encode()).hexdigest()[:40]


def _counts_in_words(counts: Counter[str], lang: str) -> str:
    with override(lang):
        return ", ".join(f"{Channel(channel).label} {count}" for channel, count in counts.items())
