"""The history of contacts: the exact words, the promises and their outcome, and the facts that changed since."""

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils.dateparse import parse_datetime
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.cases.models import Case
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.citizen.citizen import not_fixed, reply, withdraw
from parvis.apps.cases.services.citizen.opinions import give_opinion
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import Nature
from parvis.apps.content.models import Answer, Fact
from parvis.apps.content.queries.answers import render
from parvis.apps.directory.models import AccessLogEntry, Actor, User
from parvis.apps.intake.channels import Arrival
from parvis.apps.intake.services import contacts, matters, requests
from parvis.apps.mail.models import Outgoing
from parvis.apps.newsletter.services.subscribing import Origin, Wanted, enrol
from parvis.apps.residents.models import Person
from parvis.apps.residents.services.people import Newcomer
from parvis.lib import clock
from tests.content.makers import make_fact, publish_answer
from tests.factories import SmallTown, make_person, unique

TUESDAY = "2026-11-24T10:00:00-05:00"
SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _tuesday(settings: Settings) -> None:
    settings.PARVIS_NOW = TUESDAY


@pytest.fixture
def answer(town: SmallTown) -> Answer:
    make_fact("cabanon.tarif", town.planning)
    make_fact("cabanon.aire", town.planning, kind=Fact.Kind.AREA, value=15, label_fr="Aire sans permis")
    words = "Le permis coûte {fact:cabanon.tarif}, au-delà de {fact:cabanon.aire}."
    return publish_answer(town.shed, town.planning, short_fr=words, short_en="The permit costs {fact:cabanon.tarif}.")


@pytest.fixture
def person(town: SmallTown) -> Person:
    return make_person(email="jeanne@exemple.ca")


def tell(town: SmallTown, answer: Answer, person: Person, lang: str = "fr") -> None:
    """A call in which an agent gave the answer."""
    contact = contacts.receive(Arrival(channel="phone", key=unique("call"), by=Actor.staff(town.agent)))
    contacts.identify(contact_id=contact.pk, person=person, by=town.agent)
    rendered = render(answer, lang)
    given = matters.GivenAnswer(answer, rendered.short.plain, lang, rendered.given_facts, {})
    settled = matters.MatterInput(
        contact_id=contact.pk, key=unique("matter"), by=town.agent, words="cabanon 10x12", subject=town.shed,
        finish=True,
    )  # fmt: skip
    matters.settle_answered(settled, given)


def opened(town: SmallTown, person: Person) -> Case:
    new_case = NewCase(
        key=unique(), subject=town.streetlight, nature=Nature.REQUEST, channel="phone", words="Il fait noir.",
        address=town.address, person=person,
    )  # fmt: skip
    return open_case(new_case, by=Actor.staff(town.agent)).case


def last_seq(case: Case) -> int:
    return Case.objects.values_list("seq", flat=True).get(pk=case.pk)


def new_value(key: str, value: int) -> None:
    """Changes the value of a fact, as an editor does."""
    old = Fact.objects.get(key=key, replaced_at=None)
    old.replaced_at = clock.now()
    old.save()
    make_fact(key, old.owner, kind=old.kind, value=value, label_fr=old.label_fr, label_en=old.label_en)


def words(response: object) -> str:
    page = html.unescape(response.content.decode()).replace("\u00a0", " ")  # type: ignore[attr-defined]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page[page.index("<main") : page.index("</main>")]))


def whole_page(client: Client, run_jobs: Callable[[], int], email: str = "jeanne@exemple.ca") -> str:
    """The whole history, through the link sent by e-mail."""
    client.post("/suivi/tout/", {"email": email})
    run_jobs()
    link = re.search(r"/suivi/tout/[^/\s]+/", Outgoing.objects.get(renderer__endswith=".told").text)
    assert link
    return words(client.get(link[0]))


def test_what_was_told_and_what_is_true_today_stand_side_by_side(
    client: Client, town: SmallTown, answer: Answer, person: Person, run_jobs: Callable[[], int]
) -> None:
    tell(town, answer, person)
    new_value("cabanon.tarif", 5000)
    page = whole_page(client, run_jobs)
    assert "Le permis coûte 42,50 $, au-delà de 15 m²." in page, "the very words"
    assert "1 fait a changé depuis" in page
    assert "Dit le mar. 24 nov. 42,50 $ Aujourd’hui 50 $" in page
    assert "1 fait à l’appui, inchangé depuis Aire sans permis 15 m²" in page
    assert "cabanon 10x12" in page and "Alice Cote" in page


def test_a_fact_that_lapsed_since_has_no_value_today(
    client: Client, town: SmallTown, answer: Answer, person: Person, run_jobs: Callable[[], int]
) -> None:
    tell(town, answer, person)
    Fact.objects.filter(key="cabanon.tarif").update(valid_to="2026-11-23")
    assert "42,50 $ Aujourd’hui à vérifier : demandez-nous" in whole_page(client, run_jobs)


def test_the_same_value_verified_again_is_no_change(
    client: Client, town: SmallTown, answer: Answer, person: Person, run_jobs: Callable[[], int]
) -> None:
    tell(town, answer, person)
    new_value("cabanon.tarif", 4250)
    page = whole_page(client, run_jobs)
    assert "fait a changé" not in page and "2 faits à l’appui, inchangés depuis" in page


def test_an_answer_stays_in_the_language_in_which_it_was_given(
    client: Client, town: SmallTown, answer: Answer, person: Person, run_jobs: Callable[[], int]
) -> None:
    tell(town, answer, person, "en")
    new_value("cabanon.tarif", 5000)
    page = whole_page(client, run_jobs)
    assert "The permit costs $42.50." in page and "Today $50" not in page and "Aujourd’hui $50" in page


def test_the_promise_and_its_whole_history(client: Client, town: SmallTown, person: Person, settings: Settings) -> None:
    case = opened(town, person)
    handling.ask(case_id=case.pk, words="Quel poteau?", by=town.technician)
    reply(case_id=case.pk, words="Le H-22.", by=Actor.citizen())
    day = parse_datetime(TUESDAY).date() + timedelta(days=14)  # type: ignore[union-attr]
    handling.new_date(case_id=case.pk, due=day, words="La pièce manque.", by=town.technician)
    settings.PARVIS_NOW = "2026-12-11T10:00:00-05:00"
    handling.close(case_id=case.pk, reason="done", words="Réparé.", by=town.technician)
    give_opinion(case_id=case.pk, closing=last_seq(case), solved=True, mark=4, words="Enfin!")
    page = words(client.get(f"/suivi/{case.secret}/tout/"))
    assert "Avis donné : réglé, service 4 sur 5 Enfin!" in page
    assert "Promis d’ici le mardi 1er décembre 2026" in page, "the first promise"
    assert "Promis d’ici le mardi 8 décembre 2026" in page and "La pièce manque." in page, "the new one"
    assert "La promesse attend" in page, "the pause"
    assert "Promesse non tenue : en retard de 3 jours ouvrables" in page


def test_a_request_reopened_shows_the_date_promised_anew_even_when_it_is_the_same(
    client: Client, town: SmallTown, person: Person
) -> None:
    case = opened(town, person)
    handling.close(case_id=case.pk, reason="done", words="Réparé.", by=town.technician)
    not_fixed(case_id=case.pk, words="Il fait encore noir.", by=Actor.citizen())
    page = words(client.get(f"/suivi/{case.secret}/tout/"))
    assert page.count("Promis d’ici le mardi 1er décembre 2026") == 2


def test_words_added_unasked_are_no_reply(client: Client, town: SmallTown, person: Person) -> None:
    case = opened(town, person)
    reply(case_id=case.pk, words="Le poteau est en bois.", by=Actor.citizen())
    handling.ask(case_id=case.pk, words="Quel poteau?", by=town.technician)
    reply(case_id=case.pk, words="Le H-22.", by=Actor.citizen())
    reply(case_id=case.pk, words="Il penche aussi.", by=Actor.citizen())
    page = words(client.get(f"/suivi/{case.secret}/tout/"))
    headed = re.findall(r"(Réponse|Ajout) du citoyen.*?(Le poteau est en bois|Le H-22|Il penche aussi)", page)
    assert headed == [("Ajout", "Le poteau est en bois"), ("Réponse", "Le H-22"), ("Ajout", "Il penche aussi")]


def test_whoever_withdrew_their_request_is_spoken_to_and_the_agent_is_told_of_the_citizen(
    client: Client, town: SmallTown, person: Person, signed_in: SignIn, run_jobs: Callable[[], int]
) -> None:
    case = opened(town, person)
    withdraw(case_id=case.pk, by=Actor.citizen())
    for page in (words(client.get(f"/suivi/{case.secret}/tout/")), whole_page(client, run_jobs)):
        assert "Vous avez retiré votre requête" in page and "par le citoyen" not in page
    desk = words(signed_in(town.agent).get(f"/desk/cases/{case.reference}/history/"))
    assert "Close : retirée par le citoyen" in desk and "Vous avez retiré" not in desk


def test_behind_the_link_of_a_request_only_what_concerns_it(
    client: Client, town: SmallTown, answer: Answer, person: Person
) -> None:
    tell(town, answer, person)
    case, other = opened(town, person), opened(town, person)
    handling.note(case_id=case.pk, words="Dame difficile.", by=town.technician)
    page = words(client.get(f"/suivi/{case.secret}/tout/"))
    assert case.reference in page and "Il fait noir." in page
    assert other.reference not in page and "42,50" not in page and "difficile" not in page
    assert client.get(f"/suivi/{'x' * 22}/tout/").status_code == 404


def test_what_colleagues_write_to_each_other_stays_in_the_house(
    client: Client, town: SmallTown, person: Person, signed_in: SignIn
) -> None:
    case = opened(town, person)
    handling.wait(case_id=case.pk, words="Le fournisseur nous boude.", by=town.technician)
    handling.resume(case_id=case.pk, words="Enfin livré.", by=town.technician)
    handling.pass_on(case_id=case.pk, department=town.planning, words="Ils n’ont rien compris.", by=town.technician)
    for page in (
        words(client.get(f"/suivi/{case.secret}/tout/")),
        words(client.get(f"/suivi/{case.secret}/")),
        words(signed_in(town.agent).get(f"/desk/cases/{case.reference}/history/")),
    ):
        assert case.reference in page and "Il fait noir." in page
        for word in ("boude", "livré", "compris"):
            assert word not in page
    assert "La promesse attend" in words(client.get(f"/suivi/{case.secret}/tout/")), "what happened is told"


def test_the_page_says_the_same_of_a_mailbox_that_is_not_known(
    client: Client, person: Person, run_jobs: Callable[[], int]
) -> None:
    known = client.post("/suivi/tout/", {"email": " Jeanne@Exemple.ca "})
    stranger = client.post("/suivi/tout/", {"email": "personne@exemple.ca"})
    assert words(known) == words(stranger) and known.status_code == stranger.status_code == 200
    run_jobs()
    assert [outgoing.to for outgoing in Outgoing.objects.all()] == ["jeanne@exemple.ca"]


def test_the_link_is_good_for_an_hour_and_only_as_it_was_sent(
    client: Client, town: SmallTown, person: Person, run_jobs: Callable[[], int], settings: Settings
) -> None:
    client.post("/suivi/tout/", {"email": person.email})
    run_jobs()
    match = re.search(r"/suivi/tout/([^/\s]+)/", Outgoing.objects.get().text)
    assert match
    response = client.get(match[0])
    assert response.status_code == 200 and "noindex" in response["X-Robots-Tag"]
    assert client.get(f"/suivi/tout/{match[1][:-2]}aa/").status_code == 404
    settings.PARVIS_NOW = "2026-11-24T10:59:00-05:00"
    assert client.get(match[0]).status_code == 200
    settings.PARVIS_NOW = "2026-11-24T11:00:00-05:00"
    late = client.get(match[0])
    assert late.status_code == 404 and "n’ouvre plus rien" in words(late)


def test_asking_is_limited(client: Client, person: Person, run_jobs: Callable[[], int]) -> None:
    statuses = [client.post("/suivi/tout/", {"email": person.email}).status_code for _time in range(12)]
    assert statuses[:10] == [200] * 10 and statuses[-1] == 429
    run_jobs()
    assert Outgoing.objects.count() == 3, "three letters an hour to one mailbox"


def test_what_is_no_address_is_refused_beside_the_field(client: Client, town: SmallTown) -> None:
    for typed in ("", "jeanne", "jeanne@"):
        response = client.post("/suivi/tout/", {"email": typed})
        assert response.status_code == 422 and 'aria-invalid="true"' in response.content.decode()


def test_the_agent_reads_the_same_page_and_it_is_kept(
    client: Client, town: SmallTown, answer: Answer, person: Person, signed_in: SignIn, run_jobs: Callable[[], int]
) -> None:
    tell(town, answer, person)
    opened(town, person)
    new_value("cabanon.tarif", 5000)
    seen = words(signed_in(town.agent).get(f"/desk/people/{person.pk}/history/"))
    citizen = whole_page(client, run_jobs)
    common = citizen[citizen.index("1 fait a changé") :].strip()
    assert common in seen
    assert AccessLogEntry.objects.filter(user=town.agent, subject="person", subject_id=person.pk).exists()


def test_someone_of_another_department_does_not_read_the_cases_that_are_not_theirs(
    town: SmallTown, person: Person, signed_in: SignIn
) -> None:
    case = opened(town, person)
    planner = signed_in(town.planner)
    assert case.reference not in words(planner.get(f"/desk/people/{person.pk}/history/"))
    assert planner.get(f"/desk/cases/{case.reference}/history/").status_code == 404
    technician = signed_in(town.technician)
    assert case.reference in words(technician.get(f"/desk/cases/{case.reference}/history/"))
    assert AccessLogEntry.objects.filter(user=town.technician, subject="case", subject_id=case.pk).exists()


def test_the_words_of_a_request_of_another_department_are_not_read_through_its_contact(
    town: SmallTown, signed_in: SignIn
) -> None:
    rose, said = Newcomer(name="Rose Aubé", email="rose@exemple.ca"), "Mon voisin bâtit sans permis."
    request = requests.NewRequest(unique("web"), town.shed, nature=Nature.REQUEST, words=said, newcomer=rose)
    case = requests.open_request(request).case
    address = f"/desk/people/{case.person_id}/history/"
    assert said in words(signed_in(town.agent).get(address))
    seen = words(signed_in(town.technician).get(address))
    assert said not in seen and case.reference not in seen


def test_someone_new_reads_that_nothing_was_said(town: SmallTown, person: Person, signed_in: SignIn) -> None:
    assert "Rien n’a encore été dit" in words(signed_in(town.agent).get(f"/desk/people/{person.pk}/history/"))


@pytest.mark.parametrize("number", [1, 50])
def test_the_page_costs_the_same_at_1_and_50(
    town: SmallTown, answer: Answer, person: Person, signed_in: SignIn, number: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    for _time in range(number):
        tell(town, answer, person)
    for _time in range(min(number, 10)):
        opened(town, person)
    agent = signed_in(town.agent)
    agent.get(f"/desk/people/{person.pk}/history/")
    with django_assert_max_num_queries(16):
        agent.get(f"/desk/people/{person.pk}/history/")


def test_it_also_tells_what_one_is_subscribed_to_even_without_a_file(
    town: SmallTown, run_jobs: Callable[[], int]
) -> None:
    origin = Origin("counter", words="oui", evidence="oui", clerk=town.agent)
    enrol(channel="email", target="abonne@exemple.ca", language="fr", wanted=Wanted(news=True), origin=origin)
    Client().post("/suivi/tout/", {"email": "abonne@exemple.ca"})
    run_jobs()
    link = re.search(r"/suivi/tout/\S+/", Outgoing.objects.get().text)
    assert link
    page = html.unescape(Client().get(link[0]).content.decode())
    assert "L’infolettre" in page and "consentement donné" in page and "/abonnement/" in page
