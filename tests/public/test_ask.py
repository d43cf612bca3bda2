"""The home page: a question in ordinary words gets its answer, or someone to ask."""

import html
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.cases.models import Case, Entry, State
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import ExampleQuestion, Nature, Subject
from parvis.apps.content.models import Danger, DisambiguationGroup
from parvis.apps.content.services.content import bump_edition
from parvis.apps.directory.models import Actor, Department
from parvis.apps.matching.queries.suggesting import forget
from parvis.lib import ttl_cache
from parvis.lib.ids import make_reference
from parvis.operations.town.load import load
from tests.content.makers import publish_answer
from tests.counting import statements
from tests.factories import SmallTown, make_subject, unique
from tests.public.makers import shed_answer, words

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _tuesday(settings: Settings) -> None:
    settings.PARVIS_NOW = NOW.isoformat()


def learn(subject: Subject, *texts: str, language: str = "fr") -> None:
    """Adds example questions to a subject."""
    for text in texts:
        ExampleQuestion.objects.create(subject=subject, language=language, text=text)
    bump_edition()


@pytest.fixture
def shed(town: SmallTown) -> Subject:
    shed_answer(town)
    learn(town.shed, "permis de cabanon de jardin", "construire une remise")
    learn(town.shed, "permit for a garden shed", language="en")
    return town.shed


def test_a_question_is_answered_at_once_with_what_it_rests_on_and_what_to_do_next(
    client: Client, shed: Subject, settings: Settings
) -> None:
    page = words(client, "/?q=permis+de+cabanon+de+jardin")
    assert "Cabanon de jardin" in page and "Il coûte <b>42,50 $</b>." in page
    assert "Règlement sur les tarifs" in page and "vérifié le 12 janvier 2026" in page and "31 décembre 2026" in page
    for expected in ("Dessinez", "Certificat de localisation", "https://exemple.ca/permis", "Bord de l’eau", "911"):
        assert expected in page
    assert "/demande/cabanon/?q=permis+de+cabanon+de+jardin" in page
    assert f'<link rel="canonical" href="{settings.PARVIS_URL}/reponses/cabanon/">' in page


@pytest.mark.parametrize("typed", ["{}", "ma requête {}?", "où en est la demande no {}"])
def test_the_number_of_a_request_leads_to_where_it_is_followed(client: Client, town: SmallTown, typed: str) -> None:
    case = open_case(
        NewCase(key=unique(), subject=town.pothole, nature="request", channel="web", words="x", address=town.address),
        by=Actor.citizen(),
    )
    known = case.case.reference
    year, number, letter = known.split("-")
    wrong = f"{year}-{int(number) + 1:04d}-{letter}"  # nobody was given it, and its letter is not the right one
    never = make_reference(2026, 4321)
    spelled = [
        known,
        known.lower(),
        known.replace("-", " "),
        f"20{known}",
        f"{number} {letter.lower()}",
        f"{number}{letter}",
    ]
    for number_typed, meant in [*((one, known) for one in spelled), (wrong, wrong), (never, never)]:
        led = client.get("/", {"q": typed.format(number_typed)})
        assert (led.status_code, led["Location"]) == (302, f"/suivi/?reference={meant}"), number_typed
        [option] = re.findall(r'data-url="([^"]+)"', words(client, f"/propositions/?q={typed.format(number_typed)}"))
        assert option == f"/suivi/?reference={meant}"
    pages = [words(client, f"/suivi/?reference={meant}") for meant in (known, wrong, never)]
    assert f'value="{known}"' in pages[0] and 'name="code"' in pages[0]
    assert len({page.replace(known, never).replace(wrong, never) for page in pages}) == 1, (
        "nothing tells which one exists"
    )
    framed = words(client, f"/integre/question/?langue=en&q={known}")
    assert f'href="/suivi/?reference={known}&amp;langue=en"' in framed.replace("&langue", "&amp;langue")
    assert client.get("/", {"q": f"le trou de la rue du Quai, {known}, est revenu"}).status_code == 200


def test_the_answer_comes_in_the_language_of_the_page_and_the_other_is_offered(client: Client, shed: Subject) -> None:
    page = words(client, "/?q=permit+for+a+garden+shed")
    assert "Il faut un permis" in page and "Read the answer in English" in page
    page = words(client, "/?langue=en&q=permit+for+a+garden+shed")
    assert "You need a permit. It costs <b>$42.50</b>." in page and "Did you get your answer?" in page


def test_outside_the_demonstration_an_example_is_never_shown_as_a_value(
    client: Client, shed: Subject, settings: Settings
) -> None:
    assert "15 m²" in words(client, "/reponses/cabanon/")
    settings.PARVIS_DEMO = False
    forget()
    for path in ("/?q=permis+de+cabanon+de+jardin", "/reponses/cabanon/"):
        page = words(client, path)
        assert "15 m²" not in page and "Personne ne l’a encore vérifié" in page and "42,50 $" in page


def test_words_that_fit_several_subjects_give_choices_and_a_way_to_send_them(client: Client, town: SmallTown) -> None:
    learn(town.pothole, "réparer la rue devant chez moi")
    learn(town.streetlight, "réparer la lumière de la rue")
    page = words(client, "/?q=réparer+la+rue")
    assert "Est-ce l’un de ces sujets?" in page
    assert "/demande/nid-de-poule/?q=r%C3%A9parer+la+rue" in page and "/demande/lampadaire/?q=" in page
    assert 'href="/demande/?q=r%C3%A9parer+la+rue"' in page


def test_what_nobody_wrote_an_answer_to_is_said_calmly_and_may_be_sent(client: Client, shed: Subject) -> None:
    page = words(client, "/?q=xylophone+quantique")
    assert "Nous n’avons pas de réponse toute prête" in page
    assert '<meta name="robots" content="noindex">' in page
    assert 'href="/demande/?q=xylophone+quantique"' in page and ">xylophone quantique</textarea>" in page


@pytest.mark.parametrize("asked", ["", "   ", "%20"])
def test_asking_nothing_says_what_to_do(client: Client, shed: Subject, asked: str) -> None:
    page = words(client, f"/?q={asked}")
    assert "Écrivez quelques mots, puis demandez." in page and "Par sujet" in page


def test_a_long_text_is_read_from_its_beginning_and_it_is_said(client: Client, shed: Subject) -> None:
    notice = "les 2\u00a0000 premiers caractères"
    for long in (4000, 2000):  # the field stops at 2,000 characters: the server never sees the rest
        question = ("permis de cabanon de jardin " + "bla " * 1000)[:long]
        page = html.unescape(client.get("/", {"q": question}).content.decode())
        assert "Cabanon de jardin" in page and notice in page and 'maxlength="2000"' in page
    short = html.unescape(client.get("/", {"q": "permis de cabanon de jardin " + "bla " * 400}).content.decode())
    assert "Cabanon de jardin" in short and notice not in short


def test_the_question_that_tells_siblings_apart_is_in_the_language_of_the_page_with_its_answers_first(
    client: Client, town: SmallTown
) -> None:
    learn(town.pothole, "fix my street please", language="en")
    learn(town.streetlight, "fix my street light", language="en")
    DisambiguationGroup.objects.create(
        name="rue", question_fr="La chaussée ou la lumière?", question_en="The road or the light?",
        choices=[{"slug": each.slug, "fr": each.slug, "en": each.slug} for each in (town.streetlight, town.pothole)],
    )  # fmt: skip
    forget()
    page = words(client, "/?q=fix+my+street")
    assert "La chaussée ou la lumière?" in page and "The road or the light?" not in page
    assert page.index("/demande/lampadaire/?q=") < page.index("/demande/nid-de-poule/?q=")
    assert "Read this page in English" in page


def test_the_other_language_is_not_offered_where_there_is_nothing_to_read(client: Client, shed: Subject) -> None:
    for question in ("a", "🚧", "1234567"):
        assert "Lire " not in words(client, "/", data={"q": question, "langue": "en"})


def test_words_typed_are_shown_as_words(client: Client, shed: Subject) -> None:
    page = client.get("/", {"q": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert" not in page


def test_danger_comes_before_everything(client: Client, shed: Subject) -> None:
    Danger.objects.create(words_fr=["le feu"], words_en=["on fire"], say_fr="Dites 911.", say_en="Say 911.")
    bump_edition()
    page = words(client, "/?q=il+y+a+le+feu+dans+le+cabanon")
    assert page.index('role="alert"') < page.index("<main") and 'href="tel:911"' in page


def test_under_a_danger_the_page_shows_its_help_and_nothing_else_until_nobody_is_in_danger(
    client: Client, shed: Subject
) -> None:
    question = "faut-il un permis de cabanon, ma mère fait un AVC"
    page = words(client, "/", data={"q": question})
    assert 'href="tel:911"' in page and "Cabanon" not in page and "/demande/?q=" not in page
    assert "Une fois tout le monde en sécurité" in page
    after = words(client, "/", data={"q": question, "sauf": "1"})
    assert "Cabanon" in after and 'role="alert"' not in after
    assert after.index('href="tel:911"') < after.index("<h1"), "a caution comes before the answer"


def test_a_fear_of_what_may_come_is_answered_with_a_caution_first(client: Client, shed: Subject) -> None:
    page = words(client, "/", data={"q": "mon cabanon: qui appeler si jamais ça sent le gaz"})
    assert 'role="alert"' not in page
    assert page.index('href="tel:911"') < page.index("<h1") and page.count('class="p911"') == 1


def test_while_a_danger_is_typed_only_the_numbers_to_call_are_proposed(client: Client, shed: Subject) -> None:
    page = words(client, "/propositions/", data={"q": "cabanon, mon enfant a bu de l'eau de Javel"})
    assert page.count('role="option"') == 2
    assert page.index('data-url="tel:911"') < page.index('data-url="tel:+18004635060"')


def test_what_is_not_the_town_s_gives_the_right_door(client: Client, town: SmallTown) -> None:
    noise = make_subject("bruit", town.police, title="Bruit la nuit", external_body=town.police, routable=False)
    learn(noise, "mon voisin fait du bruit la nuit")
    page = words(client, "/?q=mon+voisin+fait+du+bruit+la+nuit")
    assert "relève de l’organisme suivant" in page and "Police" in page and "418 555-0199" in page


def test_the_field_proposes_while_one_types(client: Client, shed: Subject) -> None:
    page = words(client, "/propositions/?q=cabanon")
    assert 'data-url="/reponses/cabanon/"' in page and 'data-url="/demande/?q=cabanon"' in page
    assert 'role="option"' not in words(client, "/propositions/?q=")


def make_closed(subject: Subject, department: Department, count: int, *, late: int = 0, moved: int = 0) -> None:
    """`count` requests closed a month ago, of which `late` after their date and `moved` with a new date."""
    opened, due = NOW - timedelta(days=40), NOW - timedelta(days=30)
    for number in range(count):
        closed = due + timedelta(days=1 if number < late else -1)
        case = Case.objects.create(
            reference=unique("26"), key=unique(), subject=subject, department=department, nature=Nature.REQUEST,
            channel="web", state=State.CLOSED, closing_reason="done", promise="5d", opened_at=opened, due_at=due,
            closed_at=closed, changed_at=closed,
        )  # fmt: skip
        if late <= number < late + moved:
            Entry.objects.create(case=case, seq=2, kind=Entry.Kind.PROMISED, at=opened, body_hash="x", hash="x")


def test_each_kind_of_request_tells_its_promise_and_how_often_it_was_kept(client: Client, town: SmallTown) -> None:
    make_closed(town.pothole, town.works, 20, late=2, moved=1)
    make_closed(town.streetlight, town.works, 9)
    page = words(client, "/")
    assert "Tenue 8 fois sur 10 depuis un an." in page and page.count("depuis un an") == 1
    assert "<b>5</b> jours ouvrables" in page
    make_closed(town.streetlight, town.works, 1)
    ttl_cache.forget_all()
    assert "Tenue chaque fois depuis un an." in words(client, "/")


def test_each_subject_tells_the_next_date_that_counts(client: Client, shed: Subject, settings: Settings) -> None:
    assert 'Dépôt des plans, <time datetime="2027-03-16">16 mars 2027</time>' in words(client, "/")
    settings.PARVIS_NOW = "2027-03-17T09:00:00-04:00"
    forget()
    assert "Dépôt des plans" not in words(client, "/")


def queries_of(client: Client, path: str) -> int:
    with statements() as seen:
        assert client.get(path).status_code == 200
    return len(seen)


@pytest.mark.parametrize("path", ["/", "/?q=permis+de+cabanon+de+jardin", "/reponses/", "/reponses/cabanon/"])
def test_a_page_costs_the_same_with_one_subject_and_with_fifty(
    client: Client, shed: Subject, town: SmallTown, path: str
) -> None:
    queries_of(client, path)
    few = queries_of(client, path)
    for number in range(50):
        subject = make_subject(f"sujet-{number}", town.works, title=f"Sujet numéro {number}")
        publish_answer(subject, town.works, facts="cabanon.tarif")
        ExampleQuestion.objects.create(subject=subject, language="fr", text=f"question numéro {number}")
    bump_edition()
    queries_of(client, path)
    assert queries_of(client, path) <= few <= 2


QUESTIONS = {
    "towns/carignan": ("combien coûte un permis de piscine", "piscine", "recycling bins", "collectes"),
    "tests/towns/val-des-aulnes": ("cabanon jumelé permis", "cabanon-jumele", "snow parking at night", "deneigement"),
}


@pytest.mark.parametrize(
    "folder", [pytest.param("towns/carignan", marks=pytest.mark.soak("answers")), "tests/towns/val-des-aulnes"]
)
def test_both_towns_answer_in_both_languages(client: Client, db: None, folder: str) -> None:
    load(ROOT / folder, demo=True)
    french, slug, english, other = QUESTIONS[folder]
    for path in ("/", "/reponses/", f"/reponses/{slug}/", f"/reponses/{other}/"):
        for language in ("fr", "en"):
            client.cookies["lang"] = language
            response = client.get(path)
            page = response.content.decode()
            assert response.status_code == 200 and f'lang="{language}-CA"' in page and "{fact:" not in page
    client.cookies["lang"] = "fr"
    assert f'action="/reponses/{slug}/utile/"' in words(client, f"/?q={french}")
    client.cookies["lang"] = "en"
    assert f"/reponses/{other}/" in words(client, f"/?q={english}")
