"""A household on the telephone or at the counter: held, billed, given back, each step to the second."""

import html
import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.billing.models import Invoice
from parvis.apps.directory.models import AccessLogEntry, User
from parvis.apps.households.models import Household
from parvis.apps.leisure.letters import payment_page
from parvis.apps.leisure.models import Cart, Group, LineTicket, Registration, RegistrationEvent
from parvis.apps.leisure.services.lines import plan_rush
from parvis.apps.mail.models import Outgoing
from parvis.lib import ttl_cache
from tests.desk.leisure.made import NOW, child_of, make_activity, make_group, make_home, make_season, put
from tests.factories import SmallTown

SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _the_morning(settings: Settings) -> None:
    settings.PARVIS_NOW = NOW


@pytest.fixture
def agent(town: SmallTown, signed_in: SignIn) -> Client:
    return signed_in(town.agent)


@pytest.fixture
def home(town: SmallTown) -> Household:
    return make_home()


@pytest.fixture
def group(town: SmallTown) -> Group:
    return make_group(make_season())


def text(response: object) -> str:
    page = html.unescape(response.content.decode()).replace("\u00a0", " ")  # type: ignore[attr-defined]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def at(home: Household, rest: str = "") -> str:
    return f"/desk/loisirs/menage/{home.public_id}/{rest}"


def hold(agent: Client, home: Household, group: Group, *names: str, **more: str) -> object:
    people = [child_of(home, name).public_id for name in names]
    return agent.post(
        at(home, "tenir/"), {"people": people, "group": group.slug, "channel": "phone"} | more, follow=True
    )


def test_the_page_says_who_they_are_what_each_has_and_that_the_reading_is_kept(
    agent: Client, home: Household, group: Group
) -> None:
    put(group, home, child_of(home, "Léa"))
    page = text(agent.get(at(home)))
    for words in ("Gagné", "12, rue du Quai", "Résident", "Léa Gagné", "8 ans", "Natation 1", "Louise Gagné"):
        assert words in page, words
    agent.get(at(home))
    assert AccessLogEntry.objects.filter(subject="household", subject_id=home.pk).count() == 1


def test_groups_are_found_by_word_age_and_day_with_the_places_left(
    agent: Client, home: Household, group: Group
) -> None:
    make_group(group.season, "yoga", activity=make_activity("Yoga doux", min_age=18, max_age=None))
    for query in ("q=natation", "age=8", "day=5&age=6"):
        page = text(agent.get(at(home, f"?{query}")))
        assert "15 places libres" in page and "Yoga doux" not in page, query
    assert "Aucun groupe ne convient" in text(agent.get(at(home, "?q=judo")))


def test_the_agent_holds_two_places_together_puts_off_the_end_and_gives_one_back(
    agent: Client, home: Household, group: Group, town: SmallTown
) -> None:
    answer = hold(agent, home, group, "Léa", "Émile", together="on")
    assert "2 places retenues." in text(answer) and "9 h 20" in text(answer)
    event = RegistrationEvent.objects.filter(what="held").first()
    assert event and event.by == town.agent and event.channel == "phone"
    agent.post(at(home, "prolonger/"), {"channel": "phone"})
    assert "9 h 30" in text(agent.get(at(home)))
    assert "une seule fois" in text(agent.post(at(home, "prolonger/"), follow=True))
    row = Registration.objects.filter(individual=child_of(home, "Léa")).get()
    agent.post(at(home, f"rendre/{row.public_id}/"), {"do": "release"})
    assert list(Registration.objects.filter(state="held").values_list("individual__name", flat=True)) == ["Émile Gagné"]


def test_a_double_click_holds_one_place(agent: Client, home: Household, group: Group) -> None:
    """Point 10."""
    for _twice in range(2):
        hold(agent, home, group, "Léa")
    assert Registration.objects.count() == 1 and Cart.objects.count() == 1


def test_the_refusals_are_those_of_the_site(agent: Client, group: Group, home: Household) -> None:
    """Points 6, 11 and 16: not open for them, together or nobody, not of age: told as they are."""
    stranger = make_home("Anne Roy", ("Zoé",), resident=False, phone="+14185550999", email="anne@example.org")
    answer = hold(agent, stranger, group, "Zoé")
    assert answer.status_code == 403 and "15 décembre" in text(answer)  # type: ignore[attr-defined]
    Group.objects.filter(pk=group.pk).update(capacity=1)
    answer = hold(agent, home, group, "Léa", "Émile", together="on")
    assert answer.status_code == 409 and not Registration.objects.exists()  # type: ignore[attr-defined]
    group.activity.min_age = 11
    group.activity.save()
    answer = hold(agent, home, group, "Léa")
    assert answer.status_code == 422 and "Léa" in text(answer)  # type: ignore[attr-defined]


def test_a_full_group_offers_the_nearest_one_and_the_waiting_list(agent: Client, group: Group, home: Household) -> None:
    other = make_home("Anne Roy", ("Zoé",), phone="+14185550999", email="anne@example.org")
    Group.objects.filter(pk=group.pk).update(capacity=1)
    put(group, other, child_of(other, "Zoé"))
    near = make_group(group.season, "natation-1-dimanche", activity=group.activity)
    answer = hold(agent, home, group, "Léa")
    assert answer.status_code == 409  # type: ignore[attr-defined]
    assert f'value="{near.slug}"' in answer.content.decode()  # type: ignore[attr-defined]
    hold(agent, home, group, "Léa", wait="on")
    row = Registration.objects.get(individual=child_of(home, "Léa"))
    assert row.state == "waiting" and "rang 1" in text(agent.get(at(home)))


def test_a_prerequisite_is_set_aside_with_a_reason_that_stays_in_the_steps(
    agent: Client, group: Group, home: Household
) -> None:
    """Point 17."""
    group.activity.prerequisite = make_activity("Natation 0")
    group.activity.save()
    assert hold(agent, home, group, "Léa").status_code == 422  # type: ignore[attr-defined]
    hold(agent, home, group, "Léa", override="Évaluée à la piscine par Inès")
    page = text(agent.get(at(home)))
    assert "Évaluée à la piscine par Inès" in page and "Alice Cote" in page


def test_it_is_billed_to_be_paid_at_the_counter_once(agent: Client, home: Household, group: Group) -> None:
    hold(agent, home, group, "Léa")
    for _twice in range(2):
        agent.post(at(home, "payer/"), {"how": "counter", "channel": "counter"})
    invoice = Invoice.objects.get()
    assert Registration.objects.get().state == "awaiting"
    page = text(agent.get(at(home)))
    assert invoice.number in page and "120 $" in page
    step = RegistrationEvent.objects.filter(what="billed").get()
    assert step.channel == "counter"


def test_the_payment_page_is_sent_by_letter_once_a_try(
    agent: Client, home: Household, group: Group, settings: Settings
) -> None:
    settings.PARVIS_PAYMENTS = "stripe"
    hold(agent, home, group, "Léa")
    answer = agent.post(at(home, "payer/"), {"how": "page", "channel": "phone"}, follow=True)
    assert "louise@example.org" in text(answer)
    invoice = Invoice.objects.get()
    agent.post(at(home, f"envoyer/{invoice.public_id}/"))
    letters = Outgoing.objects.filter(to="louise@example.org")
    letter = letters.get(key__startswith="leisure-pay/")
    attempt = invoice.attempts.get()
    with override("fr"):
        made = payment_page(*letter.args)
    assert f"/paiement/{attempt.secret}/" in made.text and "9 h 20" in made.text.replace("\u00a0", " ")


def test_the_steps_are_shown_to_the_second_and_again_only_when_something_moved(
    agent: Client, home: Household, group: Group
) -> None:
    put(group, home, child_of(home, "Léa"))
    page = agent.get(at(home)).content.decode()
    address = html.unescape(re.search(r'hx-get="([^"]+etapes[^"]+)"', page).group(1))  # type: ignore[union-attr]
    assert "9 h 00 min 00 s" in page.replace("&nbsp;", " ").replace("\u00a0", " ")
    assert agent.get(address).status_code == 204
    hold(agent, home, group, "Émile")
    again = agent.get(address)
    assert again.status_code == 200 and "Émile Gagné" in text(again) and 'hx-swap-oob="true"' in again.content.decode()


def test_a_mother_and_a_father_do_not_see_each_other_here(agent: Client, home: Household, group: Group) -> None:
    father = make_home("Martin Roy", (), phone="+14185550124", email="martin@example.org")
    lea = child_of(home, "Léa")
    father.links.create(individual=lea, role="child", created_at=father.created_at)
    put(group, home, lea)
    page = text(agent.get(at(father)))
    assert "Léa Gagné" in page and "Natation 1" not in page and "Louise" not in page


def test_the_page_costs_the_same_for_many_registrations(
    agent: Client, home: Household, group: Group, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for rank in range(5):
        put(make_group(group.season, f"autre-{rank}"), home, child_of(home, "Léa"))
    agent.get(at(home, "?q=natation"))
    with django_assert_max_num_queries(45):
        agent.get(at(home, "?q=natation"))


def test_nobody_else_opens_the_page_of_a_household(town: SmallTown, signed_in: SignIn, home: Household) -> None:
    for user in (town.technician, town.editor, town.instructor, town.treasurer, town.privacy_officer):
        assert signed_in(user).get(at(home)).status_code == 403
    assert signed_in(town.agent).get("/desk/loisirs/menage/inconnu/").status_code == 404


def test_the_agent_takes_a_place_for_them_in_the_line_and_holds_nothing_before_their_turn(
    agent: Client, home: Household, group: Group, settings: Settings
) -> None:
    """Point 2, by telephone: the same line, the same place, whoever took it."""
    settings.PARVIS_NOW = "2026-12-08T07:00:00-05:00"
    plan_rush(season=group.season, for_residents=True)
    settings.PARVIS_NOW = "2026-12-08T07:30:00-05:00"
    ttl_cache.forget_all()
    assert "n’y a pas encore de place" in text(agent.get(at(home)))
    agent.post(at(home, "file/"), {"channel": "phone"})
    answer = agent.post(at(home, "file/"), {"channel": "phone"}, follow=True)
    assert "Ce ménage est dans la file." in text(answer)
    assert LineTicket.objects.get().channel == "phone"
    assert hold(agent, home, group, "Léa").status_code == 403  # type: ignore[attr-defined]
    assert not Registration.objects.exists()
