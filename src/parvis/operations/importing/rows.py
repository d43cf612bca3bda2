"""One line of the file made into what it says, or into the reasons why it cannot be."""

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from parvis.apps.cases.models import ClosingReason, State
from parvis.apps.catalogue.models import Channel, Nature, Subject
from parvis.apps.directory.queries import working_calendar
from parvis.apps.places.models import Address
from parvis.apps.residents.contact_details import Unreadable, clean_email, clean_phone
from parvis.lib.clock import now
from parvis.operations.importing.dates import UnreadableDate, When, read_date
from parvis.operations.importing.legacy_case import LegacyCase, Note, Someone
from parvis.operations.importing.lookups import Lookups
from parvis.operations.importing.mapping import LEAVE, URGENT, Mapping, key
from parvis.operations.importing.report import Problem
from parvis.operations.importing.source import Line

OLDEST = 2000  # the year below which no reference can be made (lib.ids)
SOON = timedelta(minutes=5)


class Reader:
    """Reads the lines of one file by one mapping, for the town as it is."""

    def __init__(self, mapping: Mapping, lookups: Lookups) -> None:
        self.mapping, self.house = mapping, lookups
        self._calendar = working_calendar()

    def read(self, line: Line) -> tuple[LegacyCase | None, list[Problem]]:
        """What the line says, None when it is refused or left out by the mapping (then without a problem)."""
        return _Reading(self, line).result()

    def date(self, written: str) -> When:
        """As `dates.read_date`, by the mapping's formats, in the town's zone."""
        return read_date(written, self.mapping.dates, self._calendar.zone)

    def to_come(self, when: When) -> bool:
        """Whether it is still ahead, clocks that disagree by a little forgiven: nothing of a past can be."""
        return when.moment > now() + SOON

    def end_of(self, when: When) -> datetime:
        """The moment itself; the end of that day when the hour was not written."""
        day = self._calendar.local(when.moment).date()
        return self._calendar.end_of_day(day) if when.day_only else when.moment


class _Reading:
    """The reading of one line: what was wrong gathers in `problems`."""

    def __init__(self, reader: Reader, line: Line) -> None:
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
        legacy_case = self.earlier(subject, opened, status) if subject and opened else None
        return (None if any(problem.refused for problem in self.problems) else legacy_case), self.problems

    def earlier(self, subject: Subject, opened: datetime, status: str) -> LegacyCase:
        """Everything but the subject and the opening, on which all the rest leans."""
        nature = self.meaning("nature") or subject.nature
        state, reason, closed = self.ending(status, nature, opened)
        address, place, point = self.place()
        title, words = self.text("title"), self.text("words", "\n")
        department = self.known("department", self.reader.house.department, refuse=True)
        owner = self.known("owner", self.reader.house.user, refuse=False)
        due = self.date("due_at")
        person = self.person()
        self.keep()
        return LegacyCase(
            line=self.line.number,
            number=self.number,
            identity=self.number or self.made_number(),
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

    # --- What goes wrong -------------------------------------------------------------------------------------------

    def refuse(self, reason: str) -> None:
        """The line will be left out, for this reason among others."""
        self.problems.append(Problem(self.line.number, self.number, reason))

    def lack(self, reason: str) -> None:
        """The line will come without something."""
        self.problems.append(Problem(self.line.number, self.number, reason, refused=False))

    # --- Values ----------------------------------------------------------------------------------------------------

    def text(self, name: str, join: str = ", ") -> str:
        """What the columns of that field say."""
        return self.line.get(self.mapping.columns.get(name, ()), join)

    def meaning(self, name: str) -> str:
        """What a field with known values means; a value that is not known refuses the line."""
        written = self.text(name)
        meant = self.mapping.meaning(name, written)
        if meant is None:
            text = _("“%(value)s” is not a known value of %(column)s: add it to “%(field)s” in the mapping.")
            self.refuse(text % {"value": written, "column": self.column(name), "field": name})
        return meant or ""

    def column(self, name: str) -> str:
        """How the columns of a field are called in the file, to be shown."""
        return ", ".join(self.mapping.columns.get(name, (name,)))

    def date(self, name: str) -> When | None:
        """The moment of a field; None when it is empty, or cannot be read, which refuses the line."""
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
        """When it was opened; None, and a reason, when that cannot be."""
        when = self.date("opened_at")
        if when is None:
            if not self.text("opened_at"):
                self.refuse(_("It does not say when it was opened."))
            return None
        if working_calendar().local(when.moment).year < OLDEST:
            self.refuse(_("It was opened before the year 2000: no reference can be made for it."))
            return None
        if self.reader.to_come(when):
            self.refuse(_("It was opened in the future."))
            return None
        return when.moment

    def subject(self) -> Subject | None:
        """By the table of the mapping, else by slug or title, else the default one."""
        written = self.text("subject")
        table, house = self.mapping.values.get("subject", {}), self.reader.house
        meant = self.mapping.meaning("subject", written)
        subject = house.subject(meant) if meant else None
        subject = subject or (house.subject(written) if written else None)
        if subject is None and (default := self.mapping.defaults.get("subject")):
            subject = house.subject(default)
            if subject is None:
                self.refuse(_("The town has no subject “%(slug)s”, the default of the mapping.") % {"slug": default})
                return None
        if subject is None and meant and written and table:
            self.refuse(
                _("“%(value)s” leads to a subject that the town has not: %(slug)s.") % {"value": written, "slug": meant}
            )
        elif subject is None:
            text = _("No subject is known for “%(value)s”: add it to “subject” in the mapping.")
            self.refuse(
                text % {"value": written} if written else _("It has no subject, and the mapping has no default.")
            )
        return subject

    def known(self, name: str, find: Callable[[str], Any], *, refuse: bool) -> Any:
        """A department or a colleague named by the line; None when none is."""
        written = self.text(name)
        wanted = self.mapping.values.get(name, {}).get(key(written), written)
        wanted = wanted or self.mapping.defaults.get(name, "")
        if not wanted:
            return None
        result = find(wanted)
        if result is None:
            text = _("“%(value)s” (%(column)s) is not known here.") % {"value": wanted, "column": self.column(name)}
            if refuse:
                self.refuse(text)
            else:
                self.lack(text)
        return result

    def ending(self, status: str, nature: str, opened: datetime) -> tuple[str, str, datetime | None]:
        """(state, why it closed, when). Without its date a closing is one whose outcome is not known."""
        if status in ("", URGENT, State.NEW, State.WORKING, State.WAITING) and nature != Nature.INFORMATION:
            return (status if status in (State.WORKING, State.WAITING) else State.NEW), "", None
        when = self.date("closed_at")
        closed = when.moment if when else None
        if when and when.day_only and closed and closed < opened < closed + timedelta(days=1):
            closed = max(opened, self.reader.end_of(when))
        if closed and closed < opened:
            self.refuse(_("It was closed before it was opened."))
        if closed and closed > now() + SOON:
            self.refuse(_("It was closed in the future."))
        if nature == Nature.COMMENT:
            return State.CLOSED, ClosingReason.PASSED, closed or opened
        if nature == Nature.INFORMATION:
            return State.CLOSED, ClosingReason.ANSWERED, closed or opened
        reason = self.meaning("reason") or (status if status in ClosingReason.values else "")
        if closed is None:
            if self.text("status"):
                self.add(
                    "earlier_status",
                    "État dans le système précédent",
                    "State in the earlier system",
                    self.text("status"),
                )
            return State.CLOSED, ClosingReason.EARLIER, opened
        return State.CLOSED, reason or ClosingReason.EARLIER, closed

    def place(self) -> tuple[Address | None, str, tuple[float, float] | None]:
        """(address, words when it is none that the town knows, point)."""
        written = self.text("place")
        address = self.reader.house.address(written) if written else None
        point = self.point()
        if point and self.mapping.positions == "approximate":
            shown = f"{point[0]:.5f}, {point[1]:.5f}"
            self.add("position", "Position approximative", "Approximate position", shown)
            point = None
        return address, "" if address else self.shortened(written, 200, "place"), point

    def point(self) -> tuple[float, float] | None:
        """Latitude and longitude, when both are there and are some of the Earth's."""
        written = self.text("latitude"), self.text("longitude")
        if not all(written):
            return None
        try:
            latitude, longitude = (float(item.replace(",", ".")) for item in written)
        except ValueError:
            latitude = longitude = 999.0
        if not (abs(latitude) <= 90 and abs(longitude) <= 180 and (latitude or longitude)):
            self.lack(_("Its position cannot be read: %(value)s.") % {"value": ", ".join(written)})
            return None
        return latitude, longitude

    def person(self) -> Someone | None:
        """Who asked; what of their phone or e-mail cannot be read is kept in words."""
        phone, number = self.phone(), self.text("person_number")
        email = self.email()
        name = self.text("name", " ") or email or phone
        if not name and number:
            name = number
        if not name:
            return None
        address_text = self.text("person_address")
        address = self.reader.house.address(address_text) if address_text else None
        return Someone(
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

    def phone(self) -> str:
        written = self.text("phone")
        try:
            return clean_phone(written)
        except Unreadable:
            self.lack(_("The phone number “%(value)s” cannot be read: it is kept in words.") % {"value": written})
            self.add("earlier_phone", "Téléphone, comme écrit", "Phone, as written", written)
            return ""

    def email(self) -> str:
        written = self.text("email")
        try:
            return clean_email(written)
        except Unreadable:
            self.lack(_("The e-mail address “%(value)s” cannot be read: it is kept in words.") % {"value": written})
            self.add("earlier_email", "Courriel, comme écrit", "E-mail, as written", written)
            return ""

    def notes(self) -> tuple[Note, ...]:
        """The note that stands on the line itself."""
        words = self.text("note", "\n")
        when = self.date("note_at") if words else None
        if when and self.reader.to_come(when):
            self.refuse(_("Its note was written in the future."))
        return (Note(words, when.moment if when else None),) if words else ()

    def keep(self) -> None:
        """What the mapping keeps in words: its columns, and how many times each channel was used."""
        for rank, kept in enumerate(self.mapping.keep):
            if value := self.line.get((kept.column,)):
                self.add(f"kept_{rank}", kept.fr, kept.en, value)
        counted: dict[str, int] = {}
        for column, channel in self.mapping.counts.items():
            written = self.line.get((column,))
            if written and written.isdecimal() and int(written):
                counted[channel] = counted.get(channel, 0) + int(written)
        if sum(counted.values()) > 1:
            shown = {lang: _counted(counted, lang) for lang in ("fr", "en")}
            self.add("contacts", "Contacts reçus", "Contacts received", shown["fr"], shown["en"])

    def add(self, name: str, label_fr: str, label_en: str, shown_fr: str, shown_en: str = "") -> None:
        """One more line of what was asked, as `cases.details` writes them."""
        shown = {"value": shown_fr, "shown_fr": shown_fr, "shown_en": shown_en or shown_fr}
        self.details.append({"key": name, "label_fr": label_fr, "label_en": label_en, **shown})

    def shortened(self, text: str, longest: int, name: str) -> str:
        """The text, cut where the column ends; said, and kept whole in words."""
        if len(text) <= longest:
            return text
        self.lack(
            _("%(column)s is longer than %(n)d characters: it is shortened, and kept whole in words.")
            % {"column": self.column(name), "n": longest}
        )
        self.add(f"whole_{name}", "Texte complet", "Whole text", text)
        return text[: longest - 1].rstrip() + "…"

    def made_number(self) -> str:
        """What tells a line without a number from others: a hash of all that it says."""
        return "~" + sha256("\x1f".join(self.line.values.values()).encode()).hexdigest()[:40]


def _counted(counted: dict[str, int], lang: str) -> str:
    with override(lang):
        return ", ".join(f"{Channel(channel).label} {count}" for channel, count in counted.items())
