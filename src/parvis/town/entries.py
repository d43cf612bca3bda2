"""Reading one entry of a town's files field by field, with every mistake noted where it stands."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

PHONE = re.compile(r"\+[1-9][0-9]{7,14}|[0-9]{3}")
SLUG = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*")
REQUIRED: Any = object()


class Problems:
    """Every mistake found in a folder, in the order it was found: "file, entry: what is wrong"."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def add(self, file: str, where: str, message: str) -> None:
        """Note a mistake; `where` names the entry, "" for the whole file."""
        self.found.append(f"{file}, {where}: {message}" if where else f"{file}: {message}")


class Entry:
    """One mapping of a file. Each reader hands back a value of its type, and notes a mistake rather than stop.

    `done` notes the fields that nobody read: a typing error in a field's name must not be silent.
    """

    def __init__(self, raw: object, file: str, where: str, problems: Problems) -> None:
        self.file, self.where, self.problems = file, where, problems
        self.raw: Mapping[str, Any] = raw if isinstance(raw, Mapping) else {}
        self.read: set[str] = set()
        if not isinstance(raw, Mapping):
            self.wrong(f"must be fields with values, not {raw!r}")

    def wrong(self, message: str) -> None:
        """Note a mistake in this entry, with its line where the file was read with them."""
        line = getattr(self.raw, "line", 0)
        where = ", ".join(part for part in (f"line {line}" if line else "", self.where) if part)
        self.problems.add(self.file, where, message)

    def done(self) -> None:
        """Note every field that was not read."""
        for name in self.raw:
            if name not in self.read:
                self.wrong(f"field {name!r} does not exist{_nearest(str(name), self.read)}")

    def value(self, name: str, default: Any = REQUIRED) -> Any:
        """The raw value; the default when absent or null; a mistake and None when it is required."""
        self.read.add(name)
        found = self.raw.get(name)
        if found is not None:
            return found
        if default is REQUIRED:
            self.wrong(f"{name!r} is missing")
            return None
        return default

    def text(self, name: str, default: Any = REQUIRED, *, most: int = 0) -> str:
        """A text, its ends trimmed, of at most `most` characters when that is given."""
        found = self.value(name, default)
        if found is None:
            return ""
        if not isinstance(found, str):
            self.wrong(f"{name!r} must be a text in quotes, not {found!r}")
            return ""
        return self._fits(name, found.strip(), most)

    def both(self, name: str, default: Any = REQUIRED, *, most: int = 0) -> tuple[str, str]:
        """A bilingual text, {fr: ..., en: ...}."""
        found = self.value(name, default)
        if found is None:
            return "", ""
        if isinstance(found, tuple):
            return found[0], found[1]
        return self.texts_of(name, found, most)

    def texts_of(self, name: str, found: object, most: int = 0) -> tuple[str, str]:
        """The two texts of a raw {fr, en} mapping."""
        if not isinstance(found, Mapping) or set(found) != {"fr", "en"}:
            self.wrong(f"{name!r} must give fr and en, and nothing else")
            return "", ""
        texts = []
        for lang in ("fr", "en"):
            if not isinstance(found[lang], str) or not found[lang].strip():
                self.wrong(f"{name!r} needs words in {lang!r}, not {found[lang]!r}")
                return "", ""
            texts.append(self._fits(f"{name}.{lang}", found[lang].strip(), most))
        return texts[0], texts[1]

    def slug(self, name: str) -> str:
        """A name made of lower-case letters, digits, hyphens."""
        found = self.text(name, most=80)
        if found and not SLUG.fullmatch(found):
            self.wrong(f"{name!r} must hold lower-case letters, digits and hyphens only, not {found!r}")
        return found

    def flag(self, name: str, default: Any = REQUIRED) -> bool:
        """true or false."""
        found = self.value(name, default)
        if found is not None and not isinstance(found, bool):
            self.wrong(f"{name!r} must be true or false, not {found!r}")
        return found is True

    def one_of(self, name: str, accepted: Collection[str], what: str = "", default: Any = REQUIRED) -> str:
        """One of the accepted words; `what` says what kind of thing they are ("department")."""
        found = self.text(name, default)
        if found and found not in accepted:
            self._unknown(name, found, accepted, what)
        return found

    def some_of(self, name: str, accepted: Collection[str] | None = None, what: str = "") -> tuple[str, ...]:
        """A list of texts, all among the accepted ones when these are given; absent means none."""
        found = self.value(name, ())
        if not isinstance(found, list | tuple) or not all(isinstance(item, str) for item in found):
            self.wrong(f"{name!r} must be a list of texts, not {found!r}")
            return ()
        for item in found:
            if accepted is not None and item not in accepted:
                self._unknown(name, item, accepted, what)
        return tuple(item.strip() for item in found)

    def day(self, name: str, default: Any = REQUIRED) -> date | None:
        """A date, 2026-12-24, quoted or not."""
        found = self.value(name, default)
        if isinstance(found, datetime) or (found is not None and not isinstance(found, date | str)):
            self.wrong(f"{name!r} must be a date such as 2026-12-24, not {found!r}")
            return None
        try:
            return date.fromisoformat(found) if isinstance(found, str) else found
        except ValueError:
            self.wrong(f"{name!r} must be a date such as 2026-12-24, not {found!r}")
            return None

    def phone(self, name: str, default: Any = "") -> str:
        """A number in international form (+14505550100), or a short one (911)."""
        found = self.text(name, default)
        if found and not PHONE.fullmatch(found):
            self.wrong(f'{name!r} must be a phone number such as "+14505550100" or "911", not {found!r}')
        return found

    def url(self, name: str) -> str:
        """An https address, or ""."""
        found = self.text(name, "", most=200)
        if found and not found.startswith(("https://", "http://")):
            self.wrong(f"{name!r} must be an address such as https://ville.example, not {found!r}")
        return found

    def part(self, name: str) -> "Entry":
        """The fields inside a field."""
        return Entry(self.value(name, {}), self.file, f"{self.where}, {name}".lstrip(", "), self.problems)

    def parts(self, name: str, label: str) -> list["Entry"]:
        """The entries of a list inside a field, each named by its field `label`."""
        found = self.value(name, [])
        if not isinstance(found, list):
            self.wrong(f"{name!r} must be a list, not {found!r}")
            return []
        place = f"{self.where}, {name}".lstrip(", ")
        names = [f"{place} {name_of(raw, label, position)}" for position, raw in enumerate(found)]
        return [Entry(raw, self.file, name, self.problems) for raw, name in zip(found, names, strict=True)]

    def _fits(self, name: str, found: str, most: int) -> str:
        if most and len(found) > most:
            self.wrong(f"{name!r} is too long: {len(found)} characters, at most {most}")
        return found

    def _unknown(self, name: str, found: str, accepted: Iterable[str], what: str) -> None:
        if what:
            self.wrong(f"{name!r} names an unknown {what}: {found!r}{_nearest(found, accepted)}")
        else:
            self.wrong(f"{name!r} must be one of {', '.join(sorted(accepted))}, not {found!r}")


def name_of(raw: object, label: str, position: int) -> str:
    """How an entry is called in a mistake: its own name, otherwise its rank in the file."""
    name = raw.get(label) if isinstance(raw, Mapping) else None
    return str(name) if name else f"entry {position + 1}"


def note_twice(entries: Sequence[Entry], names: Sequence[str], what: str) -> None:
    """Note each name that was used before, and where."""
    first: dict[str, Entry] = {}
    for entry, name in zip(entries, names, strict=True):
        if name in first:
            before = "" if first[name].file == entry.file else f" in {first[name].file}"
            entry.wrong(f"the {what} {name!r} is already defined{before}")
        first.setdefault(name, entry)


def _nearest(found: str, accepted: Iterable[str]) -> str:
    near = get_close_matches(found, sorted(accepted), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
