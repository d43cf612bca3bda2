"""A misspelt search, filtered, saved as a view, shared; a colleague uses it for a bulk action, and undoes it."""

import pytest
from playwright.sync_api import expect

from tests.journeys.browser import Hands, assert_accessible
from tests.journeys.marks import both_databases
from tests.journeys.service import Service
from tests.journeys.steps import mark, open_request, sample, select, to_desk, write
from tests.journeys.steps_records import Records

pytestmark = pytest.mark.usefixtures("journals_hold")


@both_databases
def test_a_slip_is_read_a_view_is_shared_and_a_selection_is_undone(
    hands: Hands, other_hands: Hands, service: Service, records: Records
) -> None:
    town = sample(service)
    to_desk(hands, town.agent)
    references = [
        open_request(hands, town, name, email="z@exemple.ca", words="Une grenouillère devant la porte.")
        for name in ("Zénobie Arsenault", "Zacharie Lemieux")
    ]
    hands.leave()
    hands.enter_as(town.technician, "/desk/search/")
    page = hands.page
    expect(page.locator("#id_q")).to_be_focused()
    hands.type("grenoullère")  # a letter is missing
    hands.press("Enter")
    expect(page.locator(".read-as")).to_contain_text("grenouillere")
    for reference in references:
        expect(page.locator(".hits")).to_contain_text(reference)
    expect(page.locator(".why mark").first).to_have_text("grenouillère")
    assert_accessible(page)
    hands.press("f")
    select(hands, page.locator("[name=department]"), town.roads)
    hands.choose("button", "Appliquer")
    expect(page.locator(".applied")).to_be_visible()
    page.wait_for_load_state()
    hands.press("e")
    expect(page.locator("[name=name]")).to_be_focused()
    hands.type("Mares de la rue")
    select(hands, page.locator("[name=share]"), town.roads)
    hands.reach(page.locator("main .acts button.main"))
    hands.press("Enter")
    expect(page.locator(".toast")).to_contain_text("Mares de la rue")
    assert_accessible(page)

    other_hands.enter_as(town.technician if town.both_in != town.roads else town.both, f"/desk/queue/{town.roads}/")
    seen = other_hands.page
    other_hands.reach(seen.locator("a.kept", has_text="Mares de la rue"))
    other_hands.press("Enter")
    expect(seen.locator(".hits")).to_contain_text(references[0])
    seen.wait_for_load_state()  # the page's keys are ready
    other_hands.press("j", "x", "j", "x")
    expect(seen.locator(".hits :checked")).to_have_count(2)
    other_hands.reach(seen.locator(".select-line button"), back=True)
    other_hands.press("Enter")
    mark(other_hands, "move", "note")
    write(other_hands, seen.locator("[name=words]"), "Vu en équipe.")
    assert_accessible(seen)
    other_hands.reach(seen.locator("button.main"))
    other_hands.press("Enter")
    expect(seen.locator("main")).to_contain_text("2 requêtes changeraient")
    assert records.kinds(references[0])[-1] != "noted"
    assert_accessible(seen)
    other_hands.reach(seen.locator("button.main"))
    other_hands.press("Enter")
    expect(seen.locator("h1")).to_contain_text("Note interne ajoutée")
    assert records.kinds(references[0])[-1] == records.kinds(references[1])[-1] == "noted"
    assert_accessible(seen)
    other_hands.reach(seen.locator("main button", has_text="Tout annuler"))
    other_hands.press("Enter")
    expect(seen.locator(".note.good")).to_be_visible()
    assert records.kinds(references[0])[-1] == records.kinds(references[1])[-1] == "undone"

    hands.open("/desk/views/")
    hands.reach(page.locator("button", has_text="Retirer"))
    hands.press("Enter")
    expect(page.locator(".view-list")).to_have_count(0)
    hands.reach(page.locator(".toast button.link"))
    hands.press("Enter")
    expect(page.locator(".view-list")).to_contain_text("Mares de la rue")
