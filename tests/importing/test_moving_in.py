"""Import of a legacy system's history: complete, idempotent, and without notifications."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django_q.models import OrmQ

from parvis.apps.cases.models import Case, ClosingReason, Entry, State
from parvis.apps.cases.queries.lists.case_search import SearchFilter, search_cases
from parvis.apps.cases.services import handling, journal, journal_checkpoints, journal_verification
from parvis.apps.cases.services.citizen.citizen import not_fixed
from parvis.apps.cases.services.opening import legacy_cases
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import Channel, Nature
from parvis.apps.directory.models import Actor
from parvis.apps.intake.models import Callback
from parvis.apps.mail.models import Outgoing
from parvis.apps.residents.models import Person
from parvis.cli.main import main
from tests.factories import SmallTown, make_person, unique

COLUMNS = (
    *("number", "opened_at", "closed_at", "due_at", "status", "subject", "nature", "channel", "title", "words"),
    *("answer", "place", "department", "owner", "name", "phone", "email", "note", "note_at"),
)
ROWS = [
    {
        **{"number": "A-1", "opened_at": "2024-03-04 09:15", "closed_at": "2024-03-11 16:00", "status": "Terminée"},
        **{"subject": "nid-de-poule", "nature": "Requête", "channel": "Téléphone", "words": "Un trou devant chez moi"},
        **{"answer": "Comblé", "place": "12, rue du Quai", "name": "Jeanne Arsenault", "phone": "418 555-0101"},
        **{"note": "Vu sur place", "note_at": "2024-03-05"},
    },
    {
        **{"number": "A-2", "opened_at": "2025-06-01", "due_at": "2025-06-20", "status": "Ouverte"},
        **{"subject": "Lampadaire éteint", "channel": "Courriel", "title": "Coin noir", "words": "Il fait noir"},
        **{"place": "coin Quai et Phare", "owner": "tina.caron", "name": "Paul Huard", "email": "paul@exemple.ca"},
    },
    {
        **{"number": "A-3", "opened_at": "2025-07-01", "status": "En cours", "subject": "lampadaire"},
        **{"channel": "Comptoir", "words": "Toujours éteint", "name": "Jeanne Arsenault", "phone": "(418) 555-0101"},
    },
    {
        **{"number": "A-4", "opened_at": "2025-07-02 10:00", "status": "Fermée", "subject": "lampadaire"},
        **{"nature": "Plainte", "channel": "Lettre", "words": "Long délai"},
    },
    {
        **{"number": "A-5", "opened_at": "2025-07-03", "status": "Ouverte", "subject": "commentaire"},
        **{"nature": "Commentaire", "channel": "Site web", "words": "Bravo"},
    },
]


def line(**values: str) -> str:
    """One line of the file, with only these values."""
    return ";".join(values.get(name, "") for name in COLUMNS) + "\n"


SAMPLE = ";".join(COLUMNS) + "\n" + "".join(line(**row) for row in ROWS)


@pytest.fixture
def bring(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    """bring(text, *options): runs the command on a file with this text; returns its report, with the exit `code`."""

    def run(text: str | bytes, *options: str) -> dict[str, Any]:
        file = tmp_path / "cas.csv"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        code = main(["import-cases", str(file), "--json", "--yes", *options])
        return {**json.loads(capsys.readouterr().out), "code": code}

    return run


def test_a_file_or_a_report_that_cannot_be_is_said_plainly(
    town: SmallTown, bring: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    late = SAMPLE + line(number="A-6", opened_at="2025-07-04", subject="lampadaire", words="é" * 9000)
    for text in (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, late.encode("cp1252") + b"A-7;\x81\x8f\n"):
        refused = bring(text)
        assert (refused["code"], refused["error"]) == (1, "import")
        assert "UTF-8" in refused["message"] and "charmap" not in refused["message"]
    nowhere = tmp_path / "no" / "report.csv"
    refused = bring(SAMPLE, "--report", str(nowhere))
    assert (refused["code"], refused["error"]) == (1, "import") and str(nowhere) in refused["message"]
    assert not Case.objects.exists()


def case_of(number: str, system: str = "ancien système") -> Case:
    return Case.objects.get(key=legacy_cases.key_of(system, number))


def assert_journals_hold() -> None:
    assert [(reference, wrong) for reference, wrong in journal.verify() if wrong] == []


def test_a_whole_history_comes_with_its_people_its_notes_and_its_dates(
    town: SmallTown, bring: Callable[..., dict[str, Any]]
) -> None:
    report = bring(SAMPLE)
    assert report["code"] == 0 and report["problems"] == []
    assert report["counts"] | {"lines": 5} == report["counts"]
    assert (report["counts"]["created"], report["counts"]["open"], report["counts"]["closed"]) == (5, 3, 2)
    hole = case_of("A-1")
    assert hole.reference.startswith("24-") and hole.state == State.CLOSED
    assert hole.opened_at == datetime(2024, 3, 4, 14, 15, tzinfo=UTC), "the town's own time, before the change of hour"
    assert hole.closed_at == datetime(2024, 3, 11, 20, 0, tzinfo=UTC), "and after it"
    assert hole.closing_reason == ClosingReason.DONE and hole.address == town.address
    kinds = [(entry.kind, entry.body) for entry in hole.entries.all()]
    assert [kind for kind, _ in kinds] == ["opened", "noted", "closed", "noted"]
    assert kinds[1][1] == "Vu sur place" and kinds[2][1] == "Comblé"
    assert "A-1" in kinds[3][1] and "cas.csv" in kinds[3][1] and "ligne 2" in kinds[3][1]
    assert {entry.actor for entry in hole.entries.all()} == {None}
    assert hole.person == case_of("A-3").person, "the same name and the same number, written otherwise"
    assert Person.objects.count() == 2
    assert_journals_hold()


def test_all_that_was_said_holds_the_promise_made_when_it_was_brought(
    town: SmallTown, bring: Callable[..., dict[str, Any]], client: Client
) -> None:
    bring(SAMPLE)
    undated, hole = case_of("A-3"), case_of("A-1")
    assert undated.due_at is not None
    page = client.get(f"/suivi/{undated.secret}/tout/").content.decode()
    assert "Reprise du système précédent" in page and "Promis d’ici le" in page and "cas.csv" not in page
    closed = client.get(f"/suivi/{hole.secret}/tout/").content.decode()
    assert "Comblé" in closed and "Vu sur place" not in closed and "Promis d’ici le" not in closed


def test_the_page_counts_no_days_to_a_date_that_the_earlier_system_had_given(
    town: SmallTown, bring: Callable[..., dict[str, Any]], client: Client, settings: Any
) -> None:
    settings.PARVIS_NOW = "2025-06-10T10:00:00-04:00"
    bring(SAMPLE.replace("2025-07-0", "2025-06-0"))
    dated, counted = (
        client.get(f"/suivi/{case_of(number).secret}/").content.decode().replace("\xa0", " ")
        for number in ("A-2", "A-3")
    )
    assert "d’ici le vendredi 20 juin" in dated and "Nous promettons" not in dated
    assert "puis un par jour ouvrable" in dated
    assert "Nous promettons" in counted


def test_an_open_request_has_an_owner_and_a_promise_and_nobody_hears_of_it(
    town: SmallTown, bring: Callable[..., dict[str, Any]]
) -> None:
    bring(SAMPLE)
    due, undated, comment = case_of("A-2"), case_of("A-3"), case_of("A-5")
    assert due.department == town.works and due.owner == town.technician and due.state == State.NEW
    assert due.due_at and due.due_at.astimezone().date().isoformat() == "2025-06-20", "the date of the earlier system"
    assert due.shown_title == "Coin noir" and due.place == "coin Quai et Phare"
    assert undated.state == State.WORKING and undated.due_at and undated.due_at > datetime.now(UTC)
    assert comment.due_at is None and comment.entries.first().kind == Entry.Kind.THANKED  # type: ignore[union-attr]
    assert not Entry.objects.exclude(notified_via="").exists()
    assert not Outgoing.objects.exists() and not OrmQ.objects.exists() and not Callback.objects.exists()
    assert mail.outbox == []


def test_a_closing_without_a_date_does_not_pretend_to_know(
    town: SmallTown, bring: Callable[..., dict[str, Any]]
) -> None:
    bring(SAMPLE)
    complaint = case_of("A-4")
    assert complaint.state == State.CLOSED and complaint.closing_reason == ClosingReason.EARLIER
    assert "Fermée" in [detail["shown_fr"] for detail in complaint.details]


def test_the_old_number_finds_the_case_and_stands_on_its_page(
    town: SmallTown, bring: Callable[..., dict[str, Any]], signed_in: Callable[[Any], Client]
) -> None:
    bring(SAMPLE)
    assert search_cases("A-2", SearchFilter(), user=town.agent).cases[0].pk == case_of("A-2").pk
    page = signed_in(town.agent).get(f"/desk/cases/{case_of('A-2').reference}/").content.decode()
    assert "A-2 (ancien système)" in page and "Numéro dans le système précédent" in page
    assert "2025" in page, "the year of what happened is told"


def test_the_same_file_again_changes_nothing(town: SmallTown, bring: Callable[..., dict[str, Any]]) -> None:
    bring(SAMPLE)
    before = (Case.objects.count(), Entry.objects.count(), Person.objects.count())
    report = bring(SAMPLE)
    assert (report["counts"]["created"], report["counts"]["already"], report["code"]) == (0, 5, 0)
    assert (Case.objects.count(), Entry.objects.count(), Person.objects.count()) == before


def test_what_was_interrupted_goes_on_where_it_was(town: SmallTown, bring: Callable[..., dict[str, Any]]) -> None:
    lines = SAMPLE.splitlines(keepends=True)
    bring("".join(lines[:3]))
    report = bring(SAMPLE)
    assert (report["counts"]["already"], report["counts"]["created"]) == (2, 3)
    assert_journals_hold()


def test_a_dry_run_lists_what_will_not_fit_line_by_line_and_writes_nothing(
    town: SmallTown, bring: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    lamp = {"status": "Ouverte", "subject": "lampadaire"}
    text = "".join(
        [
            SAMPLE,
            line(**lamp, number="A-6", opened_at="03/04/2024"),
            line(number="A-7", opened_at="2024-03-04", status="Perdue", subject="lampadaire"),
            line(**lamp | {"status": "Terminée"}, number="A-8", opened_at="2024-03-04", closed_at="2024-03-01"),
            line(**lamp, number="A-1", opened_at="2024-03-04"),
            line(opened_at="2024-03-04", status="Ouverte", subject="licorne"),
            "A-9;2024-03-04;;Ouverte\n",
            line(**lamp, number="A-10", opened_at="1999-03-04"),
            line(**lamp, number="A-11", opened_at="2124-03-04"),
            line(**lamp, number="A-12", opened_at="2024-03-04", name="Luc", phone="poste 22", email="pas une adresse"),
        ]
    )
    log = tmp_path / "refus.csv"
    report = bring(text, "--dry-run", "--language", "fr", "--report", str(log))
    assert report["code"] == 1 and not Case.objects.exists() and not Person.objects.exists()
    reasons = [(problem["line"], problem["refused"]) for problem in report["problems"]]
    assert reasons == [(n, True) for n in (7, 8, 9, 10, 11, 11, 12, 13, 14)] + [(15, False), (15, False)]
    words = " ".join(problem["reason"] for problem in report["problems"])
    for part in ("03/04/2024", "Perdue", "avant d’être ouverte", "celui de la ligne 2", "licorne", "avant l’an 2000"):
        assert part in words
    assert (report["counts"]["refused"], report["counts"]["incomplete"], report["counts"]["created"]) == (8, 1, 6)
    assert len(log.read_text().splitlines()) == 1 + len(report["problems"])
    english = bring(text, "--dry-run", "--language", "en")
    assert "It was closed before it was opened." in [problem["reason"] for problem in english["problems"]]


def test_a_formula_in_the_file_does_not_run_in_the_report(
    town: SmallTown, bring: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    log = tmp_path / "refus.csv"
    bring(SAMPLE + line(number="=1+1", opened_at="hier"), "--report", str(log))
    assert log.read_text().splitlines()[1].startswith("7,'=1+1,")


def test_what_was_brought_is_told_in_words_that_agree_with_any_number(
    town: SmallTown, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "une.csv"
    path.write_text(
        SAMPLE.splitlines(keepends=True)[0] + line(number="A-1", opened_at="2024-03-04", subject="lampadaire")
    )
    main(["import-cases", str(path), "--language", "fr", "--yes"])
    assert "Requêtes reprises\xa0: 1 (ouvertes\xa0: 1, fermées\xa0: 0)." in capsys.readouterr().out
    path.write_text(SAMPLE + line(opened_at="2025-07-04") + line(number="A-9", opened_at="hier"))
    main(["import-cases", str(path), "--language", "fr", "--dry-run"])
    output = capsys.readouterr().out
    assert "Ligne 7\xa0: Elle n’a pas de numéro." in output and "Ligne 8, numéro A-9\xa0: «" in output
    main(["import-cases", str(tmp_path / "rien.csv"), "--language", "fr"])
    output = capsys.readouterr().err
    assert "Il n’y a pas de fichier" in output and "Errno" not in output


def test_what_fits_comes_though_another_line_does_not(town: SmallTown, bring: Callable[..., dict[str, Any]]) -> None:
    report = bring(SAMPLE + line(number="A-6", opened_at="hier", status="Ouverte", subject="lampadaire"))
    assert report["code"] == 1 and report["counts"]["created"] == 5


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_encoding_and_the_delimiter_are_found(
    encoding: str, delimiter: str, town: SmallTown, bring: Callable[..., dict[str, Any]]
) -> None:
    text = f"Number{delimiter}OPENED_AT{delimiter}Subject{delimiter}words\n"
    text += f'7{delimiter}2024-01-02{delimiter}Lampadaire éteint{delimiter}"Éteint, depuis\nNoël{delimiter} ici"\n'
    text += f"8{delimiter}2024-01-02{delimiter}nulle part{delimiter}x\n"
    report = bring(text.encode(encoding))
    assert report["counts"]["created"] == 1 and case_of("7").words == f"Éteint, depuis\nNoël{delimiter} ici"
    assert [item["line"] for item in report["problems"]] == [4], "a value on two lines counts for two"


def test_notes_of_a_second_file_join_their_requests_whenever_they_come(
    town: SmallTown, bring: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    notes = tmp_path / "notes.csv"
    notes.write_text(
        "number,at,words,author\nA-1,2024-03-06 08:00,Équipe envoyée,Luc\nA-9,,Perdue,\nA-1,2024-03-06 08:00,Deux,\n"
    )
    bring(SAMPLE)
    before = Entry.objects.count()
    report = bring(SAMPLE, "--notes", str(notes))
    assert (report["counts"]["notes"], report["counts"]["notes_refused"], report["code"]) == (2, 1, 1)
    assert Entry.objects.count() == before + 2
    added = case_of("A-1").entries.get(body="Luc : Équipe envoyée")
    assert added.at == datetime(2024, 3, 6, 13, tzinfo=UTC)
    bring(SAMPLE, "--notes", str(notes))
    assert Entry.objects.count() == before + 2
    assert_journals_hold()


def test_a_note_that_would_be_of_the_future_is_refused(
    town: SmallTown, bring: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    notes = tmp_path / "notes.csv"
    notes.write_text("number,at,words\nA-1,2124-03-06,Jamais\nA-1,2024-03-06,Vu\n")
    lamp = {"opened_at": "2024-03-04", "status": "Ouverte", "subject": "lampadaire"}
    text = SAMPLE + line(**lamp, number="A-6", note="Demain", note_at="2124-03-04")
    report = bring(text, "--notes", str(notes), "--language", "en")
    assert [(item["line"], item["reason"], item["refused"]) for item in report["problems"]] == [
        (2, "This note was written in the future.", True),
        (7, "Its note was written in the future.", True),
    ]
    assert not Entry.objects.filter(body__in=("Demain", "Jamais")).exists()
    assert Entry.objects.filter(body="Vu").exists()


def test_the_signed_heads_hold_when_a_past_is_brought_after_them(
    town: SmallTown, bring: Callable[..., dict[str, Any]], settings: Any
) -> None:
    settings.PARVIS_NOW = "2026-02-02T10:00:00-05:00"
    open_case(
        NewCase(unique(), town.streetlight, Nature.REQUEST, Channel.PHONE, words="Éteint."),
        by=Actor.staff(town.agent),
    )
    settings.PARVIS_NOW = "2026-02-02T12:00:00-05:00"
    journal_checkpoints.sign()
    settings.PARVIS_NOW = "2026-02-03T12:00:00-05:00"
    bring(SAMPLE)
    settings.PARVIS_NOW = "2026-02-04T12:00:00-05:00"
    journal_checkpoints.sign()
    assert [wrong for _, wrong in journal_verification.check_checkpoints() if wrong] == []
    Entry.objects.filter(case=case_of("A-1"), seq=1).update(hash="0" * 64)
    assert [wrong for _, wrong in journal_verification.check_checkpoints() if wrong]


def test_an_open_request_is_worked_on_like_any_other(town: SmallTown, bring: Callable[..., dict[str, Any]]) -> None:
    bring(SAMPLE)
    case = case_of("A-3")
    handling.take(case_id=case.pk, by=town.technician)
    handling.wait(case_id=case.pk, words="La pièce est commandée.", by=town.technician)
    handling.resume(case_id=case.pk, by=town.technician)
    handling.close(case_id=case.pk, reason="done", words="Réparé.", by=town.technician)
    not_fixed(case_id=case_of("A-1").pk, words="Le trou est revenu.", by=Actor.citizen())
    assert case_of("A-1").due_at
    assert_journals_hold()


def test_what_each_line_says_of_someone_is_kept(town: SmallTown, bring: Callable[..., dict[str, Any]]) -> None:
    columns = ("number", "opened_at", "status", "subject", "person_number", "name", "phone", "email", "person_address")
    said = [
        {"phone": "418 555-0142"},
        {},
        {"email": "odile@exemple.ca", "phone": "418 555-0143"},
        {"email": "autre@exemple.ca", "person_address": "3, chemin du Bout"},
    ]
    rows = [
        {"number": f"P-{n}", "opened_at": "2024-03-04", "status": "Ouverte", "subject": "lampadaire", **one}
        | {"person_number": "77", "name": "Odile Nombre"}
        for n, one in enumerate(said)
    ]
    lines = [";".join(columns), *(";".join(row.get(name, "") for name in columns) for row in rows)]
    assert bring("\n".join(lines[:4]))["counts"]["people_new"] == 1
    bring("\n".join(lines))  # the last line comes later
    person = Person.objects.get(name="Odile Nombre")
    assert [phone.number for phone in person.phones.order_by("pk")] == ["+14185550142", "+14185550143"]
    assert (person.email, person.address_text) == ("odile@exemple.ca", "3, chemin du Bout")
    assert set(Case.objects.values_list("person", flat=True)) == {person.pk}
    assert "autre@exemple.ca" in [detail["value"] for detail in case_of("P-3").details], "what the file has no room for"


def test_someone_known_here_is_known_again(town: SmallTown, bring: Callable[..., dict[str, Any]]) -> None:
    jeanne = make_person("Jeanne Arsenault", phone="+14185550101")
    bring(SAMPLE)
    assert case_of("A-1").person == jeanne


def test_the_open_data_of_a_large_city_is_read(town: SmallTown, bring: Callable[..., dict[str, Any]]) -> None:
    mapping = """\
extends: montreal-311
system: 311 d’essai
values: {subject: {Élagage: cabanon, Voirie - Divers: nid-de-poule, Renseignements: lampadaire}}
"""
    header = (
        "ID_UNIQUE,NATURE,ACTI_NOM,ARRONDISSEMENT,DDS_DATE_CREATION,PROVENANCE_ORIGINALE,PROVENANCE_TELEPHONE,"
        "PROVENANCE_COURRIEL,LOC_LONG,LOC_LAT,DERNIER_STATUT,DATE_DERNIER_STATUT\n"
    )
    rows = (
        "18-1,Requete,Élagage,Rivière-X,7/22/2018 20:36,Téléphone,3,1,-73.52,45.60,Terminée,2018-08-01T10:00:00\n"
        "22-2,Plainte,Voirie - Divers,Rivière-X,2022-01-02T08:00:00,Courriel,0,1,,,Prise en charge,\n"
        "22-3,Requete,Voirie - Divers,Rivière-X,2022-01-02T08:00:00,Courriel,0,1,,,Supprimée,\n"
        ",Information,Renseignements,Rivière-X,2022-01-02T08:00:00,Téléphone,1,0,,,,\n"
        ",Information,Renseignements,Rivière-X,2022-01-02T08:00:00,Téléphone,1,0,,,,\n"
    )
    Path(town_file := str(Path(journal_checkpoints.folder()).parent / "m.yaml")).write_text(mapping)
    report = bring(header + rows, "--mapping", town_file)
    assert (report["code"], report["counts"]["created"], report["counts"]["left"]) == (0, 4, 1)
    tree = case_of("18-1", "311 d’essai")
    assert tree.closing_reason == ClosingReason.DONE and tree.opened_at == datetime(2018, 7, 23, 0, 36, tzinfo=UTC)
    shown = {detail["label_fr"]: detail["shown_fr"] for detail in tree.details}
    assert shown["Contacts reçus"] == "Téléphone 3, Courriel 1" and shown["Arrondissement"] == "Rivière-X"
    assert shown["Position approximative"] == "45.60000, -73.52000" and tree.latitude is None
    cases = Case.objects.filter(nature=Nature.INFORMATION)
    assert cases.count() == 2, "the same line twice is two calls"
    assert {case.closed_at - case.opened_at for case in cases if case.closed_at} == {timedelta(0)}
    again = bring(header + rows, "--mapping", town_file)
    assert (again["counts"]["created"], again["counts"]["already"]) == (0, 4)
    assert_journals_hold()


def test_a_mapping_that_cannot_be_used_says_all_that_is_wrong(
    town: SmallTown, bring: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    mapping = tmp_path / "m.yaml"
    mapping.write_text(
        "system: Vieux\ncolumns: {numero: NO, opened_at: DATE}\nvalues: {status: {X: closd}}\nzone: UTC\n"
    )
    report = bring("NO,DATE\n1,2024-01-01\n", "--mapping", str(mapping))
    assert report["code"] == 1 and report["error"] == "import"
    assert len(report["problems"]) == 4
    mapping.write_text("extends: simple\nsystem: Vieux\ncolumns: {opened_at: DATE}\n")
    report = bring("NO,DATE\n1,2024-01-01\n", "--mapping", str(mapping))
    assert report["code"] == 1 and "NO, DATE" in report["message"]
    for name in ("nulle-part.yaml", "simple.yaml"):
        assert bring("NO\n", "--mapping", name)["error"] == "import"
    (tmp_path / "town.yaml").write_text("extends: m.yaml\n")
    assert "NO, DATE" in bring("NO,DATE\n1,2024-01-01\n", "--mapping", str(tmp_path / "town.yaml"))["message"]
    mapping.write_text("extends: town.yaml\n")
    assert bring("NO\n", "--mapping", str(mapping))["error"] == "import"


def test_a_date_that_two_formats_read_differently_is_refused(
    town: SmallTown, bring: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    mapping = tmp_path / "m.yaml"
    mapping.write_text('extends: simple\ndates: ["%d/%m/%Y", "%m/%d/%Y"]\n')
    rows = "number,opened_at,subject\n1,25/12/2024,lampadaire\n2,03/04/2024,lampadaire\n3,04/04/2024,lampadaire\n"
    report = bring(rows, "--mapping", str(mapping), "--language", "en")
    assert report["counts"]["created"] == 2
    [problem] = report["problems"]
    assert problem["line"] == 3 and "two different dates" in problem["reason"]
