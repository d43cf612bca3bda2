"""A protected address is shown only after a reason is given, checked on every page of the desk."""

import html
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.cases.letters.cases import RENDERERS
from parvis.apps.cases.models import Case, Entry, PaperLetter
from parvis.apps.cases.queries.lists.case_search import SearchFilter, search_cases
from parvis.apps.cases.queries.lists.duplicates import DuplicateQuery, find_duplicates
from parvis.apps.cases.queries.reporting.resolution_times import reported_nearby
from parvis.apps.cases.queries.warnings import warning
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.indexing import index_protected_requests
from parvis.apps.catalogue.models import Subject
from parvis.apps.directory.models import Actor, User
from parvis.apps.directory.rules.permissions import Role
from parvis.apps.households.models import Household
from parvis.apps.households.queries import members_of
from parvis.apps.households.services.households import make_household_at_counter
from parvis.apps.intake.channels import Arrival
from parvis.apps.intake.models import Callback, Contact, Given
from parvis.apps.intake.queries.contacts import find_contacts
from parvis.apps.intake.services import contacts
from parvis.apps.places.models import Address
from parvis.apps.residents.models import Person
from parvis.apps.residents.services import merging, organisations, people, places, privacy
from parvis.apps.search import services as index
from parvis.apps.search.models import SearchRow
from parvis.surfaces.public.request.screen import follow_token
from tests.desk.case.made import TUESDAY, opened
from tests.factories import SmallTown, make_address, make_person, unique

pytestmark = pytest.mark.django_db
# No row, date or port has such a number.
ADDRESS, PHONE, EMAIL = "471108113, chemin du Hérisson", "450 555-7319", "cachette@exemple.ca"
POINT = (45.471108, -73.48)
SECRETS = ("471108", "555-7319", "5557319", "••• 7319", EMAIL)


@pytest.fixture(autouse=True)
def _tuesday(settings: Settings) -> None:
    settings.PARVIS_NOW = TUESDAY


@dataclass(frozen=True)
class Hidden:
    """A person whose address is protected, all their records, and a neighbour without protection."""

    person: Person
    address: Address
    case: Case
    contact: Contact
    callback: Callback
    letter: PaperLetter
    household: Household
    neighbour: Case

    @property
    def values(self) -> dict[str, object]:
        """The values of the parameters of the desk's URLs."""
        others = (
            *("visit_id", "device_id", "declaration_id", "works_id", "incident_id", "report_id", "alert_id", "rule_id"),
            *("incoming_id", "reply_id", "text_id", "mailbox_id"),
            *("key_id", "membership_id", "view_id", "batch_id", "absence_id", "organisation_id", "row_id", "flag_id"),
            *("webhook_id", "server_id", "forwarding_id"),
            *("message_id", "delivery_id", "template_id"),
            *("screen_id", "item_id", "request_id", "playlist_id"),
            *("issue_id", "point_id"),
            *("account_id", "post_id", "code_id"),
            *("mention_id", "follow_up_id", "snippet_id", "number", "matter_id", "merger_id"),
            *("refund_id", "invoice", "registration", "run_id", "hold_id", "ending_id", "event_id", "line_id"),
        )
        return {
            **dict.fromkeys(others, 1),
            **{"person_id": self.person.pk, "contact_id": self.contact.pk, "reference": self.case.reference},
            **{"callback_id": self.callback.pk, "user_id": self.contact.agent_id, "seq": 1, "slug": "voirie"},
            **{"app": "leisure", "name": "case", "key": uuid.UUID(int=1), "page": "controls"},
            "public_id": self.household.public_id,
            "individual": members_of(self.household)[0].individual.public_id,
        }


def planted(town: SmallTown) -> tuple[Person, Address]:
    """Rose Huot, protected by a court order, at an address unlike any other in the town."""
    address = make_address(471108113, "chemin du Hérisson", latitude=POINT[0], longitude=POINT[1])
    person = people.register_person(name="Rose Huot", phone=PHONE, address=address, by=Actor.staff(town.agent))
    places.add_address(person_id=person.pk, role="owner", text="471108113, rang Double, Ailleurs", by=town.agent)
    return person, address


@pytest.fixture
def hidden(town: SmallTown, run_jobs: Any) -> Hidden:
    person, address = planted(town)
    case = opened(town, person=person, address=address, words="Le bac n’a pas été vidé.")
    beside = make_address(4713, "chemin du Hérisson", latitude=POINT[0] + 0.0002, longitude=POINT[1])
    neighbour = opened(town, person=make_person("Paul Roy"), address=beside, words="Le bac n’a pas été vidé.")
    contact = contacts.receive(
        Arrival(channel="phone", key=unique(), by=Actor.staff(town.agent), person=person, text="bac")
    )
    contact.matters.create(key=unique(), outcome="case", case=case, at=contact.started_at, by=town.agent)
    over = contacts.receive(
        Arrival(channel="phone", key=unique(), by=Actor.staff(town.agent), person=person, text="hibou")
    )
    over.matters.create(
        key=unique(), outcome="case", case=case, subject=case.subject, at=over.started_at, by=town.agent
    )
    for item in (contact, over):
        answered = item.matters.create(key=unique(), outcome="answered", at=item.started_at, by=town.agent)
        Given.objects.create(matter=answered, language="fr", words=f"Au {ADDRESS}: le mardi.", at=item.started_at)
    contacts.finish(contact_id=over.pk, by=town.agent)
    handling.answer(case_id=case.pk, words="On passe jeudi.", by=town.technician)
    run_jobs()
    people.update_person(person=person, reach="paper", by=Actor.staff(town.agent))
    handling.answer(case_id=case.pk, words="On repasse vendredi.", by=town.technician)
    run_jobs()
    household = make_household_at_counter(person=person, by=town.agent, seen=True)
    privacy.flag_file(person_id=person.pk, kind="protected", why="Ordonnance", by=town.manager)
    run_jobs()
    person.refresh_from_db()
    case.refresh_from_db()
    callback, letter = Callback.objects.get(case=case), PaperLetter.objects.get()
    return Hidden(person, address, case, contact, callback, letter, household, neighbour)


def pages(hidden: Hidden) -> Iterator[str]:
    """Every page of the desk, those of this person included, and searches for them."""
    for resolver in get_resolver().url_patterns:
        if isinstance(resolver, URLResolver) and resolver.namespace == "desk":
            for pattern in resolver.url_patterns:
                assert isinstance(pattern, URLPattern) and pattern.name
                values = {name: hidden.values[name] for name in pattern.pattern.converters}
                yield reverse(f"desk:{pattern.name}", kwargs=values) + "?as=page"
    yield f"/desk/contacts/{Contact.objects.get(text='hibou').pk}/receipt/?as=page"
    for words in ("Huot", "Rose", "bac", "hibou", hidden.case.reference, "450 555"):
        for search in ("search/", "search/preview/", "search/instant", "people", "organisations/options"):
            yield f"/desk/{search}?q={words}"
    yield from (f"/desk/queue/voirie/?view={view}" for view in ("mine", "late", "today", "paused", "to_take"))
    yield from (f"/desk/queue/voirie/?sort={sort}" for sort in ("newest", "oldest", "street"))
    yield f"/desk/cases/{hidden.case.reference}/?queue=voirie"
    yield f"/desk/cases/{hidden.case.reference}/neighbours?queue=voirie"
    yield f"/desk/cases/{hidden.case.reference}/side/map?small"
    yield from (
        f"/desk/cases/{hidden.case.reference}/?do={transition}"
        for transition in ("answer", "visit", "pass-on", "close")
    )
    yield from (f"/desk/cases/{hidden.neighbour.reference}/{rest}" for rest in ("", "similar/", "side/map"))
    yield f"/desk/cases/{hidden.case.reference}/merge/?with={hidden.neighbour.reference}"
    yield f"/desk/letters/print/?letter={hidden.letter.pk}&as=page"
    yield f"/desk/people/{make_person('Une autre').pk}/merge/?q=huot"
    yield from (f"/desk/contacts/{hidden.contact.pk}/pane/{name}" for name in ("callback", "place", "case"))
    yield f"/desk/contacts/{hidden.contact.pk}/pane/case?subject={hidden.case.subject.slug}"
    yield f"/desk/contacts/{hidden.contact.pk}/?case={hidden.case.pk}"


def told(response: Any) -> str:
    """The whole text of a response of any type."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return html.unescape(body.decode(errors="replace")).replace("\u00a0", " ")


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("role", list(Role))
def test_no_page_of_the_desk_tells_a_protected_address_to_someone_who_gave_no_reason(
    town: SmallTown, hidden: Hidden, role: Role
) -> None:
    client = client_of(town.staff[role])
    Subject.objects.update(public=True)  # so that what is to publish, and its page, have this request too
    leaks, read = dict[str, list[str]](), 0
    for address in pages(hidden):
        response = client.get(address, follow=True)
        said, read = told(response), read + (response.status_code == 200)
        if result := [secret for secret in SECRETS if secret in said]:
            leaks[address] = result
    assert leaks == {}
    assert read >= 5, "the walk saw pages"


def give_reason(client: Client, hidden: Hidden, back: str) -> Any:
    return client.post(f"/desk/people/{hidden.person.pk}/why/", {"reason": "On y va", "back": back}, follow=True)


def test_whoever_works_there_says_why_then_reads_where_to_go(town: SmallTown, hidden: Hidden) -> None:
    client, here = client_of(town.technician), f"/desk/cases/{hidden.case.reference}/"
    before = told(client.get(here))
    assert "adresse protégée" in before and f"/desk/people/{hidden.person.pk}/why/?back={here}" in before
    assert ADDRESS not in told(client.get(f"/desk/people/{hidden.person.pk}/why/?back={here}"))
    assert ADDRESS in told(give_reason(client, hidden, here)), "and comes back to the request"
    for rest in ("", "side/map", "history/", "similar/"):
        assert "Dites pourquoi" not in told(client.get(f"{here}{rest}")), rest
    assert ADDRESS in told(client.get(f"{here}side/map"))
    for listed in ("/desk/queue/voirie/?view=open", f"/desk/search/?q={hidden.case.reference[:2]}+huot"):
        assert ADDRESS not in told(client.get(listed)), "a list says it to nobody"
    assert ADDRESS not in told(client_of(town.manager).get(here)), "each says their own reason"


def test_a_receipt_whose_code_opens_the_citizens_page_asks_for_a_reason(town: SmallTown, hidden: Hidden) -> None:
    page = told(client_of(town.agent).get(f"/desk/cases/{hidden.case.reference}/receipt/?as=page"))
    assert hidden.case.code not in page and "Pourquoi l’ouvrez-vous" in page


def test_a_link_given_before_to_follow_what_was_told_there_opens_nothing_more(town: SmallTown, hidden: Hidden) -> None:
    link = reverse("public:request_known", args=[follow_token(hidden.case.pk)])
    assert "Hérisson" not in Client().get(link).text
    neighbours = reverse("public:request_known", args=[follow_token(hidden.neighbour.pk)])
    assert "Hérisson" in Client().get(neighbours).text, "the link is of the right kind"


def test_an_organisation_does_not_say_that_someone_hidden_belongs_to_it(town: SmallTown, hidden: Hidden) -> None:
    shelter = organisations.register_organisation(name="Maison du Pas", by=Actor.staff(town.agent))
    organisations.join_organisation(person_id=hidden.person.pk, organisation=shelter, role="employee", by=town.agent)
    page = told(client_of(town.agent).get(f"/desk/organisations/{shelter.pk}/"))
    assert "Rose Huot" not in page and "1 personne dont le dossier" in page


def test_a_letter_and_a_call_are_made_once_a_reason_was_given(town: SmallTown, hidden: Hidden) -> None:
    client, sheet = client_of(town.agent), f"/desk/letters/print/?letter={hidden.letter.pk}&as=page"
    refused = told(client.post("/desk/letters/print/", {"letter": hidden.letter.pk, "as": "page"}))
    assert "Pourquoi l’ouvrez-vous" in refused and ADDRESS not in refused
    assert PHONE not in told(client.get("/desk/callbacks/")) and PHONE not in told(client.get("/desk/?stay"))
    assert ADDRESS in told(give_reason(client, hidden, sheet)), "the envelope bears it"
    assert ADDRESS in told(client.get("/desk/letters/")) and PHONE in told(client.get("/desk/callbacks/"))
    receipt = told(client.get(f"/desk/cases/{hidden.case.reference}/receipt/?as=page"))
    assert hidden.case.reference in receipt and ADDRESS not in receipt, "paper lies about: it needs no address"


@pytest.mark.parametrize("words", ["471108113", "hérisson", "471108113 chemin du hérisson"])
def test_nobody_learns_who_lives_at_an_address_by_searching_it(town: SmallTown, hidden: Hidden, words: str) -> None:
    for user in (town.agent, town.technician, town.manager):
        content = told(client_of(user).get("/desk/search/", {"q": words}))
        assert hidden.case.reference not in content and "Huot" not in content.replace("huot", "")
        beside = told(client_of(user).get("/desk/search/preview/", {"q": words}))
        assert "Rose Huot" not in beside
        assert search_cases(f"huot {words}", SearchFilter(), user=user).cases == [], "nor is a guess confirmed"
        for search_filter in (f"at={hidden.address.pk}", "street=chemin+du+Hérisson", f"at={hidden.address.pk}&q=bac"):
            assert hidden.case.reference not in told(client_of(user).get(f"/desk/search/?{search_filter}")), (
                search_filter
            )
    assert hidden.case.reference in told(client_of(town.agent).get("/desk/search/", {"q": "huot bac"}))


def test_words_that_say_the_address_are_not_found_by_it_either(town: SmallTown, run_jobs: Any) -> None:
    person, address = planted(town)
    case = opened(town, person=person, address=address, words="Le bac du 471108113, chemin du Hérisson.")
    contact = contacts.receive(
        Arrival(channel="phone", key=unique(), by=Actor.staff(town.agent), person=person, text="471108113 hibou")
    )
    contacts.finish(contact_id=contact.pk, by=town.agent)
    assert find_contacts("471108113", town.manager) == [contact]
    privacy.flag_file(person_id=person.pk, kind="protected", why="Ordonnance", by=town.manager)
    run_jobs()
    later = opened(
        town, person=Person.objects.get(pk=person.pk), address=address, words="Encore au 471108113 Hérisson."
    )
    for words in ("471108113", "Hérisson"):
        assert search_cases(words, SearchFilter(), user=town.agent).cases == [], words
    assert find_contacts("471108113", town.manager) == find_contacts("hibou", town.manager) == []
    assert search_cases("huot", SearchFilter(), user=town.agent).cases == [later, case]
    assert find_contacts("rose huo", town.manager) == [contact]


def test_another_caller_at_that_address_is_not_shown_what_was_asked_there(town: SmallTown, hidden: Hidden) -> None:
    query = DuplicateQuery(hidden.case.subject, words=hidden.case.words, address=hidden.address)
    assert [duplicate.case for duplicate in find_duplicates(query)] == [hidden.neighbour]
    theirs = DuplicateQuery(
        hidden.case.subject, words=hidden.case.words, address=hidden.address, person=hidden.person.pk
    )
    why = next(duplicate.why for duplicate in find_duplicates(theirs) if duplicate.case == hidden.case)
    assert "même personne" in why and "lieu" not in why and " m" not in why.replace("même", ""), "no place told"
    hidden.case.subject.place = "required"
    assert [near.case for near in reported_nearby(hidden.case.subject, hidden.address, None)] == [hidden.neighbour]


def test_the_letters_to_the_citizen_say_where_and_those_to_the_staff_do_not(town: SmallTown, hidden: Hidden) -> None:
    entry = hidden.case.entries.get(kind="opened")
    assert ADDRESS in str(RENDERERS[Entry.Kind.OPENED](entry.pk))
    warned = str(warning(hidden.case.pk, "75"))
    assert "adresse protégée" in warned and ADDRESS not in warned
    assert ADDRESS in told(Client().get(reverse("public:follow", args=[hidden.case.secret]))), "their own page too"


def test_a_mark_that_is_lifted_lets_the_place_be_found_again(town: SmallTown, hidden: Hidden, run_jobs: Any) -> None:
    row = SearchRow.objects.get(kind="case", object_id=hidden.case.pk)
    assert "herisson" not in row.text and "huot" in row.text
    index.index(kind="case", object_id=hidden.case.pk, words=f"{row.text} ancien2019")
    flag = hidden.person.sensitivities.get()
    privacy.lift_flag(person_id=hidden.person.pk, flag_id=flag.pk, why="Levée", by=town.manager)
    run_jobs()
    result = [
        search_cases(words, SearchFilter(), user=town.agent).cases
        for words in ("471108113 hérisson", "ancien2019 huot")
    ]
    assert result == [[hidden.case]] * 2, "by its place, and by all it was found by before"
    assert ADDRESS in told(client_of(town.technician).get(f"/desk/cases/{hidden.case.reference}/"))


def test_a_file_merged_into_a_protected_one_is_protected_until_they_are_separated(
    town: SmallTown, hidden: Hidden, run_jobs: Any
) -> None:
    other = make_person("R. Huot")
    case = opened(town, person=other, address=hidden.address)

    def place() -> str:
        return Case.objects.get(pk=case.pk).place

    assert place() == ADDRESS
    merger = merging.merge(kept_id=hidden.person.pk, absorbed_id=other.pk, chosen={}, why="même date", by=town.agent)
    run_jobs()
    assert place() == "adresse protégée"
    assert search_cases("471108113 hérisson", SearchFilter(), user=town.agent).cases == []
    merging.unmerge(merger_id=merger.pk, by=town.agent)
    run_jobs()
    assert place() == ADDRESS and search_cases("471108113 hérisson", SearchFilter(), user=town.agent).cases == [case]


def test_a_place_left_in_the_index_of_a_protected_person_leaves_it_at_the_next_setup(hidden: Hidden) -> None:
    index.index(kind="case", object_id=hidden.case.pk, words="bac huot 471108113 herisson")
    assert sum(index_protected_requests()) == 1 and sum(index_protected_requests()) == 0
    assert "herisson" not in SearchRow.objects.get(kind="case", object_id=hidden.case.pk).text


@pytest.mark.parametrize("rows", [1, 30])
def test_lists_of_protected_people_cost_the_same(
    town: SmallTown, rows: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(rows):
        person = make_person(f"Rose {number}", phone=f"+145055570{number:02}")
        privacy.flag_file(person_id=person.pk, kind="protected", why="Ordonnance", by=town.manager)
        opened(town, person=person, words="bac")
    client = client_of(town.agent)
    for address, most in (
        ("/desk/search/?q=bac", 14),
        ("/desk/search/preview/?q=rose", 18),
        ("/desk/search/instant?q=rose", 16),
    ):
        client.get(address)
        with django_assert_max_num_queries(most):
            client.get(address)
    technician = client_of(town.technician)
    technician.get("/desk/queue/voirie/")
    with django_assert_max_num_queries(14):
        assert "adresse protégée" in told(technician.get("/desk/queue/voirie/"))
