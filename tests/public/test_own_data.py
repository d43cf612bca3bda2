"""My data: all that the town keeps of an account, complete, and nothing of anybody else. Points 7 and 14 of privacy."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db.models import Model
from django.test import Client
from pytest_django import Settings

from parvis.apps.billing.models import Payment, PaymentAttempt, Refund, TaxNature, Transaction
from parvis.apps.billing.services.invoices import NewLine, issue
from parvis.apps.cases.models import AccountCase, Case, CaseNotification, Entry, EntryFile, Opinion, Report
from parvis.apps.cases.services.citizen.accounts import keep_case
from parvis.apps.cases.services.incidents.incidents import Words, open_incident
from parvis.apps.cases.services.journal import EntryDraft, write_entry
from parvis.apps.directory.models import Actor, User
from parvis.apps.files.models import Attachment
from parvis.apps.households.models import Claim, EmergencyContact, HealthForm, Household, Individual
from parvis.apps.households.models import Consent as FormConsent
from parvis.apps.households.services import changes
from parvis.apps.households.services.households import add_adult, add_child, claim_household, link_child, record_proof
from parvis.apps.intake.models import Contact, ContactFile, Given, MailReply, Matter
from parvis.apps.intake.services.requests import NewRequest, open_request
from parvis.apps.leisure.models import Cart, FinancialAid, LineTicket, Registration, RegistrationEvent, Wish
from parvis.apps.leisure.services.lines import plan_rush
from parvis.apps.mail.models import Outgoing
from parvis.apps.newsletter.models import Consent, ContactPoint, Subscriber, Subscription, WatchedPlace
from parvis.apps.residents.models import (
    Account,
    AccountEmail,
    Mandate,
    Membership,
    Organisation,
    Person,
    PersonAddress,
    PhoneNumber,
    ProofCode,
    Sensitivity,
)
from parvis.apps.residents.queries.accounts import code_of
from parvis.apps.residents.services.merging import merge
from parvis.lib.clock import now
from parvis.surfaces.public.account.own_data import PARTS, own_data
from tests.counting import statements
from tests.factories import SmallTown, make_person, make_user, unique
from tests.households.makers import LEA, make_account, make_household
from tests.leisure.making import make_activity, make_group, make_season

pytestmark = pytest.mark.usefixtures("town")
PAGE, FILE = "/mon-dossier/mes-donnees/", "/mon-dossier/"
"""Of whom data is personal: whatever points to one of these is looked at, and so on."""
ROOTS = {"residents.Person", "residents.Account", "households.Individual", "households.Household"}
"""What points to nobody, and holds an address or a number of a resident."""
ADDRESSED = {
    "mail.Outgoing": "in",
    "mail.Incoming": "the contact that it made holds its words",
    "newsletter.ContactPoint": "in",
    "newsletter.IssueDelivery": "in",
    "telephony.OutgoingText": "by its contact; of a number alone, nobody is sure",
    "telephony.OutgoingCall": "of a number alone, nobody is sure",
    "social.Message": "the contact that it made holds its words",
    "panels.PanelRequest": "of a body, not of a person",
    "residents.Organisation": "of a body, not of a person",
}
"""By model: "in", or why it is not in the document."""
DECIDED: dict[str, str] = {
    **dict.fromkeys(ROOTS, "in"),
    **dict.fromkeys(
        [
            *("residents.AccountEmail", "residents.PhoneNumber", "residents.PersonAddress", "residents.Membership"),
            *("residents.Mandate", "households.HouseholdLink", "households.ResidenceProof", "households.Claim"),
            *("cases.Case", "cases.AccountCase", "cases.Entry", "cases.EntryFile", "cases.CaseNotification"),
            *("cases.Opinion", "cases.Report", "intake.Contact", "intake.ContactFile", "intake.Matter", "intake.Given"),
            *("intake.MailReply", "leisure.Cart", "leisure.LineTicket", "leisure.Registration"),
            "leisure.Wish",
            *("households.HealthForm", "households.EmergencyContact", "households.Consent", "leisure.FinancialAid"),
            *("leisure.RegistrationEvent", "billing.Invoice", "billing.InvoiceLine", "billing.Payment"),
            *("billing.PaymentAttempt", "billing.Refund"),
        ],
        "in",
    ),
    "residents.ProofCode": "a code lives for ten minutes, and proves nothing afterwards",
    "residents.Merger": "why the staff merged two files: a note of theirs; the merged files are in",
    "residents.Sensitivity": "the privacy officer gives it: the reasons name other people",
    "households.PickUpRestriction": "the privacy officer gives it: it is also of the one who must not come",
    "households.RestrictionEnding": "the same, with what two of the staff saw",
    "importing.LegacyPerson": "a number of the earlier system, and nothing else",
    "cases.FollowerNotification": "that a step was told; the letter is in",
    "cases.CaseSite": "what bears the code of a place",
    "cases.Publication": "the town's own words, which are public",
    "cases.PublicPhoto": "a public picture, masked",
    "cases.BatchItem": "the work of the staff",
    "cases.CaseLink": "another request, which may be someone else's",
    "cases.PaperLetter": "the words of a step, which is in",
    "leisure.CancellationRequest": "what the staff ask of each other; what came of it is in",
    "billing.Leg": "the ledger: each leg is an amount of a line or a payment that is in",
    "workspace.CasePresence": "who of the staff looks at it",
    "workspace.MessagePresence": "who of the staff looks at it",
    "workspace.CaseDraft": "words that the staff did not send",
    "workspace.FollowUp": "a note of the staff for themselves",
    "workspace.Mention": "a note of the staff for themselves",
    "open311.Forwarding": "the same request, at the body that does the work",
    "open311.Submission": "the request that it made is in",
    "integrations.OpenedCase": "the request that it made is in",
    "integrations.WebhookDelivery": "that a program was told of a step",
    "insight.Signal": "that an answer was missing: no word of anybody",
    "intake.Reservation": "a number put aside",
    "intake.HeldRequest": "a request not decided yet; the contact is in once it is",
    "intake.Correction": "what the staff corrected of their own notes",
    "intake.Callback": "a call to make: a note of the staff",
    "intake.Visit": "a first name in the waiting line, erased the same day",
    "intake.Alert": "an alarm of the staff",
    "intake.Check": "how the staff made sure of who was asking",
    "intake.ReceivedMail": "the contact that it made holds its words",
    "intake.InboxItem": "the work of the staff",
    "intake.ReplyFile": "the letter that carried it is in",
    "intake.MailDraft": "words that the staff did not send",
    "intake.ReceivedText": "the contact that it made holds its words",
    "intake.SentText": "in, as a reply of its contact",
    "intake.ReceivedSocial": "the contact that it made holds its words",
    "intake.SocialReply": "in, as a reply of its contact",
}


@pytest.fixture(autouse=True)
def _november(db: None, settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-24T10:00:00-05:00"
    cache.clear()


def enter(client: Client, email: str) -> None:
    assert client.post(FILE, {"email": email}).status_code == 302
    client.post("/mes-demandes/code/", {"code": code_of(ProofCode.objects.latest("pk").uid)})


def linked() -> Iterator[str]:
    """The models that point to someone, through any number of others."""
    found = set(ROOTS)
    models: list[type[Model]] = list(apps.get_models())
    while True:
        more = {
            model._meta.label
            for model in models
            for field in model._meta.concrete_fields
            if field.related_model and field.related_model._meta.label in found
        } - found
        if not more:
            return iter(sorted(found))
        found |= more


def test_privacy_7_every_model_that_is_about_someone_is_in_their_data_or_says_why_not() -> None:
    """A new model fails here until someone decides."""
    assert [label for label in linked() if label not in DECIDED] == []
    assert [label for label in DECIDED if label not in set(linked())] == []
    words = ("email", "phone", "target", "to", "author_name", "from_address")
    holding = {
        model._meta.label
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.name in words and model.__module__.startswith("parvis.apps") and not field.is_relation
    }
    town_s_own = {"directory.Town", "directory.Department", "directory.User", "content.Danger"}
    town_s_own |= {"content.OutOfScopeTopic", "schedules.Feed", "places.NeighbouringTown", "catalogue.RoutingRule"}
    town_s_own |= {"catalogue.Subject"}
    assert sorted(holding - set(DECIDED) - set(ADDRESSED) - town_s_own) == []


def plant(town: SmallTown, account: Account, household: Household) -> dict[str, str]:
    """A marked row of each model that is in the document; what must be read there, by model."""
    at, by = now(), town.agent
    me = Individual.objects.get(account=account)
    person = me.person
    assert person is not None
    marks = {"residents.Account": account.created_at.isoformat()[:19], "residents.Person": "M-personne"}
    Person.objects.filter(pk=person.pk).update(name="M-personne")
    AccountEmail.objects.create(account=account, email="m-autre@exemple.ca", proved_at=at)
    PhoneNumber.objects.create(person=person, number="+14505550177")
    PersonAddress.objects.create(person=person, text="M-adresse")
    body = Organisation.objects.create(name="M-organisme", created_at=at)
    Membership.objects.create(person=person, organisation=body)
    Mandate.objects.create(person=person, name="M-mandat", proof="M-vu", recorded_at=at, recorded_by=by)
    marks |= {
        "residents.AccountEmail": "m-autre@exemple.ca",
        "residents.PhoneNumber": "+14505550177",
        "residents.PersonAddress": "M-adresse",
        "residents.Membership": "M-organisme",
        "residents.Mandate": "M-mandat",
    }
    Individual.objects.filter(pk=me.pk).update(name="M-individu")
    Household.objects.filter(pk=household.pk).update(name="M-famille")
    record_proof(household=household, kind="school", expires_on=date(2028, 2, 29), by=by)
    Claim.objects.create(individual=me, email="m-invitation@exemple.ca", made_at=at, expires_at=at)
    marks |= {
        "households.Individual": "M-individu",
        "households.Household": "M-famille",
        "households.HouseholdLink": "2028-02-29",
        "households.ResidenceProof": "2028-02-29",
        "households.Claim": "m-invitation@exemple.ca",
    }
    return (
        marks | plant_requests(town, account, person, by) | plant_leisure(household, me) | plant_letters(town, person)
    )


def plant_requests(town: SmallTown, account: Account, person: Person, by: User) -> dict[str, str]:
    at = now()
    case = open_request(NewRequest(unique(), town.streetlight, words="M-requête")).case
    keep_case(account=account, case=case, how=AccountCase.How.OPENED)
    case = Case.objects.get(pk=case.pk)
    entry = write_entry(case, EntryDraft(Entry.Kind.ANSWERED, by=Actor.staff(by), body="M-étape"))
    photo = Attachment.objects.create(name="M-photo.jpg", size=1, added_at=at)
    EntryFile.objects.create(entry=entry, attachment=photo)
    values = {"case": case, "department": town.works, "language": "fr", "given_at": at}
    Opinion.objects.create(closing=entry, solved=True, mark=5, words="M-avis", **values)
    CaseNotification.objects.create(case=case, via="text", phone="+14505550188", chosen_at=at)
    secret = write_entry(case, EntryDraft(Entry.Kind.NOTED, by=Actor.staff(by), body="SECRET-note"))
    assert secret.body == "SECRET-note"
    contact = Contact.objects.create(
        key=unique(), channel="phone", state="done", person=person, text="M-contact", started_at=at, agent=by
    )
    ContactFile.objects.create(
        contact=contact, attachment=Attachment.objects.create(name="M-joint.pdf", size=1, added_at=at)
    )
    matter = Matter.objects.create(
        contact=contact, key=unique(), words="M-question", outcome="answered", note="SECRET-matter", at=at
    )
    Given.objects.create(matter=matter, language="fr", words="M-réponse", at=at)
    MailReply.objects.create(
        key=unique(), contact=contact, to="m@exemple.ca", subject="s", words="M-courriel", language="fr", by=by, at=at
    )
    words = Words(title_fr="M-incident", title_en="M", say_fr="Panne.", say_en="Outage.", whole_town=True)
    incident = open_incident(key=unique(), words=words, department=town.works, by=town.agent)
    Report.objects.create(key=unique(), incident=incident, channel="phone", person=person, at=at, by=by)
    return {
        "cases.Report": "M-incident",
        "cases.Case": "M-requête",
        "cases.AccountCase": case.reference,
        "cases.Entry": "M-étape",
        "cases.EntryFile": "M-photo.jpg",
        "cases.CaseNotification": "+14505550188",
        "cases.Opinion": "M-avis",
        "intake.Contact": "M-contact",
        "intake.ContactFile": "M-joint.pdf",
        "intake.Matter": "M-question",
        "intake.Given": "M-réponse",
        "intake.MailReply": "M-courriel",
    }


def plant_leisure(household: Household, me: Individual) -> dict[str, str]:
    season = make_season(title_fr="M-saison")
    group = make_group(season, make_activity(title_fr="M-activité"), weeks=1)
    at = now()
    rush = plan_rush(season=season, for_residents=True)
    ticket = LineTicket.objects.create(rush=rush, household=household, channel="web", arrived_at=at)
    line = NewLine("registration:1", me, "M-ligne", "M-line", 40_00, 0, TaxNature.EXEMPT, False)
    invoice = issue(key=unique(), household=household, payer=me, language="fr", lines=[line], by=None)
    Cart.objects.create(household=household, made_at=at, expires_at=datetime(2031, 5, 6, tzinfo=UTC), closed_at=at)
    row = Registration.objects.create(
        group=group, individual=me, household=household, state="waiting", channel="web", assurance=1, resident=True,
        price_cents=40_00, waiting_since=at, made_at=at,
    )  # fmt: skip
    noted = datetime(2026, 11, 4, 5, 6, 7, tzinfo=UTC)
    Wish.objects.create(household=household, group=group, individual=me, position=1, noted_at=noted)
    HealthForm.objects.create(individual=me, household=household, version=1, allergies="M-allergie", signed_at=at)
    EmergencyContact.objects.create(household=household, name="M-urgence", phone="+14505550199", said_at=at)
    said = datetime(2026, 11, 3, 4, 5, 6, tzinfo=UTC)
    FormConsent.objects.create(
        individual=me, household=household, purpose="photographs", version=1, given=True, at=said
    )
    FinancialAid.objects.create(
        household=household, season=season, percent=50, most_cents=43_21, ends_on=date(2027, 1, 1), made_at=at,
        reason="SECRET-aide", made_by=make_user(unique("gestion")),
    )  # fmt: skip
    RegistrationEvent.objects.create(registration=row, what="queued", at=at, words="M-pas")
    PaymentAttempt.objects.create(
        key=unique(), invoice=invoice, cents=41_77, provider="bank", queued_at=at, pay_before=at, made_at=at
    )
    moved = Transaction.objects.create(key=unique(), what="payment", at=at)
    payment = Payment.objects.create(
        key=unique(), number="M-recu", invoice=invoice, method="cash", cents=40_00, tendered_cents=40_00,
        received_at=at, details="M-détail", transaction=moved,
    )  # fmt: skip
    Refund.objects.create(
        key=unique(), payment=payment, cents=40_00, way="cash", why="M-remise", asked_at=at, queued_at=at
    )
    return {
        "households.HealthForm": "M-allergie",
        "households.EmergencyContact": "M-urgence",
        "households.Consent": "2026-11-03T04:05:06",
        "leisure.FinancialAid": "4321",
        "leisure.LineTicket": ticket.public_id,
        "leisure.Wish": "2026-11-04T05:06:07",
        "leisure.Cart": "2031-05-06",
        "leisure.Registration": "M-activité",
        "leisure.RegistrationEvent": "M-pas",
        "billing.Invoice": invoice.number,
        "billing.InvoiceLine": "M-ligne",
        "billing.PaymentAttempt": "4177",
        "billing.Payment": "M-recu",
        "billing.Refund": "M-remise",
    }


def plant_letters(town: SmallTown, person: Person) -> dict[str, str]:
    at, email = now(), "louise@exemple.ca"
    Sensitivity.objects.create(person=person, kind="other", why="SECRET-raison", at=at, by=town.agent)
    letter = {"language": "fr", "renderer": "x", "sent_at": at, "queued_at": at, "state": "sent"}
    Outgoing.objects.create(key=unique(), message_id=unique(), to=email, subject="s", text="M-lettre", **letter)
    subscriber = Subscriber.objects.create(created_at=at)
    point = ContactPoint.objects.create(
        subscriber=subscriber, channel="email", target=email, digest="d", secret=unique(), created_at=at
    )
    Subscription.objects.create(point=point, kind="alerts", created_at=at)
    Consent.objects.create(point=point, action="given", via="web", words="M-consentement", at=at)
    WatchedPlace.objects.create(subscriber=subscriber, address=town.address)
    return {"mail.Outgoing": "M-lettre", "newsletter.ContactPoint": "M-consentement"}


def document(client: Client) -> str:
    """The file, as it is taken away."""
    response = client.get(PAGE, {"format": "json"})
    assert response.status_code == 200 and "attachment" in response["Content-Disposition"]
    json.loads(response.content)
    return response.content.decode()


def test_privacy_7_what_is_kept_of_someone_is_all_in_their_file_and_on_its_page(
    client: Client, town: SmallTown
) -> None:
    account, household = make_household()
    marks = plant(town, account, household)
    enter(client, "louise@exemple.ca")
    text, page = document(client), client.get(PAGE).content.decode()
    assert {label: mark for label, mark in marks.items() if mark not in text} == {}
    wanted = {label for label, how in (DECIDED | ADDRESSED).items() if how == "in"} - {"newsletter.IssueDelivery"}
    assert wanted - set(marks) == set(), "each is proved by a marked value"
    assert [mark for mark in marks.values() if mark.startswith("M-") and mark not in page] == []
    assert "SECRET" not in text + page, "no note of the staff, and nobody else"
    assert json.loads(text)["format"] == "parvis-own-data-1" and "41,77" in page.replace("\xa0", " ")


def test_privacy_7_it_is_read_in_english_too_and_when_there_is_nothing(client: Client) -> None:
    enter(client, "louise@exemple.ca")
    assert "Rien dans" in client.get(PAGE).content.decode()
    client.get("/langue/?language=en")
    page = client.get(PAGE).content.decode()
    assert "My data" in page and "louise@exemple.ca" in page


def test_privacy_7_its_cost_does_not_grow_with_what_is_kept(town: SmallTown) -> None:
    account, household = make_household()
    plant(town, account, household)
    with statements() as before:
        own_data(Account.objects.get())
    plant_requests(town, account, Individual.objects.get(account=account).person or make_person(), town.agent)
    for name in ("Zoé", "Éva"):
        add_child(household=household, name=name, born=LEA, by=Actor.citizen())
    with statements() as after:
        own_data(Account.objects.get())
    assert len(after) == len(before) < 60


def test_privacy_7_who_entered_long_ago_enters_again_first(client: Client, settings: Settings) -> None:
    enter(client, "louise@exemple.ca")
    settings.PARVIS_NOW = "2026-11-24T11:30:00-05:00"
    page = client.get(PAGE).content.decode()
    assert "louise@exemple.ca" in page and "format=json" not in page
    assert "attachment" not in client.get(PAGE, {"format": "json"}).get("Content-Disposition", "")
    assert client.post(PAGE)["Location"] == "/mes-demandes/code/"
    assert client.get(PAGE)["Location"] == FILE, "out until the code is typed"
    code = code_of(ProofCode.objects.latest("pk").uid)
    assert client.post("/mes-demandes/code/", {"code": code})["Location"] == PAGE
    assert "format=json" in client.get(PAGE).content.decode()


def test_privacy_7_a_sensitive_file_is_given_by_the_privacy_officer_only(client: Client, town: SmallTown) -> None:
    account, household = make_household()
    plant(town, account, household)
    Person.objects.filter(individual__account=account).update(sensitive=True)
    enter(client, "louise@exemple.ca")
    text = document(client)
    assert "M-adresse" not in text and "M-contact" not in text and json.loads(text)["file"]["withheld"] is True


def test_privacy_7_no_code_nor_link_of_a_letter_can_be_read_again(client: Client, run_jobs: Callable[[], int]) -> None:
    enter(client, "louise@exemple.ca")
    Client().post(FILE, {"email": "louise@exemple.ca"})
    code = code_of(ProofCode.objects.latest("pk").uid)
    run_jobs()
    assert Outgoing.objects.filter(text__contains=code, sent_at__isnull=False).exists()
    text, page = document(client), client.get(PAGE).content.decode()
    assert code not in text + page, "it is good for ten minutes yet"
    assert [row["words"] for row in json.loads(text)["letters"]][-1] == ""


def test_privacy_7_asked_for_too_often_it_waits(client: Client) -> None:
    enter(client, "louise@exemple.ca")
    answers = [client.get(PAGE).status_code for _ in range(21)]
    assert answers == [200] * 20 + [429]


def test_privacy_14_nothing_of_the_other_household_of_a_child_is_in_ones_data(town: SmallTown) -> None:
    account, household = make_household()
    _father, other = make_household("Martin Roy", "martin@exemple.ca", address_text="99, chemin du Père")
    lea = add_child(household=household, name="Léa", born=LEA, by=Actor.citizen())
    link_child(child=lea, household=other, by=town.agent)
    add_child(household=other, name="Demi-frère", born=date(2020, 1, 1), by=Actor.citizen())
    for form_of, words in ((household, "Noix"), (other, "Pénicilline")):
        EmergencyContact.objects.create(household=form_of, name=f"Tante {words}", phone="+14505550199", said_at=now())
        HealthForm.objects.create(individual=lea, household=form_of, version=1, allergies=words, signed_at=now())
    group = make_group(make_season(), make_activity(title_fr="Chez le père"))
    Registration.objects.create(
        group=group, individual=lea, household=other, state="waiting", channel="web", assurance=1, resident=True,
        price_cents=1, waiting_since=now(), made_at=now(),
    )  # fmt: skip
    text = json.dumps(own_data(account), default=str, ensure_ascii=False)
    assert "Léa" in text and "Noix" in text
    assert "Tante Noix" in text
    for word in ("Pénicilline", "Martin", "chemin du Père", "Demi-frère", "Chez le père", "martin@"):
        assert word not in text


def test_privacy_14_a_co_parent_who_was_removed_has_nothing_of_the_household(town: SmallTown) -> None:
    _account, household = make_household()
    lea = add_child(household=household, name="Léa", born=LEA, by=Actor.citizen())
    adult = add_adult(
        household=household, name="Paul Roy", may_register=True, email="paul@exemple.ca", by=Actor.citizen()
    )
    paul = make_account("paul@exemple.ca")
    claim_household(secret=Claim.objects.latest("pk").secret, account=paul)
    group = make_group(make_season(), make_activity(title_fr="Yoga", min_age=None))
    values: dict[str, Any] = {"group": group, "household": household, "channel": "web", "assurance": 1}
    values |= {"resident": True, "price_cents": 1, "state": "waiting", "waiting_since": now(), "made_at": now()}
    HealthForm.objects.create(
        individual=adult, household=household, version=1, allergies="Latex", signed_at=now(), signed_by=adult
    )
    for each in (lea, adult):
        Registration.objects.create(individual=each, **values)
    assert "Léa" in json.dumps(own_data(paul), default=str, ensure_ascii=False)
    louise = Account.objects.get(emails__email="louise@exemple.ca")
    assert "Latex" not in json.dumps(own_data(louise), default=str), "an adult with an account signs their own form"
    changes.remove_member(household=household, individual=adult, by=Actor.citizen())
    add_child(household=household, name="Nouveau-né", born=date(2026, 11, 1), by=Actor.citizen())
    told = own_data(paul)
    text = json.dumps(told, default=str, ensure_ascii=False)
    for word in ("Léa", "Louise", "Nouveau-né", "louise@"):
        assert word not in text
    assert [row["participant"] for row in told["registrations"]] == ["Paul Roy"], "their own registration is theirs"
    assert told["household"]["household"] is None and told["invoices"] == [] and told["carts"] == []
    assert told["household"]["links"][0]["until"] is not None
    stays = json.dumps(own_data(louise), default=str)
    assert "paul@exemple.ca" not in stays and "Latex" not in stays


def test_privacy_7_files_merged_into_ones_own_are_in_it(town: SmallTown) -> None:
    account, _household = make_household()
    person = Individual.objects.get(account=account).person
    other = make_person("Louise G.", phone="+14505550166", email="vieille@exemple.ca")
    assert person is not None
    merge(kept_id=person.pk, absorbed_id=other.pk, chosen={}, why="SECRET-pourquoi", by=town.agent)
    text = json.dumps(own_data(account), default=str)
    assert "+14505550166" in text and "vieille@exemple.ca" in text and "SECRET" not in text


def test_privacy_7_an_account_without_a_household_has_its_requests(client: Client, town: SmallTown) -> None:
    enter(client, "louise@exemple.ca")
    account = Account.objects.get()
    case = open_request(NewRequest(unique(), town.streetlight, words="Lampe éteinte")).case
    keep_case(account=account, case=case, how=AccountCase.How.OPENED)
    assert "Lampe éteinte" in document(client)


def test_what_exists_comes_first_and_each_empty_part_is_one_folded_line(client: Client) -> None:
    enter(client, "louise@exemple.ca")
    page = client.get(PAGE).content.decode()
    shown = re.findall(r"<h2>\s*([^<]+?)\s*</h2>", page)
    assert shown[0] == "Mon compte" and shown[1] == f"Rien dans {len(PARTS) - 1} autres parties"
    folded = page[page.index('class="data-empty"') :]
    assert folded[: folded.index("</ul>")].count("<li>") == len(PARTS) - 1
