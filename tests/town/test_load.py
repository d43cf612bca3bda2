"""Loading a town from its folder: the result, and what a second load leaves unchanged."""

import json
from pathlib import Path

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import ExampleQuestion, Question, RoutingRule, Subject
from parvis.apps.content.models import Answer, ContentVersion, Fact
from parvis.apps.directory.models import Absence, Actor, Closure, Department, Town, User
from parvis.apps.directory.rules.permissions import Role
from parvis.apps.places.models import Address, Street
from parvis.cli.main import main
from parvis.operations.town import load
from parvis.operations.town.reading import TownFileError
from tests.town.conftest import CARIGNAN, VILLAGE, Change

pytestmark = pytest.mark.django_db


def edit(slug: str, words: str) -> None:
    """An editor rewrites the French short form of an answer and publishes it."""
    answer = Answer.objects.get(subject__slug=slug)
    answer.short_fr = words
    answer.save_revision().publish()


def test_sample_town_has_every_subject_of_the_service_and_an_answer_in_both_languages_for_each_answerable_one() -> None:
    report = load.load(CARIGNAN, demo=True)

    assert Subject.objects.count() == 46
    answerable = Subject.objects.filter(answerable=True)
    answered = Answer.objects.filter(live=True).exclude(short_fr="").exclude(short_en="")
    assert set(answerable.values_list("slug", flat=True)) == set(answered.values_list("subject__slug", flat=True))
    assert answerable.count() == 27
    assert report.warnings == ()


def test_small_town_is_loaded_whole() -> None:
    load.load(VILLAGE, demo=True)

    place = Town.objects.get()
    assert (place.slug, place.english, place.hours["thu"]) == (
        "val-des-aulnes",
        "exception",
        [["09:00", "12:30"], ["13:30", "20:00"]],
    )
    assert Closure.objects.get(name_en="Winter break").last_day.isoformat() == "2027-01-05"
    hole = Subject.objects.get(slug="nid-de-poule")
    assert (hole.department.slug, hole.ack, hole.target) == ("voirie", "4h", "8d")
    assert hole.level_up == Department.objects.get(slug="secretariat")
    assert Department.objects.get(slug="accueil").signature_en == "Village front desk\n819 555-0140"
    assert list(hole.questions.values_list("key", "kind", "required")) == [
        ("surface", "choice", True),
        ("passage", "yesno", True),
    ]
    assert hole.questions.get(key="surface").choices[0] == {"value": "gravier", "fr": "Gravier", "en": "Gravel"}
    assert Subject.objects.get(slug="plainte-service").restricted_to == [
        {"department": "secretariat", "role": "manager"},
        {"department": "", "role": "privacy_officer"},
    ]
    assert str(Address.objects.get(suffix="A")) == "480A, rang du Lac"
    assert Street.objects.get(name="route 329").owner == Street.Owner.MTMD
    assert RoutingRule.objects.get(name="chemin-coupe").owner == User.objects.get(username="jean.huot")


@pytest.mark.parametrize("written", ["short_name: Val-des-Aulnes\n", ""])
def test_municipality_of_the_letters_is_the_one_written_or_the_name_without_its_rank(
    village: Path, change: Change, written: str
) -> None:
    change("town.yaml", "short_name: Val-des-Aulnes\n", written)
    load.load(village, demo=True)

    assert Town.objects.get().short_name == "Val-des-Aulnes"


def test_answers_are_published_with_their_facts_and_lines() -> None:
    load.load(VILLAGE, demo=True)

    answer = Answer.objects.get(subject__slug="cabanon-jumele")
    assert answer.live and answer.live_revision is not None
    assert "{fact:cabanon.aire}" in answer.short_fr
    assert answer.steps_fr.splitlines()[0] == "Dessinez votre projet | Un croquis à l'échelle suffit."
    assert answer.facts.splitlines() == ["cabanon.aire", "cabanon.distance", "cabanon.tarif"]
    assert "<h2>Deux voisins, deux cabanons</h2>" in answer.body_fr
    reach = Answer.objects.get(subject__slug="joindre")
    assert [variant.audience for variant in reach.audience_variants.all()] == ["merchant"]


def test_lapsed_and_example_facts_are_loaded_as_what_they_are() -> None:
    load.load(VILLAGE, demo=True)

    assert Fact.objects.get(key="collectes.encombrants").valid_to is not None
    assert Fact.objects.get(key="cabanon.tarif").example
    assert Fact.objects.get(key="cabanon.tarif").value == 2750


def test_sample_people_exist_only_in_the_demonstration() -> None:
    load.load(VILLAGE, demo=False)

    assert not User.objects.exists()
    assert RoutingRule.objects.get(name="chemin-coupe").owner is None
    assert Department.objects.get(slug="voirie").head is None


def test_sample_people_work_where_the_file_says_and_cannot_sign_in_by_password() -> None:
    load.load(VILLAGE, demo=True)

    lise = User.objects.get(username="lise.gervais")
    assert lise.roles == {Role.AGENT, Role.TECHNICIAN}
    assert lise.sample and not lise.has_usable_password()
    assert Department.objects.get(slug="voirie").head == User.objects.get(username="jean.huot")
    assert Absence.objects.get(user__username="mai.tran").delegate == lise


def test_demonstration_begun_after_a_plain_load_brings_the_people() -> None:
    load.load(VILLAGE, demo=False)
    report = load.load(VILLAGE, demo=True)

    assert not report.unchanged
    assert User.objects.filter(sample=True).count() == 6
    assert RoutingRule.objects.get(name="chemin-coupe").owner == User.objects.get(username="jean.huot")


def test_account_of_a_real_person_is_left_alone() -> None:
    real = User.objects.create_user("jean.huot", first_name="Jeanne", password="une phrase bien longue")
    report = load.load(VILLAGE, demo=True)

    real.refresh_from_db()
    assert (real.first_name, real.sample, real.workplaces) == ("Jeanne", False, ())
    assert report.tallies["staff"].kept == 1


@pytest.mark.parametrize("folder", [CARIGNAN, VILLAGE], ids=lambda folder: folder.name)
def test_second_load_of_the_same_files_writes_nothing(folder: Path) -> None:
    load.load(folder, demo=True)
    Town.objects.update(folder_hash="")

    report = load.load(folder, demo=True)

    assert not report.unchanged
    assert {kind: tally for kind, tally in report.tallies.items() if tally.changed or tally.kept} == {}


def test_load_of_unchanged_files_reads_one_row(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    load.load(CARIGNAN, demo=True)

    with django_assert_num_queries(1):
        report = load.load(CARIGNAN, demo=True)

    assert report.unchanged
    assert report.seconds < 0.3


def test_changed_files_update_what_they_own(village: Path, change: Change) -> None:
    load.load(village, demo=True)
    change("subjects.yaml", "promise: {ack: 4h, target: 8d}", "promise: {ack: 1h, target: 2d}")
    change("departments.yaml", "Voirie et parcs", "Voirie")
    change("addresses.csv", "480A,rang du Lac", "481,rang du Lac")

    report = load.load(village, demo=True)

    assert Subject.objects.get(slug="nid-de-poule").target == "2d"
    assert Department.objects.get(slug="voirie").name_fr == "Voirie"
    assert not Address.objects.filter(suffix="A").exists()
    assert report.tallies["subjects"].updated == report.tallies["departments"].updated == 1
    assert (report.tallies["addresses"].created, report.tallies["addresses"].removed) == (1, 1)


def test_subject_that_the_files_no_longer_name_is_put_aside_not_deleted(village: Path, change: Change) -> None:
    load.load(village, demo=True)
    file = village / "subjects.yaml"
    text = file.read_text(encoding="utf-8")
    start, end = text.index("- slug: bruit"), text.index("- slug: plainte-service")
    file.write_text(text[:start] + text[end:], encoding="utf-8")
    change("disclosures.yaml", "[bruit, plainte-service]", "[plainte-service]")

    report = load.load(village, demo=True)

    assert not Subject.objects.get(slug="bruit").active
    assert report.tallies["subjects"].removed == 1


def test_edited_answer_keeps_its_words_even_when_its_file_changes(village: Path, change: Change) -> None:
    load.load(village, demo=True)
    edit("deneigement", "Appelez la voirie avant de sortir.")
    change("answers/deneigement.fr.md", "Les chemins privés ne sont pas déneigés", "Les chemins privés restent fermés")
    change("answers/collectes.fr.md", "La collecte passe", "Le camion passe")

    report = load.load(village, demo=True)

    assert Answer.objects.get(subject__slug="deneigement").short_fr == "Appelez la voirie avant de sortir."
    assert Answer.objects.get(subject__slug="collectes").short_fr.startswith("Le camion passe")
    assert (report.tallies["answers"].kept, report.tallies["answers"].updated) == (1, 1)
    assert report.kept == ("answer deneigement: edited in the product since it was loaded",)


def test_draft_not_yet_published_counts_as_edited(village: Path, change: Change) -> None:
    load.load(village, demo=True)
    answer = Answer.objects.get(subject__slug="joindre")
    answer.title_fr = "Nous joindre"
    answer.save_revision()
    change("answers/joindre.fr.md", "derrière l'église", "devant l'église")

    report = load.load(village, demo=True)

    assert report.tallies["answers"].kept == 1
    assert Answer.objects.get(subject__slug="joindre").get_latest_revision_as_object().title_fr == "Nous joindre"


def test_new_value_of_a_fact_is_a_new_version(village: Path, change: Change) -> None:
    load.load(village, demo=True)
    change("facts.yaml", "value: 2750", "value: 3000")

    report = load.load(village, demo=True)

    versions = Fact.objects.filter(key="cabanon.tarif").order_by("pk")
    assert [(fact.value, fact.replaced_at is None) for fact in versions] == [(2750, False), (3000, True)]
    assert report.tallies["facts"].updated == 1


def test_fact_replaced_in_the_product_is_kept(village: Path, change: Change) -> None:
    load.load(village, demo=True)
    old = Fact.objects.get(key="neige.heure")
    Fact.objects.filter(pk=old.pk).update(replaced_at=old.created_at)
    old.pk, old.value = None, "22:00"
    old.save()
    change("facts.yaml", "Bureau municipal", "Bureau du village")

    report = load.load(village, demo=True)

    assert Fact.objects.get(key="neige.heure", replaced_at=None).value == "22:00"
    assert report.kept == ("fact neige.heure: a newer value was given in the product",)


def test_variant_confirmed_in_the_product_stays(village: Path, change: Change) -> None:
    load.load(village, demo=True)
    subject = Subject.objects.get(slug="lampadaire")
    ExampleQuestion.objects.create(subject=subject, language="fr", text="y fait noir su le quai", from_town_file=False)
    change("subjects.yaml", "      - poteau penché\n", "")

    load.load(village, demo=True)

    texts = set(subject.variants.values_list("text", flat=True))
    assert "y fait noir su le quai" in texts
    assert "poteau penché" not in texts


def test_edition_grows_only_when_something_was_written(village: Path, change: Change) -> None:
    load.load(village, demo=True)
    first = ContentVersion.objects.get().number
    Town.objects.update(folder_hash="")
    load.load(village, demo=True)
    second = ContentVersion.objects.get().number
    change("departments.yaml", "Voirie et parcs", "Voirie")
    load.load(village, demo=True)

    assert second == first
    assert ContentVersion.objects.get().number > second


def test_dry_run_says_what_it_would_do_and_does_nothing(village: Path) -> None:
    report = load.load(village, demo=True, dry_run=True)

    assert report.tallies["subjects"].created == 8
    assert not Town.objects.exists()
    assert not Answer.objects.exists()
    assert report.lines()[0].startswith("val-des-aulnes: would be loaded")


def test_report_can_be_read_by_a_program(village: Path) -> None:
    report = json.loads(json.dumps(load.load(village, demo=True).as_json()))

    assert report["town"] == "val-des-aulnes"
    assert report["counts"]["answers"] == {"created": 4, "updated": 0, "kept": 0, "removed": 0}


def test_second_town_is_refused_in_a_database_that_serves_another(village: Path) -> None:
    load.load(village, demo=True)

    with pytest.raises(TownFileError, match="already serves 'val-des-aulnes'"):
        load.load(CARIGNAN, demo=True)
    assert Town.objects.get().slug == "val-des-aulnes"
    assert Question.objects.filter(subject__slug="arbre").count() == 0


def test_a_new_closure_shows_the_promises_it_moves_then_moves_them(
    village: Path, change: Change, capsys: pytest.CaptureFixture[str], settings: Settings
) -> None:
    settings.PARVIS_NOW = "2026-11-24T10:00:00-05:00"
    load.load(village, demo=True)
    subject = Subject.objects.get(slug="nid-de-poule")
    Question.objects.all().delete()
    new_case = NewCase(
        key="k", subject=subject, nature="request", channel="web", words="Il fait noir", place_text="Parc"
    )
    case = open_case(new_case, by=Actor.citizen()).case
    before = case.due_at
    change(
        "calendar.yaml",
        '  - {date: "2027-08-14"',
        '  - {date: "2026-11-25", until: "2026-11-26", name: {fr: "Relâche", en: "Break"}, example: true}\n'
        '  - {date: "2027-08-14"',
    )
    foreseen = load.load(village, demo=True, dry_run=True)
    assert [(moved.reference, moved.before) for moved in foreseen.moved] == [(case.reference, before)]
    assert f"{case.reference}: 2026-" in "\n".join(foreseen.lines())
    case.refresh_from_db()
    assert case.due_at == before
    done = load.load(village, demo=True)
    case.refresh_from_db()
    assert [moved.after for moved in done.moved] == [moved.after for moved in foreseen.moved] == [case.due_at]
    assert done.as_json()["promises"][0]["case"] == case.reference
    assert main(["recount-promises", "--dry-run"]) == 0
    assert "No promise of an open request moves" in capsys.readouterr().out
