"""Health and consents of someone of my household: signed on a phone, renewed from what was said, seen by no other."""

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from parvis.apps.households.models import Consent, HealthForm, Household
from parvis.apps.households.services.households import link_child
from parvis.apps.leisure.letters import confirmed, health_form
from parvis.apps.leisure.models import Group, Registration
from parvis.apps.leisure.models.registrations import Channel
from parvis.apps.leisure.services.registering import check_out
from parvis.apps.leisure.services.reminding import remind_health_forms
from parvis.apps.mail.models import Outgoing
from parvis.apps.residents.models import ProofCode
from parvis.apps.residents.queries.accounts import code_of
from tests.factories import SmallTown
from tests.households.makers import make_family, make_household
from tests.leisure.making import hold, make_activity, make_group, make_season

pytestmark = pytest.mark.usefixtures("town")
SAID = {
    "allergies": "Arachides-secret",
    "what_to_do": "EpiPen-secret",
    "contact_name": "Paul Roy",
    "contact_phone": "450 555-0147",
}


@pytest.fixture(autouse=True)
def _december(db: None, settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-12-15T09:00:00-05:00"
    cache.clear()


def enter(client: Client, email: str = "louise@exemple.ca") -> None:
    client.post("/mon-dossier/", {"email": email})
    client.post("/mes-demandes/code/", {"code": code_of(ProofCode.objects.latest("pk").uid)})


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode().replace("\u00a0", " ")


def asking_group() -> Group:
    """A group that asks for a health form, whose first meeting is on 12 January 2027."""
    return make_group(make_season(), make_activity(health_form=True))


def confirm(home: Household, group: Group) -> Registration:
    row = hold(home, group, home.links.get(individual__name="Léa Gagné").individual)[0]
    Registration.objects.filter(pk=row.pk).update(state="confirmed", until=None)
    return row


def test_a_form_is_signed_and_renewed_from_what_was_said(client: Client, settings: Settings) -> None:
    """Point 22: by a parent on a phone."""
    _account, home, lea, _emile = make_family()
    enter(client)
    path = f"/mon-dossier/famille/{lea.public_id}/sante/"
    assert f'href="{path}"' in text(client, "/mon-dossier/famille/")
    answer = client.post(path, SAID | {"contact_phone": "12", "nothing_to_report": "on"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "Arachides-secret" in page and not HealthForm.objects.exists()
    assert 'id="id_contact_phone_error"' in page and 'id="id_nothing_to_report_error"' in page
    assert client.post(path, SAID)["Location"] == "/mon-dossier/famille/"
    row = HealthForm.objects.get()
    assert (row.individual, row.household, row.allergies) == (lea, home, "Arachides-secret")
    settings.PARVIS_NOW = "2027-12-17T09:00:00-05:00"
    enter(client)
    page = text(client, path)
    assert "Cette fiche a plus d’un an" in page and "Arachides-secret" in page and "450 555-0147" in page


def test_nobody_else_reads_it_or_signs_it(client: Client, town: SmallTown) -> None:
    _account, _home, lea, _emile = make_family()
    _other, father = make_household("Martin Roy", "martin@exemple.ca")
    enter(client)
    path = f"/mon-dossier/famille/{lea.public_id}/sante/"
    client.post(path, SAID)
    other = Client()
    assert other.get(path)["Location"] == "/mon-dossier/"
    enter(other, "martin@exemple.ca")
    assert other.get(path).status_code == 404 and other.post(path, SAID).status_code == 404
    link_child(child=lea, household=father, by=town.agent)
    page = text(other, path)
    assert "secret" not in page and "Paul Roy" not in page and "Signée le" not in page


def test_each_consent_is_apart_none_is_chosen_before_and_each_is_withdrawn(client: Client) -> None:
    """Point 12 of privacy."""
    _account, home, lea, _emile = make_family()
    enter(client)
    path = f"/mon-dossier/famille/{lea.public_id}/"
    page = text(client, path + "sante/")
    assert "checked" not in page[page.index("Ce que vous autorisez") : page.index("Garder mes réponses")]
    client.post(path + "consentements/", {"photographs": "yes", "leaves_alone": "no"})
    client.post(path + "consentements/", {"photographs": "no", "leaves_alone": "no"})
    said = [(row.purpose, row.given) for row in Consent.objects.filter(household=home)]
    assert said == [("photographs", True), ("leaves_alone", False), ("photographs", False)]
    assert client.post(path + "consentements/", {"photographs": "x"}).status_code == 422
    nothing = client.post(path + "consentements/")
    assert nothing.status_code == 422 and "Répondez oui ou non" in nothing.text, "nothing would be kept"


def test_a_missing_form_blocks_neither_a_registration_nor_a_payment_and_is_asked_for_everywhere(
    client: Client,
) -> None:
    """Point 22: attendance alone waits for it."""
    _account, home, lea, _emile = make_family()
    group = asking_group()
    row = hold(home, group, lea)[0]
    assert check_out(household=home, language="fr", channel=Channel.WEB).number
    enter(client)
    due = "Une fiche santé est à remplir ou à renouveler"
    for path in ("/mon-dossier/famille/", "/mon-dossier/inscriptions/"):
        page = text(client, path)
        assert due in page and f"/mon-dossier/famille/{lea.public_id}/sante/" in page, path
    letter = confirmed(row.pk).text
    assert f"/mon-dossier/famille/{lea.public_id}/sante/" in letter
    client.post(f"/mon-dossier/famille/{lea.public_id}/sante/", SAID)
    for path in ("/mon-dossier/famille/", "/mon-dossier/inscriptions/"):
        assert due not in text(client, path), path
    assert "/sante/" not in confirmed(row.pk).text


def test_the_week_before_the_first_meeting_one_letter_reminds_of_it_without_a_word_of_health(
    client: Client, settings: Settings
) -> None:
    _account, home, lea, _emile = make_family()
    group = asking_group()
    row = confirm(home, group)
    assert remind_health_forms() == 0, "a month before"
    settings.PARVIS_NOW = "2027-01-06T09:00:00-05:00"
    for _twice in range(2):
        remind_health_forms()
    sent = Outgoing.objects.filter(key__startswith="leisure-health/")
    assert [(one.key, one.to) for one in sent] == [(f"leisure-health/{row.pk}/0", "louise@exemple.ca")]
    assert f"/mon-dossier/famille/{lea.public_id}/sante/" in health_form(row.pk).text
    enter(client)
    client.post(f"/mon-dossier/famille/{lea.public_id}/sante/", SAID)
    assert remind_health_forms() == 0
    assert not any(word in health_form(row.pk).text for word in ("secret", "Paul Roy"))
