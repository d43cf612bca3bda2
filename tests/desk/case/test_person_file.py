"""A person's file on the screen: changes and their undo, timeline, sensitivity, mergers."""

import re

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.cases.services import handling
from parvis.apps.cases.services.citizen import citizen
from parvis.apps.cases.services.incidents.incidents import Joining, Words, join_incident, open_incident
from parvis.apps.directory.models import AccessLogEntry, Actor
from parvis.apps.directory.rules.permissions import Role
from parvis.apps.intake.channels import Arrival
from parvis.apps.intake.models import Callback, Check, Contact
from parvis.apps.intake.queries.timeline import timeline
from parvis.apps.intake.services.contacts import receive
from parvis.apps.intake.services.persons import may_tell, record_check
from parvis.apps.residents.models import Disclosure, Mandate, Membership, Merger, Person, PersonAddress
from parvis.apps.residents.services import merging, organisations, people, places, privacy
from parvis.apps.workspace.services.workspace import keep_snippet
from parvis.lib.errors import Invalid
from parvis.surfaces.desk.search.screen import instant
from tests.desk.case.made import TUESDAY, entered, opened, page, text
from tests.factories import SmallTown, make_address, make_person, unique

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _tuesday(settings: Settings) -> None:
    settings.PARVIS_NOW = TUESDAY


@pytest.fixture
def lucie(town: SmallTown) -> Person:
    return people.register_person(
        name="Lucie Tremblay", phone="450 555-0142", address=town.address, by=Actor.staff(town.agent)
    )


def at(person: Person, rest: str = "") -> str:
    return f"/desk/people/{person.pk}/{rest}"


def test_an_address_is_added_ended_and_taken_back(town: SmallTown, lucie: Person) -> None:
    client = entered(town.agent)
    typed = {"address-place": "8, rue Haute", "address-role": "owner", "address-since": "2020-05-01"}
    assert client.post(at(lucie, "address/"), typed).status_code == 302
    row = PersonAddress.objects.get(person=lucie, role="owner")
    shown = text(client.get(at(lucie)))
    assert "8, rue Haute" in shown and "depuis le vendredi 1er mai 2020" in shown
    assert "Écrivez l’adresse." in text(client.post(at(lucie, "address/"), {"address-role": "owner"}))
    future = client.post(at(lucie, f"out/{row.pk}/"), {"until": "2027-01-01"}, follow=True)
    assert "Ce jour est à venir" in text(future)
    assert 'value="2027-01-01" aria-invalid="true"' in page(future), "and the day that was typed stands, to be mended"
    client.post(at(lucie, f"out/{row.pk}/"), {"until": "2026-11-01"})
    assert "jusqu’au dimanche 1er novembre 2026" in text(client.get(at(lucie)))
    client.post(at(lucie, f"back/{row.pk}/"))
    row.refresh_from_db()
    assert row.until is None


def test_an_organisation_and_a_mandate_are_kept(town: SmallTown, lucie: Person) -> None:
    client = entered(town.agent)
    client.post(
        at(lucie, "organisation/"), {"organisation-organisation": "Syndicat du Quai", "organisation-role": "director"}
    )
    row = Membership.objects.get(person=lucie)
    firm = text(client.get(f"/desk/organisations/{row.organisation_id}/"))
    assert "Syndicat du Quai" in firm and "Lucie Tremblay" in firm
    assert "Syndicat du Quai" in text(client.get("/desk/organisations/?q=syndicat"))
    mended = {
        "name": "Syndicat du Phare",
        "kind": "condo",
        "phone": "450 555-0999",
        "email": "",
        "place": "",
        "note": "",
    }
    client.post(f"/desk/organisations/{row.organisation_id}/mend/", mended)
    assert "Syndicat du Phare" in text(client.get(at(lucie)))
    client.post(at(lucie, "mandate/"), {"mandate-name": "Rose Tremblay", "mandate-proof": "Procuration du 3 mai"})
    mandate = Mandate.objects.get(person=lucie)
    assert "Procuration du 3 mai" in text(client.get(at(lucie)))
    client.post(at(lucie, f"end/{mandate.pk}/"))
    mandate.refresh_from_db()
    assert mandate.until is not None


def test_one_line_of_time_over_all_channels(town: SmallTown, lucie: Person) -> None:
    receive(Arrival(channel="counter", key=unique(), by=Actor.staff(town.agent), person=lucie))
    case = opened(town, person=lucie)
    handling.answer(case_id=case.pk, words="On passe jeudi.", by=town.technician)
    citizen.reply(case_id=case.pk, words="Merci, je serai là.", by=Actor.citizen())
    shown = text(entered(town.agent).get(at(lucie)))
    for words in ("Comptoir", case.reference, "On passe jeudi.", "Merci, je serai là.", "avis par téléphone"):
        assert words in shown, words
    everything = timeline([lucie.pk], reads=lambda _case: True).moments
    for oldest in (False, True):
        read, after = [], ""
        while True:
            part = timeline([lucie.pk], reads=lambda _case: True, after=after, oldest=oldest, limit=1)
            read += [moment.key for moment in part.moments]
            if not (after := part.following):
                break
        assert read == [moment.key for moment in (reversed(everything) if oldest else everything)]
    for day in ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"):
        after = f"{day}|contact|1"
        assert timeline([lucie.pk], reads=lambda _case: True, after=after).moments == everything, "no cursor"


@pytest.mark.parametrize("rows", [1, 30])
def test_a_full_file_costs_the_same_sensitive_and_followed_too(
    town: SmallTown, lucie: Person, rows: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    other = make_person("L. Tremblay", phone="+14505550142")
    merging.merge(kept_id=lucie.pk, absorbed_id=other.pk, chosen={}, why="même date", by=town.agent)
    rule = Disclosure.objects.create(slug="solde", title_fr="Solde", told={"person": "check"}, refusal_fr="Non.")
    for number in range(rows):
        contact = receive(Arrival(channel="phone", key=unique(), by=Actor.staff(town.agent), person=lucie))
        record_check(
            contact_id=contact.pk, key=unique(), disclosure=rule.slug, asker="person", how="on_file", by=town.agent
        )
        opened(town, person=other)
        places.add_address(person_id=lucie.pk, role="owner", text=f"{number}, rue Haute", by=town.agent)
        organisations.join_organisation(
            person_id=lucie.pk, organisation=None, name=f"Firme {number}", role="agent", by=town.agent
        )
    told = open_incident(
        key=unique(),
        words=Words("Bris", "Break", "On y est.", "A crew is there.", whole_town=True),
        department=town.works,
        by=town.agent,
    )
    joining = Joining(key=unique(), channel="phone", person=lucie)
    join_incident(incident_id=told.pk, joining=joining, by=town.agent)
    privacy.flag_file(person_id=lucie.pk, kind="protected", why="Ordonnance", by=town.manager)
    client = entered(town.agent)
    client.post(at(lucie, "why/"), {"reason": "Elle est au comptoir", "back": at(lucie)}, follow=True)
    with django_assert_max_num_queries(12):
        assert "Ordonnance" in text(client.get(at(lucie)))


def test_a_sensitive_file_asks_why_and_the_officer_reads_it(town: SmallTown, lucie: Person) -> None:
    assert entered(town.agent).post(at(lucie, "sensitive/"), {"flag-kind": "minor", "flag-why": "x"}).status_code == 403
    entered(town.clerk).post(at(lucie, "sensitive/"), {"flag-kind": "protected", "flag-why": "Ordonnance du tribunal"})
    client = entered(town.agent)
    for address in (at(lucie), at(lucie, "history/"), at(lucie, "merge/")):
        assert "450 555-0142" not in text(client.get(address)) and "Pourquoi l’ouvrez-vous?" in text(
            client.get(address)
        )
    assert "450 555-0142" not in text(client.get("/desk/find/?q=tremblay"))
    found = text(client.get("/desk/people?q=tremblay"))
    assert "••• 0142" not in found and "555-0142" not in found and "5550142" not in found
    organisations.join_organisation(person_id=lucie.pk, organisation=None, name="Le Phare", role="agent", by=town.agent)
    assert [item.detail for item in instant("tremblay", town.agent) if item.icon == "user"] == ["dossier sensible"]
    assert not AccessLogEntry.objects.filter(subject="person").exists()
    assert client.post(at(lucie, "why/"), {"reason": " ", "back": at(lucie)}).status_code == 422
    opens = client.post(at(lucie, "why/"), {"reason": "Elle est au comptoir", "back": at(lucie)}, follow=True)
    assert "450 555-0142" in text(opens) and "Ordonnance du tribunal" in text(opens)
    assert client.post(at(lucie, "why/"), {"reason": "x", "back": "https://ailleurs.example/"})["Location"] == at(lucie)
    assert client.post(at(lucie, "why/"), {"reason": "x", "back": "ailleurs"})["Location"] == at(lucie)
    assert "Elle est au comptoir" in text(entered(town.privacy_officer).get("/desk/access-log/?stated=1"))
    assert "Pourquoi l’ouvrez-vous?" in text(entered(town.technician).get(at(lucie))), "each says their own"


@pytest.fixture
def shut(town: SmallTown) -> Person:
    """Someone with a sensitive file."""
    person = people.register_person(
        name="Rose Huot",
        phone="450 555-0177",
        email="rose@exemple.ca",
        address=make_address(77),
        by=Actor.staff(town.agent),
    )
    privacy.flag_file(person_id=person.pk, kind="protected", why="Ordonnance", by=town.manager)
    return Person.objects.get(pk=person.pk)


def test_no_pane_of_a_call_tells_what_a_sensitive_file_holds(town: SmallTown, shut: Person) -> None:
    client = entered(town.agent)
    contact = receive(Arrival(channel="phone", key=unique(), by=Actor.staff(town.agent), person=shut))
    case = opened(town, person=shut)
    contact.matters.create(key=unique(), outcome="case", case=case, at=contact.started_at, by=town.agent)
    here = f"/desk/contacts/{contact.pk}/"
    panes = {
        f"{here}pane/callback": "555-0177",
        f"{here}pane/case?subject={town.pothole.slug}": "555-0177",
        f"{here}pane/place": "77, rue du Quai",
        f"{here}?case={case.pk}": "rose@exemple.ca",
        here: "555-0177",
    }
    for address, secret in panes.items():
        assert secret not in page(client.get(address)), address
    client.post(at(shut, "why/"), {"reason": "Elle appelle", "back": here})
    for address, secret in panes.items():
        assert secret in page(client.get(address)), address


def test_a_line_is_changed_in_its_own_file_once_a_reason_was_given(
    town: SmallTown, lucie: Person, shut: Person
) -> None:
    client = entered(town.agent)
    mine, theirs = (
        privacy.give_mandate(person_id=person.pk, name="Marc", proof="Procuration", by=town.agent)
        for person in (lucie, shut)
    )
    merger = merging.merge(
        kept_id=shut.pk, absorbed_id=make_person("R. Huot").pk, chosen={}, why="même date", by=town.agent
    )
    row = PersonAddress.objects.get(person=shut)
    for name, pk in (("end", theirs.pk), ("out", row.pk), ("remove", row.pk)):
        assert client.post(at(lucie, f"{name}/{pk}/")).status_code == 404
        assert "Pourquoi l’ouvrez-vous?" in text(client.post(at(shut, f"{name}/{pk}/")))
    flag = shut.sensitivities.get()
    apart, lift = f"/desk/mergers/{merger.pk}/separate/", at(shut, f"sensitive/{flag.pk}/lift/")
    for by, address in ((town.agent, apart), (town.manager, lift)):
        assert "Pourquoi l’ouvrez-vous?" in text(entered(by).post(address, {"why": "Fini"}))
    for changed in (theirs, row, merger, flag):
        changed.refresh_from_db()
    assert (theirs.until, row.until, merger.undone_at, flag.lifted_at) == (None, None, None, None)
    assert client.post(at(lucie, f"end/{mine.pk}/")).status_code == 302


def test_a_file_shown_after_a_refusal_was_read_too(town: SmallTown, lucie: Person) -> None:
    client, row = entered(town.agent), PersonAddress.objects.get(person=lucie)
    for address, typed in ((at(lucie, "address/"), {}), (at(lucie, f"out/{row.pk}/"), {"until": "2030-01-01"})):
        before = AccessLogEntry.objects.filter(subject="person", subject_id=lucie.pk).count()
        assert "450 555-0142" in text(client.post(address, typed))
        assert AccessLogEntry.objects.filter(subject="person", subject_id=lucie.pk).count() == before + 1


def test_files_are_merged_and_separated_after_a_look(town: SmallTown, lucie: Person) -> None:
    other = people.register_person(
        name="Lucie Trembley", phone="450 555-0143", email="lucie@exemple.ca", by=Actor.staff(town.agent)
    )
    case = opened(town, person=other)
    client = entered(town.agent)
    shown = text(client.get(at(lucie, f"merge/?other={other.pk}")))
    assert "lucie@exemple.ca" in shown and case.reference in shown and "450 555-0143" in shown
    typed = {"other": other.pk, "take-email": "other", "take-reach": "other", "why": "Même date"}
    assert "lucie@exemple.ca" in text(client.post(at(lucie, "merge/do/"), typed, follow=True))
    assert client.get(at(other))["Location"] == at(lucie), "an old link leads to the file that is kept"
    assert case.reference in text(client.get(at(lucie)))
    assert "450 555-0143" in text(client.get(f"/desk/cases/{case.reference}/")), "its numbers stay on its requests"
    keep_snippet(name="salut", words_fr="Bonjour {nom}", words_en="", by=town.editor, shared=True)
    picked = client.get(f"/desk/snippets/pick?q=salut&case={case.reference}")
    assert "Bonjour Lucie Tremblay" in text(picked), "and letters bear the name that the kept file says"
    merger = Merger.objects.get()
    assert "Même date" in text(client.get(at(lucie, "merge/")))
    assert "450 555-0143" in text(client.get(f"/desk/mergers/{merger.pk}/"))
    client.post(f"/desk/mergers/{merger.pk}/separate/", {"why": "Deux cousines"})
    assert "lucie@exemple.ca" in text(client.get(at(other))) and "lucie@exemple.ca" not in text(client.get(at(lucie)))


def lines_of(shown: str, heading: str) -> list[str]:
    """The text of the bullets under a heading."""
    under = shown.split(heading, 1)[1].split("</ul>", 1)[0]
    lines = re.findall(r"<li>(.*?)</li>", under, re.DOTALL)
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", line)).strip() for line in lines]


def test_what_a_merge_brings_is_listed_and_each_number_keeps_its_label(town: SmallTown, lucie: Person) -> None:
    there = make_address(14, "rue du Phare")
    other = people.register_person(
        name="Lucie Trembley",
        phone="450 555-0143",
        address=there,
        organisation="Dépanneur du Quai",
        by=Actor.staff(town.agent),
    )
    people.update_person(person=other, phone="450 555-0199", by=Actor.staff(town.agent))
    case, two = opened(town, person=other), opened(town, person=other)
    receive(Arrival(channel="counter", key=unique(), by=Actor.staff(town.agent), person=other))
    client = entered(town.agent)
    brought = lines_of(page(client.get(at(lucie, f"merge/?other={other.pk}"))), "Ce qui se lira ici désormais")
    assert brought == [
        f"2 requêtes {two.reference}, {case.reference}",
        "1 contact mar. 24 nov., comptoir",
        "2 numéros 450 555-0143, 450 555-0199",
        "1 adresse 14, rue du Phare",
        "1 organisation Dépanneur du Quai",
    ]
    client.post(at(lucie, "merge/do/"), {"other": other.pk, "take-reach": "mine", "why": "Même date"})
    content = text(client.get(at(lucie)))
    for number in ("450 555-0142", "450 555-0143", "450 555-0199"):
        assert f"Téléphone {number}" in content, "a number is told as one, whichever file it came from"
    assert "14, rue du Phare" in content and "Dépanneur du Quai" in content


def test_files_are_not_merged_without_saying_how_one_knows_and_what_was_chosen_is_kept(
    town: SmallTown, lucie: Person
) -> None:
    other = people.register_person(name="Lucie Trembley", phone="450 555-0143", by=Actor.staff(town.agent))
    client = entered(town.agent)
    refused = client.post(at(lucie, "merge/do/"), {"other": other.pk, "take-name": "other", "why": "  "})
    assert refused.status_code == 422 and not Merger.objects.exists()
    assert "Dites comment vous savez que c’est la même personne" in text(refused)
    assert re.search(r'name="take-name" value="other" checked', page(refused))


@pytest.mark.parametrize(
    ("kept", "other", "said"),
    [
        ({}, {"email": "l@exemple.ca", "reach": "phone"}, "phone"),
        ({"email": "l@exemple.ca"}, {"reach": "phone"}, "phone"),
        ({"reach": "phone"}, {"email": "l@exemple.ca"}, "phone"),
        ({"reach": "paper"}, {"reach": "phone"}, "phone"),
        ({"reach": "phone"}, {"reach": "none"}, "none"),
        ({"email": "lucie@exemple.ca"}, {"email": "l@exemple.ca"}, "email"),
    ],
)
def test_who_said_call_do_not_write_is_not_proposed_to_be_written_to(
    town: SmallTown, kept: dict[str, str], other: dict[str, str], said: str
) -> None:
    result, two = (
        people.register_person(
            name=name, phone=phone, email=typed.get("email", ""), address=town.address, by=Actor.staff(town.agent)
        )
        for name, phone, typed in (("Lucie", "450 555-0144", kept), ("Lucie T.", "450 555-0145", other))
    )
    for person, typed in ((result, kept), (two, other)):
        people.update_person(person=person, reach=typed.get("reach"), by=Actor.staff(town.agent))
    result.refresh_from_db()
    two.refresh_from_db()
    shown = page(entered(town.agent).get(at(result, f"merge/?other={two.pk}")))
    chosen = re.search(r'name="take-reach" value="(\w+)" checked', shown)
    took = two if chosen and chosen[1] == "other" else result
    assert took.reach == said


@pytest.mark.parametrize(
    ("rule", "how", "told"),
    [
        ("free", "nothing", True), ("check", "nothing", False), ("check", "on_file", True), ("check", "document", True),
        ("proof", "document", False), ("proof", "proof", True), ("never", "proof", False), ("never", "document", False),
    ],
)  # fmt: skip
def test_what_may_be_told_after_which_check(rule: str, how: str, told: bool) -> None:
    assert may_tell(Disclosure.How(rule), how) is told


def test_the_check_is_recorded_on_the_contact_and_the_refusal_is_said(town: SmallTown, lucie: Person) -> None:
    values = {"person": "check", "mandate": "proof", "neighbour": "never", "anyone": "never"}
    Disclosure.objects.create(
        slug="solde", title_fr="Solde de taxes", told=values, refusal_fr="Je ne peux pas en parler."
    )
    contact = receive(Arrival(channel="phone", key=unique(), by=Actor.staff(town.agent), person=lucie))
    client, here = entered(town.agent), f"/desk/contacts/{contact.pk}/"
    pane = client.get(f"{here}pane/say")
    assert "Solde de taxes" in text(pane)
    assert '<option value="nothing" selected>' in page(pane), "a check is said, never taken for granted"
    typed = {"key": "k1", "disclosure": "solde", "asker": "neighbour", "how": "document", "name": ""}
    client.post(f"{here}check/", typed)
    content = text(client.post(f"{here}check/", typed, follow=True))
    assert "Je ne peux pas en parler." in content
    check = Check.objects.get()
    assert (check.disclosed, check.person, check.by) == (False, lucie, town.agent)
    assert client.post(f"{here}check/", {**typed, "key": "k2", "asker": "mandate"}).status_code == 422
    assert "Solde de taxes" in text(client.get(at(lucie))), "and it stands on the line of time"
    with pytest.raises(Invalid):
        record_check(contact_id=contact.pk, key="k3", disclosure="rien", asker="x", how="y", by=town.agent)


def test_a_shared_number_shows_who_it_may_be(town: SmallTown, lucie: Person) -> None:
    people.register_person(name="Marc Tremblay", phone="450 555-0142", by=Actor.staff(town.agent))
    contact = receive(Arrival(channel="phone", key=unique(), by=Actor.staff(town.agent), phone="+14505550142"))
    client = entered(town.agent)
    assert "2 personnes ont ce numéro. Qui est-ce?" in text(client.get(f"/desk/contacts/{contact.pk}/"))
    options = page(client.get("/desk/people?q=450 555-0142"))
    assert options.count("numéro partagé") == 2
    fresh = receive(Arrival(channel="phone", key=unique(), by=Actor.staff(town.agent)))
    client.post(f"/desk/contacts/{fresh.pk}/person/", {"person": f"{lucie.pk} +14505550142"})
    fresh.refresh_from_db()
    assert (fresh.person, fresh.phone) == (lucie, "+14505550142")


def test_call_do_not_write_makes_a_call_of_each_letter(town: SmallTown, lucie: Person, run_jobs: object) -> None:
    people.update_person(person=lucie, email="lucie@exemple.ca", reach="phone", by=Actor.staff(town.agent))
    case = opened(town, person=Person.objects.get(pk=lucie.pk))
    handling.answer(case_id=case.pk, words="On passe jeudi.", by=town.technician)
    run_jobs()  # type: ignore[operator]
    assert Callback.objects.get(case=case).phone == "+14505550142"
    shown = entered(town.technician).get(f"/desk/cases/{case.reference}/?do=answer")
    assert "demande qu’on l’appelle" in text(shown)
    assert Contact.objects.count() == 0


def test_a_technician_opens_the_file_of_a_person_with_a_request_in_common_or_says_why(
    town: SmallTown, lucie: Person
) -> None:
    client, number = entered(town.technician), "450 555-0"
    asked = client.get(at(lucie))
    assert "Aucune requête de cette personne" in text(asked) and number not in text(asked)
    for search in ("search/preview/?q=lucie", "search/instant?q=lucie"):
        line = text(client.get(f"/desk/{search}"))
        assert "Lucie Tremblay" in line and "aucune requête en commun" in line and number not in line
    assert "Pourquoi l’ouvrez-vous" in text(client.get(f"/desk/people/{lucie.pk}/history/"))
    opened(town, person=lucie, subject=town.shed, nature="information", address=None)
    assert "Aucune requête de cette personne" in text(client.get(at(lucie))), "one of another department is not theirs"
    given = client.post(at(lucie, "why/"), {"reason": "Voisine d’un chantier", "back": at(lucie)}, follow=True)
    assert number in text(given)
    assert AccessLogEntry.objects.filter(user=town.technician, stated=True, reason="Voisine d’un chantier").exists()


def test_a_request_in_common_opens_the_file_and_the_reading_is_logged(town: SmallTown, lucie: Person) -> None:
    client = entered(town.technician)
    case = opened(town, person=lucie)
    assert "Pourquoi l’ouvrez-vous" not in text(client.get(at(lucie)))
    assert AccessLogEntry.objects.filter(user=town.technician, subject="person", subject_id=lucie.pk).exists()
    assert "aucune requête" not in text(client.get("/desk/search/preview/?q=lucie"))
    other = make_person("Lucie T.")
    merging.merge(kept_id=other.pk, absorbed_id=lucie.pk, chosen={}, why="même date", by=town.agent)
    assert "Pourquoi l’ouvrez-vous" not in text(client.get(at(other))), "the request of a file merged into it"
    assert "Lucie" in text(client.get(f"/desk/cases/{case.reference}/"))


@pytest.mark.parametrize("role", [Role.AGENT, Role.CLERK, Role.PRIVACY_OFFICER])
def test_those_who_answer_for_the_town_open_any_file_that_is_not_sensitive(
    town: SmallTown, lucie: Person, role: Role
) -> None:
    assert "Pourquoi l’ouvrez-vous" not in text(entered(town.staff[role]).get(at(lucie)))
