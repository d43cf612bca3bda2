"""A full phone without a network: the form says that it was neither sent nor kept, and stays as it was written."""

from playwright.sync_api import expect

from tests.journeys.browser import assert_accessible
from tests.journeys.faulty_network import Network
from tests.journeys.marks import soak
from tests.journeys.phone import Phone
from tests.journeys.service import Service
from tests.journeys.steps import sample, until
from tests.journeys.steps_records import Records
from tests.journeys.test_app import fill, network, phone, ready, send  # noqa: F401

FULL = """() => {
  IDBObjectStore.prototype.put = () => { throw new DOMException("full", "QuotaExceededError") }
}"""


@soak
def test_a_form_that_a_full_phone_cannot_keep_stays_on_its_page_and_says_so(
    phone: Phone,  # noqa: F811
    network: Network,  # noqa: F811
    service: Service,
    records: Records,
) -> None:
    town, page = sample(service), phone.open()
    ready(page, network.url, town)
    words = "Trou profond, téléphone plein"
    fill(page, town, words, ("red",))
    assert phone.context
    [worker] = phone.context.service_workers
    worker.evaluate(FULL)
    network.down = True
    send(page)
    said = page.get_by_role("alert").filter(has_text="ni envoyée ni gardée")
    expect(said).to_be_visible()
    expect(page.locator("#id_words")).to_have_value(words)
    expect(page.locator(".send .btn")).to_be_enabled()
    assert_accessible(page)
    network.down = False
    send(page)
    until(lambda: list(records.cases(words=words)), "sent from the same page once the network is back")
    assert len(list(records.cases(words=words))) == 1
