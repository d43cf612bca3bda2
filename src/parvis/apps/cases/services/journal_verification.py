"""Verification of the signed checkpoints and of the letters sent; `journal.verify` checks each journal."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.utils.crypto import constant_time_compare

from parvis.apps.cases.models import Checkpoint, Entry
from parvis.apps.cases.services.journal_checkpoints import (
    UNSIGNED,
    Tape,
    file_name,
    folder,
    head,
    signature,
)
from parvis.apps.cases.services.signed_logs import CHECKS, ENTRIES, LETTERS, LOGS, READINGS
from parvis.apps.mail.models import Outgoing
from parvis.apps.mail.rules.threads import ERASED_HOST
from parvis.lib.errors import Invalid

FIRST_LOGS = (ENTRIES, READINGS, LETTERS)  # that every head which counts its logs has
LETTER_OF_ENTRY = re.compile(r"(.+)/([0-9]+)")  # the key of a letter that tells of an entry: `transitions.letter_key`


def check_checkpoints() -> Iterator[tuple[str, str]]:
    """Checks every checkpoint, in the database and outside it: yields (file name, problem), "" when it is valid.

    The logs are read once, whatever the number of checkpoints.
    """
    files = {path.name for path in folder().glob("*.json")}  # before the rows: a file is written after its row
    rows = {file_name(row.until): row for row in Checkpoint.objects.order_by("until")}
    chain = _Chain()
    for name in sorted({*files, *rows}):
        payload, problems = _stored(folder() / name, rows.get(name))
        yield name, "; ".join(problems + (chain.follow(payload) if payload else []))


class _Chain:
    """Follows the checkpoints in order, and compares each with the rows that it signed."""

    def __init__(self) -> None:
        self._tapes = {name: Tape(log(), log.line) for name, log in LOGS.items()}
        self._state = dict.fromkeys(LOGS, UNSIGNED)
        self._number, self._digest, self._since = 0, "", ""

    def follow(self, payload: Mapping[str, Any]) -> list[str]:
        """The problems of the next checkpoint, in words."""
        until = datetime.fromisoformat(payload["until"])
        number = payload.get("number", self._number + 1)
        whole = number == self._number + 1 and payload.get("previous", self._digest) == self._digest
        problems = [] if whole else [self._broken(number)]
        for name in [name for name in LOGS if name in payload["logs"]] if payload.get("logs") else (ENTRIES,):
            before = self._state[name]
            entries = {"total": before["total"] + payload["entries"], "digest": payload["digest"]}
            signed = payload["logs"][name] if payload.get("logs") else entries
            count, digest = self._tapes[name].digest(before["digest"], until)
            expected = signed["total"] - before["total"]
            # Beyond a missing checkpoint, where its rows ended is unknown: they can only be counted.
            if count != expected or (whole and digest != signed["digest"]):
                problems.append(
                    f"what was signed of {LOGS[name].words} was changed: {expected} lines written {self._since}"
                    f"until {_shown(until)}, {count} today"
                )
            self._state[name] = signed
        self._number, self._digest, self._since = number, payload["digest"], f"from {_shown(until)} "
        return problems

    def _broken(self, number: int) -> str:
        if number > self._number + 1:
            missing = [self._number + 1, number - 1]
            return f"the signed heads before it are missing: number {' to '.join(map(str, dict.fromkeys(missing)))}"
        return "it does not follow the signed head before it"


def check_rows() -> Iterator[tuple[str, str]]:
    """Checks the rows that may change, and each of which has its seal: yields (name, problem) for those altered."""
    for check in CHECKS:
        yield from check()


def check_letters() -> Iterator[tuple[str, str]]:
    """Checks every letter rendered since they are hashed: yields (name, problem) for each that was altered.

    500 letters are read at a time.
    """
    rows = Outgoing.objects.exclude(content_hash="").order_by("pk")
    last = 0
    while chunk := list(rows.filter(pk__gt=last)[:500]):
        last = chunk[-1].pk
        unerased = _keys_of_unerased_entries([letter.key for letter in chunk if not letter.salt])
        for letter in chunk:
            if letter.salt and letter.hashed() != letter.content_hash:
                yield _named(letter), "it was altered"
            elif not letter.salt and (letter.subject or letter.text or letter.html):
                yield _named(letter), "its words were put back after being erased"
            elif not letter.salt and (letter.key in unerased or not letter.to.endswith(f"@{ERASED_HOST}")):
                yield _named(letter), "its words were removed, and nothing says that they were erased"


def _keys_of_unerased_entries(keys: Sequence[str]) -> set[str]:
    """The keys of the letters, among these, that tell of an entry whose words are still there."""
    told = {(match[1], int(match[2])) for key in keys if (match := LETTER_OF_ENTRY.fullmatch(key))}
    entries = Entry.objects.filter(case__reference__in={reference for reference, _seq in told}).exclude(salt="")
    found = entries.filter(seq__in={seq for _reference, seq in told}).values_list("case__reference", "seq")
    return {f"{reference}/{seq}" for reference, seq in found} & set(keys)


def _named(letter: Outgoing) -> str:
    about = letter.key if LETTER_OF_ENTRY.fullmatch(letter.key) else f"number {letter.pk}"
    return f"letter {about} ({_shown(letter.sent_at or letter.queued_at)})"


def read_head(path: Path) -> dict[str, Any]:
    """A signed head kept elsewhere, as `parvis verify-journal --head` wrote it. Raises Invalid."""
    try:
        payload = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError:
        payload = None
    if not _well_formed(payload):
        raise Invalid(f"{path} is not a signed head, as `parvis verify-journal --head` writes it.")
    return dict(payload)


def compare_with(kept: Mapping[str, Any]) -> list[str]:
    """What became of what a head kept elsewhere had signed, in words; empty when this database still has that head.

    `check_checkpoints` compares the heads of this database with its rows.
    """
    payload = dict(kept)
    if not constant_time_compare(str(payload.pop("signature", "")), signature(payload)):
        return ["its signature is not ours: PARVIS_SECRET_KEY is another, or the file was changed"]
    until = datetime.fromisoformat(payload["until"])
    if (row := Checkpoint.objects.filter(until=until).first()) and _same(head(row), payload):
        return []
    last = Checkpoint.objects.order_by("-until").first()
    here = f"the last one here is number {last.number}, of {_shown(last.until)}" if last else "there is none here"
    number = f"number {payload['number']}, " if "number" in payload else ""
    problems = [f"the head kept elsewhere ({number}of {_shown(until)}) is not among those of this database: {here}"]
    for name, signed in payload.get("logs", {}).items():
        if name not in LOGS:  # signed by a later version
            continue
        count = LOGS[name]().filter(written__lte=until).count()
        problems.append(f"{LOGS[name].words}: {signed['total']} lines were signed until then, {count} today")
    return problems


def _stored(path: Path, row: Checkpoint | None) -> tuple[dict[str, Any] | None, list[str]]:
    """What a checkpoint signed, by its file, else by its row, and the problems of both; None when neither is one."""
    problems, payload = [], None
    if path.exists():
        try:
            payload = read_head(path)
        except Invalid:
            problems.append("its file cannot be read")
    else:
        problems.append(f"its file is no longer in {path.parent.name}")
    kept = head(row) if row else None
    if kept is None:
        problems.append("the database no longer has it")
    elif not _well_formed(kept) or (payload and not _same(kept, payload)):
        problems.append("the database says otherwise")
    payload = payload or (kept if _well_formed(kept) else None)
    if payload and not constant_time_compare(str(payload.pop("signature", "")), signature(payload)):
        problems.append("its signature is not ours")
    return payload, problems


def _well_formed(payload: Any) -> bool:
    """Whether a head has the parts that are compared; its signature tells whether they are ours."""
    try:
        datetime.fromisoformat(payload["until"])
        numbers, digests = [payload["entries"]], [payload["digest"]]
        if logs := payload.get("logs"):
            names = {*FIRST_LOGS, *logs}
            numbers += [payload["number"], *(logs[name]["total"] for name in names)]
            digests += [payload["previous"], *(logs[name]["digest"] for name in names)]
    except (KeyError, TypeError, ValueError, AttributeError):
        return False
    return all(isinstance(n, int) for n in numbers) and all(isinstance(digest, str) for digest in digests)


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two heads sign the same, their signatures and the writing of their moments apart."""
    plain = [
        {name: value for name, value in each.items() if name not in ("signature", "until")} for each in (one, other)
    ]
    return plain[0] == plain[1] and datetime.fromisoformat(one["until"]) == datetime.fromisoformat(other["until"])


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
