"""Errors in a town's files: each is reported with its file and entry, and nothing is loaded."""

from pathlib import Path

import pytest

from parvis.apps.directory.models import Town
from parvis.operations.town import load
from parvis.operations.town.reading import TownFileError
from tests.town.conftest import Change

pytestmark = pytest.mark.django_db

DEPARTMENT = "subjects.yaml, lampadaire: 'department' names an unknown department: 'vioirie'; did you mean 'voirie'?"

URGENT = "urgent: false\n  promise: {ack: 4h, target: 8d}"
MISTAKES = {
    "sides that contradict each other": (
        "segments.csv",
        "1401,1799,odd,collecte,lac",
        "1401,1799,all,collecte,lac",
        "segments.csv, line 3: route 329: line 2 puts some of these numbers in another sector",
    ),
    "side of an unknown street": (
        "segments.csv",
        "rang du Lac,400",
        "rang du Lak,400",
        "segments.csv, line 4: 'street' names an unknown street: 'rang du Lak'; did you mean 'rang du Lac'?",
    ),
    "side that ends before it begins": (
        "segments.csv",
        "400,699,all",
        "699,400,all",
        "segments.csv, line 4: 'from' and 'to' must be civic numbers, the smaller first",
    ),
    "side of another kind than its sector": (
        "segments.csv",
        "699,all,collecte,lac",
        "699,all,quartier,lac",
        "segments.csv, line 4: 'kind' must be that of the sector, collecte, not 'quartier'",
    ),
    "unknown department": (
        "subjects.yaml",
        "department: voirie\n  nature: request\n  place: required\n  urgent: false\n  promise: {ack: 1d",
        "department: vioirie\n  nature: request\n  place: required\n  urgent: false\n  promise: {ack: 1d",
        DEPARTMENT,
    ),
    "same subject twice": (
        "subjects.yaml",
        "- slug: bruit",
        "- slug: lampadaire",
        "subjects.yaml, lampadaire: the subject 'lampadaire' is already defined",
    ),
    "bad unit of a promise": (
        "subjects.yaml",
        "target: 8d",
        "target: 8w",
        "subjects.yaml, nid-de-poule, promise: 'target': '8w' is no duration",
    ),
    "on call by business hours": (
        "subjects.yaml",
        URGENT,
        URGENT.replace("urgent: false", "urgent: true"),
        "subjects.yaml, nid-de-poule: is on call ('urgent'), day and night: 'ack' must count clock hours",
    ),
    "season without hours": (
        "calendar.yaml",
        "example: true\nsource",
        'example: true\nseasons: [{from: "06-15", until: "09-07"}]\nsource',
        "calendar.yaml, seasons 06-15: 'hours' is missing",
    ),
    "longest wait by the hour": (
        "calendar.yaml",
        "example: true\nsource",
        "example: true\nlongest_wait: 40h\nsource",
        "calendar.yaml: 'longest_wait': '40h' is no number of days",
    ),
    "half day of a day that is closed": (
        "calendar.yaml",
        '  - {date: "2027-08-14"',
        '  - {date: "2026-12-24", hours: [["09:00", "12:00"]], name: {fr: "Veille", en: "Eve"}}\n'
        '  - {date: "2027-08-14"',
        "calendar.yaml: 'closures' says that 2026-12-24 is closed, and that it has hours",
    ),
    "half day that ends before it begins": (
        "calendar.yaml",
        '  - {date: "2027-08-14"',
        '  - {date: "2026-12-22", hours: [["12:00", "09:00"]], name: {fr: "Veille", en: "Eve"}}\n'
        '  - {date: "2027-08-14"',
        "calendar.yaml, closures 2026-12-22: 'hours' cannot be used: working hours end before they begin",
    ),
    "misspelled field": (
        "subjects.yaml",
        "  proof: photo",
        "  prof: photo",
        "subjects.yaml, nid-de-poule: field 'prof' does not exist; did you mean 'proof'?",
    ),
    "unknown nature": (
        "subjects.yaml",
        "nature: complaint",
        "nature: rant",
        "subjects.yaml, bruit: 'nature' must be one of comment, complaint, information, request",
    ),
    "post that reads no request": (
        "subjects.yaml",
        "role: manager}, {role: privacy_officer}]\n",
        "role: editor}, {role: privacy_officer}]\n",
        "subjects.yaml, plainte-service, restricted_to entry 1: 'role' must be one of agent, clerk, manager,",
    ),
    "post of nobody": (
        "subjects.yaml",
        "restricted_to: [{department: secretariat, role: manager}",
        "restricted_to: [{}",
        "names nobody: give a department, a role, or both",
    ),
    "restricted and on the public map": (
        "subjects.yaml",
        "slug: nid-de-poule\n",
        "slug: nid-de-poule\n  restricted_to: [{role: manager}]\n",
        "nid-de-poule: is 'public' and 'restricted_to' some posts: its requests cannot be both",
    ),
    "unknown group": (
        "subjects.yaml",
        "group: maison",
        "group: maisons",
        "'group' names an unknown group: 'maisons'; did you mean 'maison'?",
    ),
    "door that is no outside body": (
        "subjects.yaml",
        "door: regie",
        "door: voirie",
        "subjects.yaml, collectes: 'door' names an unknown outside body: 'voirie'",
    ),
    "neither answered nor routed": (
        "subjects.yaml",
        "answerable: false\n  routable: true",
        "answerable: false\n  routable: false",
        "nid-de-poule: is neither answerable nor routable, and gives no door",
    ),
    "choice without choices": (
        "subjects.yaml",
        "key: poteau, type: text",
        "key: poteau, type: choice",
        "lampadaire, questions poteau: a question of type 'choice', and no other, gives choices",
    ),
    "same variant twice": (
        "subjects.yaml",
        "- poteau penché",
        "- lampadaire brûlé",
        "lampadaire, variants: the same way of asking is given twice: 'lampadaire brûlé'",
    ),
    "title without English": (
        "subjects.yaml",
        '{fr: "Bruit", en: "Noise"}',
        '{fr: "Bruit"}',
        "subjects.yaml, bruit: 'title' must give fr and en",
    ),
    "fact that does not exist": (
        "answers/cabanon-jumele.en.md",
        "{fact:cabanon.aire}",
        "{fact:cabanon.area}",
        "answers/cabanon-jumele.en.md: {fact:cabanon.area} names an unknown fact",
    ),
    "fact of the grid that does not exist": (
        "answers/deneigement.fr.md",
        "facts: [neige.heure]",
        "facts: [neige.heures]",
        "answers/deneigement.fr.md: 'facts' names an unknown fact: 'neige.heures'",
    ),
    "broken reference": (
        "answers/joindre.fr.md",
        "{fact:accueil.telephone}",
        "{fait accueil.telephone}",
        "'{fait accueil.telephone}' is no reference to a fact",
    ),
    "typed amount": (
        "answers/cabanon-jumele.fr.md",
        "{fact:cabanon.tarif}",
        "27,50 $",
        "answers/cabanon-jumele.fr.md: '27,50 $' is typed in the text: make it a fact",
    ),
    "typed hour": (
        "answers/deneigement.fr.md",
        'text: "Avant {fact:neige.heure}."',
        'text: "Avant 23 h."',
        "'23 h' is typed in the text",
    ),
    "answer without owner": (
        "answers/joindre.fr.md",
        "owner: accueil\n",
        "",
        "answers/joindre.fr.md: 'owner' is missing",
    ),
    "answer reviewed on no date": (
        "answers/joindre.fr.md",
        "review_date: 2027-06-01",
        "review_date: bientôt",
        "'review_date' must be a date such as 2026-12-24, not 'bientôt'",
    ),
    "related to nothing": (
        "answers/collectes.fr.md",
        "related: [joindre]",
        "related: [jointdre]",
        "answers/collectes.fr.md: 'related' names an unknown subject: 'jointdre'",
    ),
    "money in dollars": (
        "facts.yaml",
        "value: 2750",
        "value: 27.50",
        "facts.yaml, cabanon.tarif: a value of type money must be whole cents",
    ),
    "time read as a number": (
        "facts.yaml",
        'value: "23:00"',
        "value: 23:00",
        "facts.yaml, neige.heure: a value of type time must be written in quotes, not 1380",
    ),
    "impossible date of a fact": (
        "facts.yaml",
        "value: 2026-05-14",
        'value: "2026-02-30"',
        "facts.yaml, collectes.encombrants: '2026-02-30' is no value of type date",
    ),
    "fact without source": (
        "facts.yaml",
        'source: {title: "Bureau municipal"}',
        "source: {}",
        "facts.yaml, accueil.telephone, source: 'title' is missing",
    ),
    "fact that ends before it begins": (
        "facts.yaml",
        "valid_to: 2026-05-14",
        "valid_to: 2025-05-14",
        "'valid_to' (2025-05-14) comes before 'valid_from' (2026-01-01)",
    ),
    "rule to nowhere": (
        "routing.yaml",
        "to: sq",
        "to: gendarmerie",
        "routing.yaml, chemin-provincial: 'to' names an unknown department: 'gendarmerie'",
    ),
    "rule on an unknown subject": (
        "routing.yaml",
        "subjects: [nid-de-poule]",
        "subjects: [nid-de-poules]",
        "routing.yaml, chemin-coupe: 'subjects' names an unknown subject: 'nid-de-poules'",
    ),
    "rule that catches everything": (
        "routing.yaml",
        "  subjects: [nid-de-poule, lampadaire, deneigement]\n  streets: [route 329]\n",
        "",
        "routing.yaml, chemin-provincial: would catch every case",
    ),
    "two desks": (
        "departments.yaml",
        "kind: department",
        "kind: desk",
        "departments.yaml: exactly one department must be of kind 'desk', not 2",
    ),
    "phone as people write it": (
        "departments.yaml",
        '"+18195550150"',
        '"819 555-0150"',
        "departments.yaml, regie: 'phone' must be a phone number such as",
    ),
    "head who is nobody": (
        "departments.yaml",
        "head: jean.huot",
        "head: jean.huard",
        "departments.yaml, voirie: 'head' names an unknown person: 'jean.huard'; did you mean",
    ),
    "role that does not exist": (
        "staff.yaml",
        "role: editor",
        "role: redactor",
        "staff.yaml, paul.weir, memberships secretariat: 'role' must be one of",
    ),
    "hours that overlap": (
        "calendar.yaml",
        '["13:30", "20:00"]',
        '["12:00", "20:00"]',
        "calendar.yaml: 'hours' cannot be used: working hours overlap",
    ),
    "closure that ends before it starts": (
        "calendar.yaml",
        'until: "2027-01-05"',
        'until: "2026-01-05"',
        "calendar.yaml, closures 2026-12-23: ends on 2026-01-05 before it starts",
    ),
    "English neither open nor closed": (
        "town.yaml",
        "english: exception",
        "english: sometimes",
        "town.yaml: 'english' must be one of exception, off, open, not 'sometimes'",
    ),
    "address on an unknown street": (
        "addresses.csv",
        "12,place du Moulin",
        "12,place du Moulain",
        "addresses.csv, line 2: 'street' names an unknown street: 'place du Moulain'",
    ),
    "civic number in words": (
        "addresses.csv",
        "12,place",
        "douze,place",
        "addresses.csv, line 2: 'civic' must be a number",
    ),
    "row too short": (
        "addresses.csv",
        ",isole;aqueduc,true",
        "",
        "addresses.csv, line 2: this line does not have as many values as there are columns",
    ),
    "missing column": (
        "streets.csv",
        "street,owner,note",
        "street,note",
        "streets.csv, line 1: the columns must be street,owner,note",
    ),
    "sector left open": (
        "sectors.geojson",
        "[-74.42, 46.1]]]",
        "[-74.42, 46.11]]]",
        "sectors.geojson, village: its geometry must be a closed Polygon",
    ),
    "broken YAML": (
        "departments.yaml",
        'duties: {fr: "Reçoit et répond.",',
        'duties: {fr: "Reçoit et répond.',
        "departments.yaml, line",
    ),
    "field given twice": (
        "departments.yaml",
        "  kind: desk",
        "  kind: desk\n  kind: desk",
        "departments.yaml, line 4: cannot be read as YAML: field 'kind' is given twice",
    ),
}


@pytest.mark.parametrize(("file", "old", "new", "said"), MISTAKES.values(), ids=MISTAKES)
def test_mistake_is_named_where_it_stands(
    village: Path, change: Change, file: str, old: str, new: str, said: str
) -> None:
    change(file, old, new)

    with pytest.raises(TownFileError) as refused:
        load.load(village, demo=True)

    assert any(said in problem for problem in refused.value.problems), refused.value.problems
    assert not Town.objects.exists()


def test_all_mistakes_are_told_at_once(village: Path, change: Change) -> None:
    change("subjects.yaml", "target: 8d", "target: 8w")
    change("facts.yaml", "value: 2750", "value: 27.50")

    with pytest.raises(TownFileError, match="2 mistakes") as refused:
        load.load(village, demo=True)

    assert len(refused.value.problems) == 2


def test_missing_file_is_named(village: Path) -> None:
    (village / "calendar.yaml").unlink()

    with pytest.raises(TownFileError, match="calendar.yaml: this file is missing"):
        load.load(village, demo=True)


def test_folder_that_is_no_town_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TownFileError, match=r"holds no town\.yaml"):
        load.load(tmp_path, demo=True)


def test_english_answer_without_french_twin_is_refused(village: Path) -> None:
    (village / "answers" / "joindre.fr.md").unlink()

    with pytest.raises(TownFileError, match=r"answers/joindre\.en\.md: has no French twin"):
        load.load(village, demo=True)


def test_answerable_subject_without_answer_is_only_a_warning(village: Path) -> None:
    (village / "answers" / "joindre.fr.md").unlink()
    (village / "answers" / "joindre.en.md").unlink()

    assert load.load(village, demo=True).warnings == ("subject joindre is answerable but has no answer yet",)


def test_list_may_be_one_file_or_a_folder_of_files(village: Path) -> None:
    (village / "subjects").mkdir()
    whole = (village / "subjects.yaml").read_text(encoding="utf-8")
    cut = whole.index("- slug: cabanon-jumele")
    (village / "subjects" / "a.yaml").write_text(whole[:cut], encoding="utf-8")
    (village / "subjects" / "b.yaml").write_text(whole[cut:], encoding="utf-8")
    (village / "subjects.yaml").unlink()

    assert load.load(village, demo=True).tallies["subjects"].created == 8


def test_mistake_in_one_of_several_files_names_that_file(village: Path) -> None:
    (village / "subjects").mkdir()
    whole = (village / "subjects.yaml").read_text(encoding="utf-8")
    (village / "subjects" / "rues.yaml").write_text(whole.replace("target: 8d", "target: 8w"), encoding="utf-8")

    with pytest.raises(TownFileError, match=r"subjects/rues\.yaml, nid-de-poule, promise"):
        load.load(village, demo=True)
