"""The page of a group: what it tells, and how places are taken there."""

from datetime import date

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.households.models import Household
from parvis.apps.leisure.models import Activity, Group, Registration, Season
from parvis.lib.clock import now
from tests.leisure.making import children_of, hold, make_activity, make_group, make_household, make_season
from tests.public.leisure.conftest import SignIn

pytestmark = pytest.mark.django_db
PAGE = "/loisirs/natation-mardi/"
State = Registration.State


def text(answer: object, status: int = 200) -> str:
    assert answer.status_code == status  # type: ignore[attr-defined]
    return str(answer.content.decode()).replace("\xa0", " ").replace("&nbsp;", " ")  # type: ignore[attr-defined]


def choose(client: Client, household: Household, **more: str) -> object:
    ids = [child.public_id for child in children_of(household)]
    return client.post(PAGE, {"participants": ids, **more})


def test_someone_who_looks_reads_everything_and_is_led_to_the_way_in_and_back(client: Client, group: Group) -> None:
    page = text(client.get(PAGE))

    assert "Mardi, de 18 h à 19 h" in page and "Un maillot" in page and "Age" not in page
    assert f'href="{PAGE}entrer/"' in page

    assert client.get(f"{PAGE}entrer/")["Location"] == "/mon-dossier/"
    assert client.session["way-back"] == PAGE


def test_weeks_without_a_meeting_are_shown(client: Client, season: Season, group: Group) -> None:
    group.meetings.filter(starts_at__date=date(2027, 3, 2)).delete()

    assert 'class="skip"' in text(client.get(PAGE))


def test_two_children_chosen_together_are_in_the_basket(group: Group, sign_in: SignIn) -> None:
    household = make_household("Léa", "Tom")
    client = sign_in(household)
    assert "Léa, 7 ans" in text(client.get(PAGE))

    answer = choose(client, household, together="on")

    assert answer["Location"] == "/loisirs/panier/"  # type: ignore[index]
    assert Registration.objects.filter(state=State.HELD, household=household).count() == 2


def test_a_double_click_holds_one_place(group: Group, sign_in: SignIn) -> None:
    """Point 10."""
    household = make_household("Léa")
    client = sign_in(household)

    choose(client, household)
    choose(client, household)

    assert Registration.objects.count() == 1


def test_who_cannot_join_is_not_offered_a_box_and_the_reason_is_said(group: Group, sign_in: SignIn) -> None:
    """Point 16: of age on the day of the rule, and no adult among children."""
    household = make_household("Bébé", born=date(2024, 1, 1))
    client = sign_in(household)

    page = text(client.get(PAGE))

    assert "Bébé aura 3" in page and 'type="checkbox"' not in page and "<details" in page
    assert "Personne de votre famille ne peut joindre ce groupe" in page and 'href="/loisirs/?age=3"' in page
    assert "Bébé" in text(choose(client, household), 422)
    assert not Registration.objects.exists()


def test_a_birth_date_is_asked_only_from_who_might_be_of_age(season: Season, group: Group, sign_in: SignIn) -> None:
    household = make_household("Léa")
    mother = household.links.get(role="adult").individual
    mother.born = None
    mother.save()
    client = sign_in(household)

    page = text(client.get(PAGE))
    assert f"{mother.name} est adulte. Ce groupe est pour : 6 à 9 ans." in page
    assert "date de naissance" not in page and page.count('name="participants"') == 1

    make_group(season, make_activity("course", title_fr="Course", min_age=16), slug="course")
    page = text(client.get("/loisirs/course/"))
    assert f'href="/mon-dossier/famille/{mother.public_id}/"' in page and "Ajouter la date de naissance" in page
    assert 'name="participants"' not in page


def test_what_comes_first_and_a_place_had_already_are_said_before_one_chooses(
    season: Season, group: Group, sign_in: SignIn
) -> None:
    first = make_activity("natation-2", title_fr="Natation 2", min_age=6, max_age=9)
    Activity.objects.filter(pk=group.activity_id).update(most_per_season=1, prerequisite=first)
    household = make_household("Léa", "Tom", "Zoé")
    lea, tom, _zoe = children_of(household)
    past = make_season("automne-2026", starts_on=date(2026, 9, 14), ends_on=date(2026, 11, 29))
    values = {"household": household, "channel": "web", "assurance": 1, "resident": True, "price_cents": 1}
    for child in (lea, tom):
        Registration.objects.create(
            group=make_group(past, first), individual=child, state=State.CONFIRMED, made_at=now(), **values
        )
    other = make_group(season, group.activity, day=date(2027, 1, 13))
    Registration.objects.create(group=other, individual=tom, state=State.CONFIRMED, made_at=now(), **values)

    page = text(sign_in(household).get(PAGE))

    assert page.count('name="participants"') == 1 and f'value="{lea.public_id}"' in page
    assert "Il faut d’abord avoir fait" in page and "Tom a déjà une place dans un groupe de cette activité" in page
    assert "3 personnes ne peuvent pas s’inscrire" in page


def test_nobody_chosen_is_said(group: Group, sign_in: SignIn) -> None:
    assert "Choisissez qui s’inscrit" in text(sign_in(make_household("Léa")).post(PAGE, {}), 422)


def test_not_yet_says_when_for_this_household_and_why(settings: Settings, group: Group, sign_in: SignIn) -> None:
    """Point 6."""
    settings.PARVIS_NOW = "2026-12-09T12:00:00-05:00"
    resident, other = make_household("Léa"), make_household("Tom", resident=False)

    assert "Retenir la place" in text(sign_in(resident).get(PAGE))
    page = text(sign_in(other).get(PAGE))
    assert "Ouvre pour vous mardi 15 décembre à 8 h" in page and "Retenir la place" not in page
    assert "15 décembre" in text(choose(sign_in(other), other), 403)


def test_full_offers_the_waiting_list_and_the_nearest_group(season: Season, group: Group, sign_in: SignIn) -> None:
    hold(make_household("Zoé", "Max"), group)
    other = make_group(season, group.activity, day=date(2027, 1, 13))
    household = make_household("Léa")
    client = sign_in(household)

    page = text(client.get(PAGE))
    assert "liste d’attente" in page and other.slug in page
    assert "complet" in text(choose(client, household), 409).lower()

    assert choose(client, household, wait="on")["Location"] == "/mon-dossier/inscriptions/"  # type: ignore[index]
    assert Registration.objects.get(household=household).state == State.WAITING


def test_two_together_with_one_place_take_none(group: Group, sign_in: SignIn) -> None:
    """Point 11."""
    hold(make_household("Zoé"), group)
    household = make_household("Léa", "Tom")

    page = text(choose(sign_in(household), household, together="on"), 409)

    assert "liste d’attente" in page and not Registration.objects.filter(household=household).exists()


def test_a_cancelled_group_says_so(client: Client, group: Group) -> None:
    group.cancelled_at = now()
    group.save()

    assert "a annulé ce groupe" in text(client.get(PAGE))


def test_it_is_read_in_english(group: Group, sign_in: SignIn) -> None:
    page = text(sign_in(make_household("Léa")).get(f"{PAGE}?langue=en"))

    assert "Hold the place" in page and "Who joins?" in page


def test_an_unknown_group_is_not_found(client: Client, group: Group) -> None:
    assert client.get("/loisirs/rien/").status_code == 404


def test_a_non_resident_beyond_the_quota_reads_why_and_may_wait(group: Group, sign_in: SignIn) -> None:
    Group.objects.filter(pk=group.pk).update(non_resident_quota=1)
    hold(make_household("Zoé", resident=False), group)
    household = make_household("Léa", resident=False)
    client = sign_in(household)

    page = text(client.get(PAGE))
    assert "Pour les non-résidents : 1 place au plus." in page and "Joindre la liste d’attente" in page
    assert "Les places pour les non-résidents sont prises. Il reste 1 place, pour les résidents." in page
    assert "Les places pour les non-résidents sont prises" in text(choose(client, household), 409)

    choose(client, household, wait="on")
    assert Registration.objects.get(household=household).state == State.WAITING
    assert "sont prises" not in text(sign_in(make_household("Tom")).get(PAGE))
