"""The guides of both towns, followed along every path: each ends, and planning gets what it must."""

from collections.abc import Iterator, Mapping
from datetime import date

import pytest
from pytest_django import Settings

from parvis.apps.calculators.queries.guides import has_guide, papers, permit, questions_of
from parvis.apps.calculators.rules import guide as rules
from parvis.apps.calculators.rules import oath, permit_guide
from parvis.apps.calculators.rules.guide import UNKNOWN, Followed, Guide
from parvis.apps.content.models import Fact
from parvis.apps.content.services.content import bump_edition
from parvis.lib import quebec
from parvis.lib.errors import NotFound
from parvis.operations.town import reading
from tests.conftest import SAMPLE_MOMENT
from tests.town.conftest import CARIGNAN

PERMITS = (
    *("abri-permanent", "amenagement-terrain", "cabanon-unifamilial", "cabanon-jumele", "garage-detache"),
    *("gazebo", "piscine", "remblai-deblai", "milieu-riverain"),
)
NEW = {"terrain": "aucune", "projet": "installer"}
BUILD = {"terrain": "aucune", "projet": "construire"}


@pytest.fixture(scope="module")
def guides() -> dict[str, Guide]:
    return {guide.subject: rules.from_json(guide.content) for guide in reading.read(CARIGNAN).guides}


def follow(guide: Guide, answers: Mapping[str, str], untold: tuple[str, ...] = ()) -> Followed:
    walk = permit_guide.follow if guide.kind == permit_guide.KIND else oath.follow
    return walk(guide, answers, lambda key: key not in untold)


def paths(guide: Guide, given: dict[str, str], unsure: bool = False) -> Iterator[dict[str, str]]:
    """Every path through a guide, with or without "I do not know"."""
    still = follow(guide, given).open
    if not still:
        yield given
        return
    question = next(each for each in guide.questions if each.key == still[0])
    for value in [*(each.value for each in question.choices), *([UNKNOWN] if unsure else [])]:
        yield from paths(guide, given | {question.key: value}, unsure)


def test_every_planning_subject_has_its_guide_and_the_papers_theirs(guides: dict[str, Guide]) -> None:
    assert {slug for slug, guide in guides.items() if guide.kind == permit_guide.KIND} == set(PERMITS)
    assert {slug for slug, guide in guides.items() if guide.kind == oath.KIND} == {"assermentation", "authentification"}


@pytest.mark.parametrize("slug", [*PERMITS, "assermentation", "authentification"])
def test_every_path_is_foreseen_and_what_nobody_knows_goes_to_a_person(guides: dict[str, Guide], slug: str) -> None:
    guide = guides[slug]
    for given in paths(guide, {}):
        assert follow(guide, given).reason == "rule", given
    for given in paths(guide, {}, unsure=True):
        if UNKNOWN in given.values():
            followed = follow(guide, given)
            assert (followed.outcome, followed.reason) in (("planning", "unknown"), ("clerk", "unknown")), given


@pytest.mark.parametrize("slug", [slug for slug in PERMITS if slug != "milieu-riverain"])
@pytest.mark.parametrize("place", ["eau", "agricole", "coin", "servitude", UNKNOWN])
def test_the_shore_the_farm_zone_and_the_corner_go_to_planning(guides: dict[str, Guide], slug: str, place: str) -> None:
    guide = guides[slug]
    assert {follow(guide, given).outcome for given in paths(guide, {"terrain": place})} == {"planning"}


def test_nothing_by_the_water_is_ever_ruled_on(guides: dict[str, Guide]) -> None:
    guide = guides["milieu-riverain"]
    assert {follow(guide, given).outcome for given in paths(guide, {})} == {"planning"}
    assert {follow(guide, given).to for given in paths(guide, {})} == {"mrc", "environnement"}


@pytest.mark.parametrize(
    ("slug", "answers", "outcome"),
    [
        ("piscine", NEW | {"genre": "creusee"}, "required"),
        ("piscine", NEW | {"genre": "hors-terre", "profondeur": "plus"}, "required"),
        ("piscine", NEW | {"genre": "souple", "profondeur": "plus"}, "required"),
        ("piscine", NEW | {"genre": "souple", "profondeur": "moins"}, "not-required"),
        ("piscine", NEW | {"genre": "hors-terre", "profondeur": UNKNOWN}, "planning"),
        ("piscine", NEW | {"genre": "spa", "contenance": "petit"}, "not-required"),
        ("piscine", NEW | {"genre": "spa", "contenance": "grand"}, "required"),
        ("piscine", {"terrain": "aucune", "projet": "autour"}, "required"),
        ("piscine", {"terrain": "aucune", "projet": "deja"}, "planning"),
        ("piscine", {"terrain": "coin", "projet": "installer", "genre": "spa", "contenance": "petit"}, "planning"),
        ("abri-permanent", {"terrain": "aucune", "genre": "permanent", "projet": "construire"}, "required"),
        ("abri-permanent", {"terrain": "aucune", "genre": "permanent", "projet": "fermer"}, "planning"),
        ("abri-permanent", {"terrain": "aucune", "genre": "hiver"}, "planning"),
        ("cabanon-unifamilial", BUILD | {"autre": "non"}, "required"),
        ("cabanon-unifamilial", BUILD | {"autre": "oui"}, "planning"),
        ("cabanon-jumele", BUILD | {"voisin": "accord"}, "required"),
        ("cabanon-jumele", BUILD | {"voisin": "sans"}, "planning"),
        ("garage-detache", BUILD | {"usage": "maison"}, "required"),
        ("garage-detache", BUILD | {"usage": "logement"}, "planning"),
        ("gazebo", {"terrain": "aucune", "genre": "ferme", "pres": "non"}, "required"),
        ("gazebo", {"terrain": "aucune", "genre": "ferme", "pres": "piscine"}, "planning"),
        ("amenagement-terrain", {"terrain": "aucune", "projet": "abattre"}, "required"),
        ("amenagement-terrain", {"terrain": "aucune", "projet": "cloture"}, "planning"),
        ("remblai-deblai", {"terrain": "aucune", "travail": "niveau", "eau": "non"}, "required"),
        ("remblai-deblai", {"terrain": "aucune", "travail": "niveau", "eau": "oui"}, "planning"),
    ],
)
def test_permit(guides: dict[str, Guide], slug: str, answers: dict[str, str], outcome: str) -> None:
    assert follow(guides[slug], answers).outcome == outcome


@pytest.mark.parametrize(
    ("slug", "answers", "outcome", "to"),
    [
        ("assermentation", {"papier": "voyage", "langue": "oui"}, "desk", "sac"),
        ("assermentation", {"papier": "declaration", "langue": "oui"}, "desk", "sac"),
        ("assermentation", {"papier": "invitation", "langue": "signe"}, "clerk", "greffe"),
        ("assermentation", {"papier": "vie", "langue": "autre"}, "outside", "justice"),
        ("assermentation", {"papier": "copie"}, "outside", "notaires"),
        ("assermentation", {"papier": "procuration"}, "outside", "notaires"),
        ("assermentation", {"papier": UNKNOWN}, "clerk", ""),
        ("authentification", {"papier": "ville"}, "clerk", "greffe"),
        ("authentification", {"papier": "declaration"}, "desk", "sac"),
        ("authentification", {"papier": "etat-civil", "usage": "ici"}, "outside", "etat-civil"),
        ("authentification", {"papier": "etat-civil", "usage": "pays"}, "outside", "justice"),
        ("authentification", {"papier": "autre", "usage": "ici"}, "outside", "notaires"),
    ],
)
def test_papers(guides: dict[str, Guide], slug: str, answers: dict[str, str], outcome: str, to: str) -> None:
    followed = follow(guides[slug], answers)
    assert (followed.outcome, followed.to) == (outcome, to)


def test_a_norm_that_may_not_be_told_sends_to_planning(guides: dict[str, Guide]) -> None:
    answers = NEW | {"genre": "souple", "profondeur": "moins"}
    followed = follow(guides["piscine"], answers, untold=("piscine.profondeur",))
    assert (followed.outcome, followed.reason) == ("planning", "fact")
    # a pool dug in the ground does not rest on that norm
    assert follow(guides["piscine"], NEW | {"genre": "creusee"}, untold=("piscine.profondeur",)).outcome == "required"


def test_only_what_is_asked_counts(guides: dict[str, Guide]) -> None:
    followed = follow(guides["piscine"], NEW | {"genre": "creusee", "profondeur": "moins", "autre": "x"})
    assert followed.outcome == "required" and "profondeur" not in followed.asked
    assert follow(guides["piscine"], NEW | {"genre": "soucoupe"}).open == ("genre",)


# --- Over the database ---------------------------------------------------------------------------------------------


@pytest.fixture
def loaded(sample_town: None, db: None, settings: Settings) -> None:
    settings.PARVIS_NOW = SAMPLE_MOMENT
    settings.PARVIS_DEMO = False


def test_a_permit_is_answered_with_its_norms_its_documents_and_who_decides(loaded: None) -> None:
    computed = permit("piscine", NEW | {"genre": "spa", "contenance": "grand"})
    text = computed.words("fr")
    assert "un permis est nécessaire" in text.short and "2 000 L" in quebec.plain(text.notes[0])
    assert "ne dit jamais qu’un projet est conforme" in text.notes[1]
    assert "Plan d’implantation avec les distances" in text.documents
    rows = {row.label: quebec.plain(row.value) for row in text.rows}
    assert rows["Qui s’en occupe"] == "Urbanisme et développement durable"
    assert rows["Hauteur minimale de l’enceinte"] == "1,2 m"
    assert rows["Tarif du permis de piscine"] == "à vérifier" and "50 $" not in rows.values()
    assert "Tarif du permis de piscine" in text.checks[0]
    assert computed.words("en").short.startswith("By your answers, a permit is required")
    assert computed.inputs == {"subject": "piscine", "answers": NEW | {"genre": "spa", "contenance": "grand"}}


def test_what_the_regulation_leaves_out_is_not_given_its_norms_nor_the_fee_of_a_permit(loaded: None) -> None:
    small = permit("piscine", NEW | {"genre": "spa", "contenance": "petit"})
    rows = {row.label: quebec.plain(row.value) for row in small.words("fr").rows}
    assert rows == {
        "D’après vos réponses": "Aucun permis n’est nécessaire",
        "Spa exclu du règlement jusqu’à": "2 000 L",
    }
    assert small.words("fr").checks == ()


def test_who_looks_at_it_is_the_one_who_is_named(loaded: None) -> None:
    text = permit("milieu-riverain", {"travail": "quai"}).words("fr")
    assert quebec.plain(text.short).endswith("Qui s’en occupe : Environnement.")
    assert not any("Urbanisme" in row.value for row in text.rows)


def test_a_norm_that_lapsed_is_no_longer_a_ground(loaded: None) -> None:
    answers = NEW | {"genre": "souple", "profondeur": "moins"}
    assert permit("piscine", answers).result.followed.outcome == "not-required"
    Fact.objects.filter(key="piscine.profondeur").update(valid_to=date(2026, 11, 23))
    bump_edition()
    computed = permit("piscine", answers)
    assert computed.result.followed.outcome == "planning"
    assert "60 cm" not in quebec.plain(computed.words("fr").notes[0])


def test_papers_give_the_right_door(loaded: None) -> None:
    computed = papers("authentification", {"papier": "etat-civil", "usage": "ici"})
    assert (
        computed.result.external_body is not None
        and computed.result.external_body.website == "https://www.etatcivil.gouv.qc.ca"
    )
    assert any("état civil" in row.value for row in computed.words("fr").rows)


def test_what_is_brought_to_the_town_is_not_asked_for_someone_elses_counter(loaded: None) -> None:
    theirs = papers("authentification", {"papier": "etat-civil", "usage": "ici"}).words("fr")
    ours = papers("authentification", {"papier": "ville"}).words("fr")
    assert (theirs.documents, "Pièce d’identité avec photo" in ours.documents) == ((), True)
    assert {row.label for row in ours.rows} - {row.label for row in theirs.rows} == {"Prix maximal d’un serment"}
    free = permit("piscine", NEW | {"genre": "souple", "profondeur": "moins"}).words("fr")
    assert free.documents == () and "aucun permis n’est" in free.short


def test_questions_are_asked_in_both_languages_with_a_way_not_to_know(loaded: None) -> None:
    questions = questions_of("piscine", NEW | {"genre": "souple"}, "en")
    last = questions[-1]
    assert (last.key, last.answer, len(questions)) == ("profondeur", "", 4)
    assert [quebec.plain(words) for _value, words in last.choices] == [
        "Less than 60 cm",
        "60 cm or more",
        "I do not know",
    ]


def test_a_guide_that_does_not_exist_is_refused(loaded: None) -> None:
    assert has_guide("piscine") and not has_guide("mutation")
    for slug in ("mutation", "assermentation"):
        with pytest.raises(NotFound):
            permit(slug, {})
