"""The waiting line for agents, the tablet at the entrance, the screen in the hall."""

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.directory.models import User
from parvis.apps.intake.models import Contact, Device, Visit
from parvis.apps.intake.queries.contacts import line_today
from parvis.apps.intake.services.counter.devices import close_device, set_device
from parvis.apps.intake.services.counter.visits import call_next, take_number
from tests.factories import SmallTown, unique
from tests.polling import polled


def entered(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def device(town: SmallTown, kind: str = "door") -> Device:
    return set_device(kind=kind, name="Entrée", by=town.agent)


def press(tablet: Device, **values: str) -> Visit:
    """Takes a ticket on the tablet."""
    answer = Client().post(f"/attente/borne/{tablet.secret}/", {"key": unique(), "language": "fr"} | values)
    assert answer.status_code == 302
    return Visit.objects.get(number=int(answer["Location"].strip("/").rpartition("/")[2]))


def call(client: Client, window: object = 2, **values: str) -> str:
    """The redirect of "call the next person"."""
    answer = client.post("/desk/counter/next/", {"window": window, "key": unique()} | values)
    assert answer.status_code == 302
    return str(answer["Location"])


def test_someone_takes_a_number_and_nothing_is_asked_of_them(town: SmallTown) -> None:
    tablet = device(town)
    page = Client().get(f"/attente/borne/{tablet.secret}/").content.decode()
    assert not re.findall(r'<input(?! type="hidden")', page)
    answer = Client().post(f"/attente/borne/{tablet.secret}/", {"key": "k", "language": "en"})
    again = Client().post(f"/attente/borne/{tablet.secret}/", {"key": "k", "language": "en"})
    assert answer["Location"] == again["Location"] == f"/attente/borne/{tablet.secret}/1/"
    ticket = Client().get(answer["Location"]).content.decode()
    assert "A1" in ticket and "Your number" in ticket
    assert Visit.objects.get().language == "en"


def test_a_page_left_open_overnight_gives_a_number_of_the_day(town: SmallTown, settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-24T16:00:00-05:00"
    tablet = device(town)
    press(tablet)
    press(tablet, key="k")
    settings.PARVIS_NOW = "2026-11-25T09:00:00-05:00"
    answer = Client().post(f"/attente/borne/{tablet.secret}/", {"key": "k", "language": "fr"})
    assert "A1" in Client().get(answer["Location"]).content.decode()


@pytest.mark.parametrize("english", ["open", "off"])
def test_the_door_speaks_the_languages_of_the_town(town: SmallTown, english: str) -> None:
    town.town.english = english
    town.town.save()
    page = Client().get(f"/attente/borne/{device(town).secret}/").content.decode()
    assert 'value="fr"' in page and ('value="en"' in page) == (english == "open")


def test_an_address_that_is_closed_or_of_another_kind_leads_nowhere(town: SmallTown) -> None:
    tablet, hall = device(town), device(town, "hall")
    for address in (f"borne/{hall.secret}/", f"ecran/{tablet.secret}/", "borne/unknown/", "ecran/unknown/changes"):
        assert Client().get(f"/attente/{address}").status_code == 404
    close_device(device_id=tablet.pk, by=town.agent)
    assert Client().post(f"/attente/borne/{tablet.secret}/", {"key": "k"}).status_code == 404
    assert not Visit.objects.exists()


def test_another_site_takes_no_number(town: SmallTown) -> None:
    tablet = device(town)
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    assert Client().post(f"/attente/borne/{tablet.secret}/", {"key": "k"}, headers=elsewhere).status_code == 403


def test_a_tablet_pressed_without_end_waits(town: SmallTown) -> None:
    tablet = device(town)
    answers = [Client().post(f"/attente/borne/{tablet.secret}/", {"key": unique()}).status_code for _ in range(82)]
    assert answers.count(302) in range(40, 81) and 429 in answers  # two rate-limit windows at most


def test_the_hall_shows_who_is_called_where_and_is_told_only_of_changes(town: SmallTown) -> None:
    tablet, hall = device(town), device(town, "hall")
    address = f"/attente/ecran/{hall.secret}/changes"
    press(tablet)
    before = Client().get(address).json()
    assert Client().get(address, {"mark": before["mark"]}).status_code == 204
    client = entered(town.agent)
    call(client, 4)
    after = Client().get(address, {"mark": before["mark"]}).json()
    assert "A1" in after["html"] and "<b>4</b>" in after["html"]
    visit = Visit.objects.get()
    client.post(f"/desk/counter/{visit.pk}/again/")
    again = Client().get(address, {"mark": after["mark"]})
    assert again.status_code == 200 and f'data-told="{visit.pk}.2"' in again.json()["html"]


def test_the_hall_reads_no_family_name(town: SmallTown) -> None:
    hall = device(town, "hall")
    client = entered(town.agent)
    client.post("/desk/counter/name/", {"name": "Jeanne Arsenault", "language": "fr", "key": unique()})
    call(client)
    page = Client().get(f"/attente/ecran/{hall.secret}/").content.decode()
    assert "Jeanne A." in page and "Arsenault" not in page
    assert "Jeanne Arsenault" in client.get("/desk/counter/").content.decode()


def test_calling_opens_the_contact_at_the_counter_and_remembers_the_window(town: SmallTown) -> None:
    tablet = device(town)
    press(tablet), press(tablet)
    client = entered(town.agent)
    address = call(client, 3)
    contact = Contact.objects.get()
    assert address == f"/desk/contacts/{contact.pk}/" and contact.channel == "counter"
    page = client.get(address).content.decode()
    assert "A1" in page and f"/desk/counter/{Visit.objects.get(number=1).pk}/absent/" in page
    assert '<option value="3" selected>' in client.get("/desk/counter/").content.decode()


def test_without_a_window_the_agent_is_asked_for_it_and_nobody_is_called(town: SmallTown) -> None:
    press(device(town))
    answer = entered(town.agent).post("/desk/counter/next/", {"window": "", "key": "k"})
    assert answer.status_code == 422 and 'aria-invalid="true"' in answer.content.decode()
    assert not Contact.objects.exists()


def test_a_window_refused_stays_as_the_agent_left_it_not_as_it_was_last(town: SmallTown) -> None:
    tablet = device(town)
    press(tablet), press(tablet)
    client = entered(town.agent)
    call(client, 4)
    answer = client.post("/desk/counter/next/", {"window": "", "key": "k"})
    assert answer.status_code == 422 and " selected" not in answer.content.decode().partition("</select>")[0]


def test_the_same_press_sent_twice_leads_to_the_same_contact(town: SmallTown) -> None:
    tablet = device(town)
    press(tablet), press(tablet)
    client = entered(town.agent)
    assert call(client, key="once") == call(client, key="once")
    assert Contact.objects.count() == 1


def test_an_empty_line_is_said_and_calling_it_leads_back(town: SmallTown) -> None:
    client = entered(town.agent)
    page = client.get("/desk/counter/").content.decode()
    assert 'class="empty"' in page
    answer = client.post("/desk/counter/next/", {"window": 1, "key": "k"}, follow=True)
    assert answer.redirect_chain[-1][0] == "/desk/counter/" and 'class="toast bad"' in answer.content.decode()


def test_someone_absent_may_be_put_back_and_a_gesture_undone(town: SmallTown) -> None:
    visit = press(device(town))
    client = entered(town.agent)
    call(client)
    page = client.post(f"/desk/counter/{visit.pk}/absent/", follow=True).content.decode()
    assert f'action="/desk/counter/{visit.pk}/back/"' in page  # the toast's undo
    client.post(f"/desk/counter/{visit.pk}/back/")
    assert line_today().waiting == [visit]
    client.post(f"/desk/counter/{visit.pk}/left/")
    assert line_today().waiting == [] and line_today().aside == [visit]


def test_a_name_is_needed_to_write_someone_in_and_what_was_typed_stays(town: SmallTown) -> None:
    client = entered(town.agent)
    answer = client.post("/desk/counter/name/", {"name": "  ", "language": "en", "key": "k"})
    assert answer.status_code == 422 and 'aria-invalid="true"' in answer.content.decode()
    assert '<option value="en" selected>' in answer.content.decode()
    assert not Visit.objects.exists()


def test_a_visit_of_another_day_or_of_nobody_is_refused_in_words(town: SmallTown) -> None:
    client = entered(town.agent)
    for gesture in ("again", "absent", "back", "left", "call"):
        answer = client.post(f"/desk/counter/987654/{gesture}/", {"window": 1, "key": unique()}, follow=True)
        assert 'class="toast bad"' in answer.content.decode(), gesture


def test_the_figures_of_the_desk_count_the_line(town: SmallTown) -> None:
    tablet = device(town)
    client = entered(town.agent)
    before = polled(client.get("/desk/").content.decode(), "figures")
    assert client.get(before).status_code == 204
    press(tablet), press(tablet)
    after = client.get(before)
    assert "<dt>2</dt>" in after.content.decode() and "/desk/counter/" in after.content.decode()
    assert after.headers["HX-Trigger"] == "moment"


def test_the_line_is_told_again_only_when_it_changed(town: SmallTown) -> None:
    tablet = device(town)
    client = entered(town.agent)
    poll_url = polled(client.get("/desk/counter/").content.decode(), "line")
    assert client.get(poll_url).status_code == 204
    press(tablet)
    content = client.get(poll_url).content.decode()
    assert "A1" in content and "Le comptoir a changé." in content
    assert client.get(polled(content, "line")).status_code == 204


def test_the_counter_asks_as_much_for_one_as_for_fifty(
    town: SmallTown, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    tablet = device(town)
    client = entered(town.agent)
    for _ in range(50):
        take_number(device=tablet, key=unique(), language="fr")
    for _ in range(2):  # warm-up: the first page of a process is slow, and short-lived caches expire
        client.get("/desk/counter/")
    with django_assert_max_num_queries(12) as few:
        client.get("/desk/counter/")
    asked = len(few)
    for _ in range(50):
        take_number(device=tablet, key=unique(), language="fr")
    for window in range(1, 8):
        call_next(window=window, key=unique(), by=town.agent_and_technician)
    client.get("/desk/counter/")  # refreshes the one-second caches, as the first time
    with django_assert_max_num_queries(asked):
        client.get("/desk/counter/")


def test_screens_are_made_listed_and_closed(town: SmallTown) -> None:
    client = entered(town.agent)
    assert client.post("/desk/counter/screens/new/", {"kind": "hall", "name": ""}).status_code == 422
    client.post("/desk/counter/screens/new/", {"kind": "hall", "name": "Salle"})
    made = Device.objects.get()
    assert f"/attente/ecran/{made.secret}/" in client.get("/desk/counter/screens/").content.decode()
    client.post(f"/desk/counter/screens/{made.pk}/close/")
    assert made.secret not in client.get("/desk/counter/screens/").content.decode()
    assert client.post("/desk/counter/screens/987654/close/").status_code == 404
