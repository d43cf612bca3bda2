"""`parvis verify-journal` tells each way to tamper with what is only ever added to, and nothing else."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from PIL import Image
from pytest_django import Settings

from parvis.apps.cases.models import Case, Checkpoint, Entry
from parvis.apps.cases.services import handling, journal_checkpoints, signed_logs
from parvis.apps.cases.services.erasure import erase_words
from parvis.apps.cases.services.merging import merging
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import Nature
from parvis.apps.directory.models import AccessLogEntry, Actor
from parvis.apps.directory.services.staff import record_found, record_reading
from parvis.apps.files.models import Attachment
from parvis.apps.files.services.attachments import keep_photo
from parvis.apps.mail.models import Outgoing
from parvis.cli.main import main
from parvis.lib import clock
from tests.factories import SmallTown, make_person, unique

MORNING = datetime(2026, 11, 24, 14, tzinfo=UTC)
DAY = timedelta(days=1)

Verify = Callable[..., tuple[int, dict[str, list[str]]]]
Run = Callable[[], int]


@pytest.fixture(autouse=True)
def _own_folder(settings: Settings, tmp_path: Path) -> None:
    settings.PARVIS_DATA = tmp_path


@pytest.fixture
def verify(capsys: pytest.CaptureFixture[str]) -> Verify:
    """verify(*options): the exit code of the command, and its faults."""

    def run(*options: str) -> tuple[int, dict[str, list[str]]]:
        capsys.readouterr()
        code = main(["verify-journal", "--json", *options])
        return code, json.loads(capsys.readouterr().out)["faults"]

    return run


def sql(statement: str, *values: Any) -> int:
    """Someone with every access to the database; how many rows were changed."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def picture(shade: int) -> SimpleUploadedFile:
    out = BytesIO()
    Image.new("RGB", (60, 40), (shade, 90, 90)).save(out, "JPEG")
    return SimpleUploadedFile("trou.jpg", out.getvalue(), "image/jpeg")


def opened(town: SmallTown, words: str = "Un trou.", photo: int | None = None) -> Case:
    photos = [] if photo is None else [keep_photo(picture(photo), by=Actor.citizen())]
    new_case = NewCase(
        key=unique(), subject=town.streetlight, nature=Nature.REQUEST, channel="phone", words=words,
        person=make_person(email=f"{unique()[:12]}@exemple.ca"), photos=photos,
    )  # fmt: skip
    return open_case(new_case, by=Actor.staff(town.agent)).case


@pytest.fixture
def lived(town: SmallTown, run_jobs: Run) -> Case:
    """A case of three days, each of them signed: its photo, its letters, who read it, and lawful erasures beside it."""
    with clock.at(MORNING):
        case, other = opened(town, photo=10), opened(town, "Mon voisin Zacharie.", photo=20)
        merged = opened(town, "Pareil.")
        merging.merge(case_id=merged.pk, into_id=other.pk, words="Pareil", by=Actor.staff(town.agent))
        handling.answer(case_id=other.pk, words="Chez Zacharie.", by=town.technician)
        run_jobs()
        record_reading(user=town.agent, subject="case", subject_id=case.pk, reason="appel")
        record_found(user=town.agent, person_ids=[1, 2], words="zach")
    for day in (1, 2, 3):
        with clock.at(MORNING + day * DAY):
            handling.note(case_id=case.pk, words=f"Jour {day}.", by=town.technician)
            handling.answer(case_id=case.pk, words=f"Voici le jour {day}.", by=town.technician)
            run_jobs()
            record_reading(user=town.technician, subject="case", subject_id=case.pk)
            journal_checkpoints.sign()
    with clock.at(MORNING + 4 * DAY):  # what was signed is erased by law
        answer = other.entries.get(kind=Entry.Kind.ANSWERED)
        for seq in (1, answer.seq):
            erase_words(case_id=other.pk, seq=seq, ground="Loi", by=town.privacy_officer)
        run_jobs()
        journal_checkpoints.sign()
    return case


def head_files() -> list[Path]:
    return sorted(journal_checkpoints.folder().glob("*.json"))


def test_what_was_lived_through_the_services_holds(lived: Case, verify: Verify) -> None:
    assert verify() == (0, {})
    assert Outgoing.objects.filter(text="").exclude(content_hash="").exists(), "a letter was erased after it left"
    assert Entry.objects.filter(salt="").count() >= 3, "with its copy in the request merged into it"


def swap_photo(case: Case) -> None:
    path = Attachment.objects.get(pk=case.entries.get(seq=1).files.get().attachment_id).stored
    storages["received"].delete(path)
    storages["received"].save(path, picture(200))


def of_another(case: Case) -> None:
    mine = case.entries.get(seq=1).files.get().attachment_id
    another = keep_photo(picture(70), by=Actor.citizen()).stored
    sql("UPDATE files_attachment SET stored = %s WHERE id = %s", another, mine)


def lose_photo(case: Case) -> None:
    storages["received"].delete(case.entries.get(seq=1).files.get().attachment.stored)


def hide_photo(case: Case) -> None:
    sql("UPDATE files_attachment SET erased_at = %s, name = ''", MORNING)


def set_letter(columns: str) -> Callable[[Case], int]:
    return lambda case: sql(f"UPDATE mail_outgoing SET {columns} WHERE key = %s", f"{case.reference}/3")


def delete_head(rank: int, *, row: bool = True, file: bool = True) -> Callable[[Case], None]:
    def tamper(_case: Case) -> None:
        if row:
            sql("DELETE FROM cases_checkpoint WHERE number = %s", rank)
        if file:
            head_files()[rank - 1].unlink()

    return tamper


def of_entry(columns: str, seq: int) -> Callable[[Case], int]:
    return lambda case: sql(f"UPDATE cases_entry SET {columns} WHERE case_id = %s AND seq = %s", case.pk, seq)


REFERENCE = "<reference>"
FIRST, SECOND, LAST = "20261125T135000000000", "20261126T135000000000", "20261128T135000000000"
TAMPERING: dict[str, tuple[Callable[[Case], Any], str, str]] = {
    "the words and the salt of an entry are blanked": (
        of_entry("body = '', proof = '', salt = ''", 2),
        *(REFERENCE, "the words of entry 2 were removed, and no entry says that they were erased (2026-11-25 14:00"),
    ),
    "those of the opening, on the case too": (
        lambda case: [
            of_entry("body = '', proof = '', salt = ''", 1)(case),
            sql("UPDATE cases_case SET title = '', words = '', place_text = '' WHERE id = %s", case.pk),
        ],
        *(REFERENCE, "the words of entry 1 were removed"),
    ),
    "what was asked is put back after an erasure": (
        lambda case: sql("UPDATE cases_case SET words = 'Rien.' WHERE words = '' AND seq > 2"),
        *("26-", "what was asked was put back after being erased"),
    ),
    "a photo is swapped in its folder": (
        swap_photo,
        *(REFERENCE, "photo 1 of entry 1 is not the one that was received (2026-11-24"),
    ),
    "a photo is another one's": (of_another, REFERENCE, "photo 1 of entry 1 is not the one that was received"),
    "a photo is gone": (lose_photo, REFERENCE, "photo 1 of entry 1 cannot be read"),
    "a photo is said to be erased": (hide_photo, REFERENCE, "photo 1 of entry 1 was removed, and no entry says"),
    "the log of readings is emptied": (
        lambda case: sql("DELETE FROM directory_accesslogentry"),
        *(
            FIRST,
            "what was signed of the log of readings was changed: 3 lines written until 2026-11-25 13:50 UTC, 0 today",
        ),
    ),
    "one reading is removed": (
        lambda case: sql("DELETE FROM directory_accesslogentry WHERE reason = 'appel'"),
        *(FIRST, "the log of readings was changed: 3 lines written until 2026-11-25 13:50 UTC, 2 today"),
    ),
    "a reading is another one's": (
        lambda case: sql("UPDATE directory_accesslogentry SET reason = 'rien' WHERE reason = 'appel'"),
        *(FIRST, "the log of readings was changed"),
    ),
    "a letter is altered": (set_letter("text = 'Tout autre chose.'"), f"letter {REFERENCE}/3", "it was altered"),
    "a letter went to another address": (set_letter("\"to\" = 'moi@exemple.ca'"), f"letter {REFERENCE}/3", "altered"),
    "a letter is altered with its hash": (
        set_letter("text = 'Autre.', content_hash = ''"),
        *(SECOND, "what was signed of the letters sent was changed"),
    ),
    "a letter is blanked as if by an erasure": (
        set_letter("text = '', html = '', subject = '', salt = '', \"to\" = 'x@erased.invalid'"),
        *(f"letter {REFERENCE}/3", "its words were removed, and nothing says that they were erased"),
    ),
    "the letters are removed": (
        lambda case: [sql("DELETE FROM mail_outgoingfile"), sql("DELETE FROM mail_outgoing")],
        *(FIRST, "what was signed of the letters sent was changed"),
    ),
    "a head is deleted from the database": (
        delete_head(2, file=False),
        *(SECOND, "the database no longer has it"),
    ),
    "the file of a head is deleted": (delete_head(2, row=False), SECOND, "its file is no longer in heads"),
    "a head is deleted everywhere": (
        delete_head(2),
        *("20261127T135000000000", "the signed heads before it are missing: number 2"),
    ),
    "the first heads are deleted everywhere": (
        lambda case: [delete_head(2)(case), delete_head(1)(case)],
        *("20261127T135000000000", "the signed heads before it are missing: number 1 to 2"),
    ),
    "all the heads are deleted from the database": (
        lambda case: sql("DELETE FROM cases_checkpoint"),
        *(LAST, "the database no longer has it"),
    ),
    "a head of the database says otherwise": (
        lambda case: sql("UPDATE cases_checkpoint SET entries = 1 WHERE number = 2"),
        *(SECOND, "the database says otherwise"),
    ),
    "a head is not one": (
        lambda case: head_files()[1].write_text("{}"),
        *(SECOND, "its file cannot be read"),
    ),
}


@pytest.mark.parametrize("name", TAMPERING)
def test_tampering_is_told_with_what_and_where(lived: Case, verify: Verify, name: str) -> None:
    tamper, where, what = TAMPERING[name]
    tamper(lived)
    code, faults = verify()
    place = where.replace(REFERENCE, lived.reference)
    told = [" ".join(problems) for named, problems in faults.items() if place in named]
    assert code == 1 and any(what in problems for problems in told), faults


def test_a_deleted_head_does_not_accuse_the_journals(lived: Case, verify: Verify) -> None:
    delete_head(2)(lived)
    _code, faults = verify()
    assert len(faults) == 1 and "was changed" not in str(faults)


@pytest.fixture
def kept(lived: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A head kept on another machine."""
    with clock.at(MORNING + 5 * DAY):
        assert main(["verify-journal", "--head"]) == 0
    path = tmp_path / "ailleurs.txt"
    path.write_text(capsys.readouterr().out)
    return path


def empty_everything() -> None:
    """The journals, the readings, the letters and the heads, in the database and beside it."""
    for file in head_files():
        file.unlink()
    if connection.vendor == "sqlite":
        sql("PRAGMA defer_foreign_keys = ON")
    emptied = {model._meta.db_table for model in (Entry, AccessLogEntry, Outgoing, Checkpoint, Case)}
    for table in _holders() | emptied:
        sql(f"DELETE FROM {table}")


def _holders() -> set[str]:
    """The tables whose rows hold an entry, a case or a letter."""
    found: set[str] = set()
    level = {Entry, Outgoing, Case}
    while level:
        level = {relation.related_model for model in level for relation in model._meta.related_objects}
        level = {model for model in level if model._meta.db_table not in found}
        found |= {model._meta.db_table for model in level}
    return found


def test_what_was_emptied_is_told_by_a_head_kept_elsewhere(lived: Case, kept: Path, verify: Verify) -> None:
    assert verify("--against", str(kept)) == (0, {})
    totals = {"entries": Entry.objects.count(), "readings": AccessLogEntry.objects.count()}
    empty_everything()
    assert verify() == (0, {}), "nothing tells it from inside"
    code, faults = verify("--against", str(kept))
    [problems] = faults.values()
    assert code == 1 and "is not among those of this database: there is none here" in problems[0]
    assert f"the journals: {totals['entries']} lines were signed until then, 0 today" in problems
    assert f"the log of readings: {totals['readings']} lines were signed until then, 0 today" in problems
    assert any(problem.startswith("the letters sent: ") for problem in problems)


def test_what_was_shortened_or_signed_anew_is_told_too(
    town: SmallTown, lived: Case, kept: Path, verify: Verify
) -> None:
    delete_head(Checkpoint.objects.count())(lived)
    code, faults = verify("--against", str(kept))
    assert code == 1 and "the last one here is number 4" in str(faults)
    for file in head_files():
        file.unlink()
    sql("DELETE FROM cases_checkpoint")
    sql("UPDATE directory_accesslogentry SET user_id = %s", town.manager.pk)
    with clock.at(MORNING + 5 * DAY):
        journal_checkpoints.sign()
    assert verify() == (0, {}), "whoever holds the key signs anything"
    code, faults = verify("--against", str(kept))
    assert code == 1 and str(kept) in faults


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"until": "hier", "entries": 1, "digest": "a"}'])
def test_a_file_that_is_no_head_is_refused(
    town: SmallTown, tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "tete.txt"
    path.write_text(text)
    assert main(["verify-journal", "--against", str(path)]) == 1
    assert "is not a signed head" in capsys.readouterr().err
    assert main(["verify-journal", "--against", str(tmp_path / "rien")]) == 1
    assert "cannot be read" in capsys.readouterr().err


def test_a_head_changed_on_its_way_is_told(lived: Case, kept: Path, verify: Verify) -> None:
    kept.write_text(kept.read_text().replace('"number": 5', '"number": 6'))
    code, faults = verify("--against", str(kept))
    assert code == 1 and "its signature is not ours" in str(faults)


def test_the_heads_signed_before_they_had_numbers_still_hold(lived: Case, verify: Verify, town: SmallTown) -> None:
    for file in head_files():
        file.unlink()
    digest = ""
    for row in Checkpoint.objects.order_by("number"):  # as an earlier version signed them
        since = Checkpoint.objects.filter(number=row.number - 1).first()
        rows = signed_logs.LOGS["entries"]().filter(written__lte=row.until)
        rows = rows.filter(written__gt=since.until) if since else rows
        row.entries, digest = journal_checkpoints.Tape(rows).digest(digest, row.until)
        row.digest, row.previous, row.logs = digest, since.digest if since else "", {}
        signed = {"until": row.until.isoformat(), "entries": row.entries, "digest": digest}
        row.signature = journal_checkpoints.signature(signed)
        row.save()
        path = journal_checkpoints.folder() / journal_checkpoints.file_name(row.until)
        path.write_text(json.dumps({**signed, "signature": row.signature}))
    assert verify() == (0, {})
    with clock.at(MORNING + 6 * DAY):
        handling.note(case_id=lived.pk, words="Encore.", by=town.technician)
        journal_checkpoints.sign()
    assert verify() == (0, {})
    sql("DELETE FROM directory_accesslogentry WHERE reason = 'appel'")
    code, faults = verify()
    assert code == 1 and "the log of readings" in str(faults), "all that was there when it was first signed"


def test_a_head_whose_writing_was_interrupted_is_finished_the_next_time(lived: Case, verify: Verify) -> None:
    head_files()[-1].unlink()
    with clock.at(MORNING + 4 * DAY):
        journal_checkpoints.sign()
    assert verify() == (0, {})
