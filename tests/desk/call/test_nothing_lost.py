"""Going back, two windows, double clicks, odd characters: no words lost, no person created twice, no error."""

from typing import Any

import pytest
from django.test import Client

from parvis.apps.cases.models import Case, Entry
from parvis.apps.directory.models import AccessLogEntry, Actor, Presence
from parvis.apps.directory.rules.permissions import Role
from parvis.apps.directory.services.staff import record_presence
from parvis.apps.intake.models import Callback, Contact, Matter
from parvis.apps.residents.models import Person
from parvis.apps.residents.services.people import register_person, update_person
from tests.counting import statements
from tests.desk.call.made import begun, case_form, contact_at, entered, form_of, key_on, save
from tests.factories import SmallTown, make_department, make_person, make_user


@pytest.fixture
def client(town: SmallTown) -> Client:
    return entered(town.agent)


@pytest.fixture
def url(client: Client) -> str:
    return begun(client)


def pane_key(client: Client, url: str, pane: str) -> str:
    """The key that one pane of the screen would submit now."""
    page = client.get(f"{url}pane/{pane}").content.decode()
    return page.partition(f'name="{pane}-key" value="')[2].partition('"')[0]


def unanswered(client: Client, url: str, key: str, **more: str) -> Any:
    return client.post(f"{url}unanswered/", {"unanswered-key": key, "unanswered-text": "Les ruches?", **more})


def newcomer(town: SmallTown, key: str, **values: Any) -> dict[str, str]:
    """The form of a case for a new person."""
    return case_form(key, town, **({"who": "new", "name": "Rose Roy", "phone": "418 555-0123"} | values))


# --- One submission, one matter ---------------------------------------------------------------------------------


def test_each_pane_left_open_settles_its_own_matter(town: SmallTown, client: Client, url: str) -> None:
    keys = {pane: pane_key(client, url, pane) for pane in ("case", "callback", "unanswered")}
    unanswered(client, url, keys["unanswered"], more="1")
    response = client.post(f"{url}case/", newcomer(town, keys["case"]))
    assert Case.objects.get().person == Person.objects.get(name="Rose Roy")
    assert response["Location"] == f"{url}?case={Case.objects.get().pk}"
    callback = {"key": keys["callback"], "phone": "418 555-0199", "when": "next", "reason": "Le tarif"}
    for _twice in range(2):
        client.post(f"{url}callback/", {f"callback-{k}": v for k, v in callback.items()} | {"more": "1"})
    assert Callback.objects.get().matter == Matter.objects.get(outcome="callback")
    assert [matter.outcome for matter in Matter.objects.all()] == ["none", "case", "callback"]


def test_the_press_that_closed_a_contact_does_not_close_the_next_one(client: Client, url: str) -> None:
    save(client, url, 1, text="les ruches")
    second = begun(client)
    closed = client.post(f"{second}answered/", form_of(client, second), follow=True)
    assert closed.redirect_chain[-1][0].startswith(url)
    pressed = {**form_of(client, closed.redirect_chain[-1][0]), "text": ""}
    again = client.post(f"{url}answered/", pressed)
    assert (again.status_code, contact_at(url).state) == (409, Contact.State.IN_PROGRESS)
    assert "autre contact" in again.content.decode()
    assert client.post(f"{url}answered/", {**form_of(client, url), "text": ""}).status_code == 302
    assert contact_at(url).state == Contact.State.DONE


def test_the_same_press_twice_closes_one_contact(client: Client, url: str) -> None:
    second = begun(client)
    form = form_of(client, second)
    for _twice in range(2):
        assert client.post(f"{second}answered/", form).status_code == 302
    assert [contact_at(item).state for item in (url, second)] == [Contact.State.IN_PROGRESS, Contact.State.DONE]


@pytest.mark.parametrize("end", ["case", "callback", "not-ours", "transfer", "answered"])
def test_a_key_that_settled_something_else_is_refused_with_all_that_was_typed(
    town: SmallTown, client: Client, url: str, end: str
) -> None:
    key = key_on(client, url)
    unanswered(client, url, key, more="1")
    forms: dict[str, dict[str, str]] = {
        "case": newcomer(town, key, words="Un trou profond."),
        "callback": {"callback-key": key, "callback-phone": "418 555-0199", "callback-when": "next"},
        "not-ours": {"not_ours-key": key, "not_ours-door": town.police.slug},
        "transfer": {"transfer-key": key, "transfer-department": town.works.slug},
        "answered": {"key": key, "text": "", "subject": town.shed.slug},
    }
    response = client.post(f"{url}{end}/", forms[end])
    assert response.status_code == 422
    if end != "answered":
        assert "déjà été réglé autrement" in response.content.decode()
    assert Matter.objects.count() == 1 and not Person.objects.exists()


def test_a_form_refused_for_its_key_may_be_sent_again_as_it_stands(town: SmallTown, client: Client, url: str) -> None:
    key = key_on(client, url)
    unanswered(client, url, key, more="1")
    form = newcomer(town, key, words="Un trou profond.")
    page = client.post(f"{url}case/", form).content.decode()
    assert "Un trou profond." in page and "Rose Roy" in page
    fresh = page.partition('name="case-key" value="')[2].partition('"')[0]
    assert fresh != key
    client.post(f"{url}case/", form | {"case-key": fresh})
    assert Case.objects.get().words == "Un trou profond."


def test_the_key_of_another_contact_settles_nothing(town: SmallTown, client: Client, url: str) -> None:
    key = pane_key(client, url, "case")
    client.post(f"{url}case/", newcomer(town, key))
    other = begun(client)
    response = client.post(f"{other}case/", newcomer(town, key, name="Luc Huot", phone="418 555-0144"))
    assert response.status_code == 422 and "Luc Huot" in response.content.decode()
    assert Person.objects.get().name == "Rose Roy"


def test_a_letter_typed_after_a_call_is_closed_goes_into_the_words_of_no_other(client: Client, url: str) -> None:
    """The contact that takes its place has no caret in its words: `n` begins a call, instead of being written there."""
    other = begun(client)
    written = client.get(other).text.partition('id="said"')[2].partition(">")[0]
    assert "autofocus" in written
    closed = client.post(f"{url}answered/", {"key": key_on(client, url)}, follow=True)
    assert closed.redirect_chain[-1][0].startswith(other)
    assert "autofocus" not in closed.text.partition('id="said"')[2].partition(">")[0]
    assert "data-focus" in closed.text.partition('class="done-line"')[2].partition(">")[0]


# --- New people -------------------------------------------------------------------------------------------------


def test_refused_and_sent_twice_one_person_is_kept(town: SmallTown, client: Client, url: str) -> None:
    form = newcomer(town, key_on(client, url), phone="")
    for _refused in range(3):
        assert client.post(f"{url}case/", form | {"case-address": ""}).status_code == 422
    assert not Person.objects.exists()
    for _twice in range(2):
        client.post(f"{url}case/", form)
    assert Person.objects.count() == Case.objects.count() == 1


def test_registering_on_the_line_twice_keeps_one_person(client: Client, url: str) -> None:
    for _twice in range(2):
        client.post(f"{url}person/new/", {"name": "Rose Roy"})
    assert Person.objects.count() == 1 and contact_at(url).person == Person.objects.get()


def test_the_e_mail_of_someone_known_by_phone_is_kept_and_written_to(town: SmallTown, client: Client, url: str) -> None:
    known = register_person(name="Rose Roy", phone="418 555-0123", by=Actor.citizen())
    client.post(f"{url}case/", newcomer(town, key_on(client, url), email="Rose@Exemple.ca"))
    known.refresh_from_db()
    assert known.writes_to == "rose@exemple.ca" and Person.objects.count() == 1
    assert Entry.objects.get().notified_via == Entry.NotifiedVia.EMAIL


def test_the_e_mail_of_someone_who_asked_to_be_called_is_kept_and_not_written_to(
    town: SmallTown, client: Client, url: str
) -> None:
    known = register_person(name="Rose Roy", phone="418 555-0123", by=Actor.citizen())
    update_person(person=known, reach="phone", by=Actor.staff(town.agent))
    client.post(f"{url}case/", newcomer(town, key_on(client, url), email="Rose@Exemple.ca"))
    known.refresh_from_db()
    assert (known.email, known.writes_to) == ("rose@exemple.ca", "") and Person.objects.count() == 1
    assert Entry.objects.get().notified_via == Entry.NotifiedVia.NOBODY, "they are on the line: no letter leaves"


def test_another_e_mail_under_the_same_name_and_number_is_someone_new(
    town: SmallTown, client: Client, url: str
) -> None:
    known = register_person(name="Rose Roy", phone="418 555-0123", email="rose@exemple.ca", by=Actor.citizen())
    client.post(f"{url}case/", newcomer(town, key_on(client, url), email="autre@exemple.ca"))
    known.refresh_from_db()
    assert known.email == "rose@exemple.ca"
    person = Case.objects.get().person
    assert person is not None and (person.pk, person.email) != (known.pk, known.email)
    assert person.writes_to == "autre@exemple.ca"


def test_the_address_of_someone_known_is_filled_and_never_replaced(town: SmallTown, client: Client, url: str) -> None:
    known = register_person(name="Rose Roy", phone="418 555-0123", by=Actor.citizen())
    values = {"name": "rose roy", "phone": "4185550123", "place": "12, rue du Quai"}
    client.post(f"{url}person/new/", values | {"address": str(town.address.pk)})
    known.refresh_from_db()
    assert known.address == town.address and contact_at(url).person == known
    client.post(f"{url}person/new/", values | {"place": "3, rang Double"})
    known.refresh_from_db()
    assert known.address == town.address
    other = contact_at(url).person
    assert other is not None and other.address_text == "3, rang Double"


def test_the_place_of_a_request_is_not_taken_for_a_home(town: SmallTown, client: Client, url: str) -> None:
    client.post(f"{url}case/", newcomer(town, key_on(client, url)))
    assert Case.objects.get().address == town.address and Person.objects.get().address is None


# --- Odd input --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "draft",
    ["[" * 3000 + "]" * 3000, '{"a":' * 900 + "1" + "}" * 900, '{"text": NaN}', '{"text": 1e999}', "[]", "²", "", '"x'],
)
def test_a_draft_that_is_none_is_refused_calmly(client: Client, url: str, draft: str) -> None:
    assert client.post(f"{url}draft", {"seq": "1", "draft": draft}).status_code == 400


@pytest.mark.parametrize("seq", ["0", "-1", "²", "", str(2**31), "9" * 30])
def test_a_draft_bears_a_small_number(client: Client, url: str, seq: str) -> None:
    assert client.post(f"{url}draft", {"seq": seq, "draft": "{}"}).status_code == 400


def test_characters_that_no_database_keeps_are_left_out_of_a_draft_and_refused_in_a_form(
    town: SmallTown, client: Client, url: str
) -> None:
    assert save(client, url, 1, text="un\0 trou \ud800ici", fields={"case-na\0me": "Rose\0"}).status_code == 200
    assert contact_at(url).draft == {"text": "un trou ici", "fields": {"case-name": "Rose"}}
    refused = client.post(f"{url}case/", newcomer(town, key_on(client, url), words="Un\0 trou", name="Rose\0 Roy"))
    assert refused.status_code == 422 and not Case.objects.exists() and not Person.objects.exists()
    assert "Rose␀ Roy" in refused.text and 'value="Rose Roy"' in refused.text, "shown where it is, and kept without it"
    client.post(f"{url}case/", newcomer(town, key_on(client, url), words="Un trou", name="Rose Roy"))
    assert Case.objects.get().words == "Un trou" and Person.objects.get().name == "Rose Roy"
    for asked in ("/desk/people?q=Rose%00", "/desk/search/?q=Rose%00", f"{url}suggest?q=trou%00"):
        assert client.get(asked).status_code in (200, 404)
    assert "Rose Roy" in client.get("/desk/people?q=Ro%00se").content.decode()
    assert client.get("/desk/cases/2026%00/").status_code == 404


@pytest.mark.parametrize("odd", ["²", "٣", "-1", "1" * 40, "1.5", "x"])
def test_an_odd_number_in_an_address_finds_nothing_and_breaks_nothing(
    town: SmallTown, client: Client, url: str, odd: str
) -> None:
    assert client.get("/desk/", {"stay": "", "done": odd}).status_code == 200
    assert client.get(url, {"case": odd}).status_code == 200
    assert client.get(f"{url}expectations", {"case-subject": town.pothole.slug, "case-address": odd}).status_code == 200
    assert client.post(f"{url}person/", {"person": odd}).status_code == 404
    form = case_form(key_on(client, url), town, address=odd, person=odd)
    assert client.post(f"{url}case/", form).status_code == 422
    officer = entered(town.privacy_officer)
    assert officer.get("/desk/access-log/", dict.fromkeys(("person", "case", "by", "after"), odd)).status_code == 200


# --- Transfers --------------------------------------------------------------------------------------------------


def transferred(town: SmallTown, client: Client, url: str) -> Any:
    """Transfers the caller to the technician, with the case just opened."""
    form = {"key": pane_key(client, url, "transfer"), "department": town.works.slug, "note": "Pressé"}
    form |= {"receiver": str(town.technician.pk), "case": str(Case.objects.get().pk)}
    return client.post(f"{url}transfer/", {f"transfer-{name}": value for name, value in form.items()})


def test_a_caller_is_put_through_about_a_comment(town: SmallTown, client: Client, url: str) -> None:
    client.post(f"{url}case/", case_form(key_on(client, url), town, nature="comment"))
    assert transferred(town, client, url).status_code == 302
    assert Entry.objects.get(kind=Entry.Kind.HANDED).body == "Pressé"


def test_a_transfer_on_a_closed_case_is_kept_and_says_why_it_is_not_written_there(
    town: SmallTown, client: Client, url: str
) -> None:
    client.post(f"{url}case/", case_form(key_on(client, url), town))
    Case.objects.update(state="closed")
    assert transferred(town, client, url).status_code == 302
    matter = Matter.objects.get(outcome="transfer")
    assert matter.note.startswith("Pressé\n") and Case.objects.get().reference in matter.note
    assert contact_at(url).state == Contact.State.DONE
    assert not Entry.objects.filter(kind=Entry.Kind.HANDED).exists()


def test_who_is_here_costs_the_same_for_one_department_and_thirty(town: SmallTown, client: Client, url: str) -> None:
    record_presence(user=town.technician, status=Presence.Status.FREE)

    def cost() -> int:
        with statements() as asked:
            page = client.get(f"{url}pane/transfer").content.decode()
        assert str(town.technician) in page or town.technician.display_name in page
        return len(asked)

    cost()
    before = cost()
    for rank in range(30):
        user = make_user(f"p{rank}.roy", (make_department(f"service-{rank}"), Role.TECHNICIAN))
        record_presence(user=user, status=Presence.Status.FREE)
    assert cost() == before


# --- Who reads whose file ---------------------------------------------------------------------------------------


def test_a_file_chosen_during_a_contact_is_read_once_and_on_record(town: SmallTown, client: Client, url: str) -> None:
    person = make_person("Rose Roy", phone="+14185550123")
    for _again in range(2):
        client.post(f"{url}person/", {"person": str(person.pk)})
    form = case_form(key_on(client, url), town, who="known", person=person.pk)
    client.post(f"{url}case/", form)
    reading = AccessLogEntry.objects.get(subject="person")
    assert (reading.user, reading.subject_id) == (town.agent, person.pk) and "contact" in reading.reason
    other = begun(client)
    client.post(f"{other}case/", case_form(key_on(client, other), town, who="known", person=person.pk))
    assert AccessLogEntry.objects.filter(subject="person").count() == 2


def test_a_proposal_shows_the_end_of_a_number_and_a_street(town: SmallTown, client: Client) -> None:
    register_person(name="Rose Roy", phone="418 555-0123", address=town.address, by=Actor.citizen())
    register_person(name="Rose Huot", address_text="App. 4, 3402, rang Double, Sainte-Rose", by=Actor.citizen())
    shown = client.get("/desk/people?q=rose").content.decode()
    assert "0123" in shown and "rue du Quai" in shown and "rang Double" in shown
    for hidden in ("418", "555", "12,", "3402", "App", "Sainte-Rose"):
        assert hidden not in shown
