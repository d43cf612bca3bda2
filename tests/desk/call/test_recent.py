"""My last ten: contacts and matters are corrected, and their former values stay visible."""

from django.test import Client

from parvis.apps.intake.models import Contact, Correction, Matter
from tests.desk.call.made import answered_town, begun, entered, form_of, save
from tests.factories import SmallTown


def closed(town: SmallTown, client: Client) -> Matter:
    """A finished contact, settled as answered."""
    url = begun(client)
    save(client, url, 3, text="cabanon")
    client.post(f"{url}answered/", form_of(client, url))
    return Matter.objects.latest("pk")


def correction(matter: Matter, **values: str) -> dict[str, str]:
    """The values of the correction form of a matter, with some changed."""
    given = {"subject": "cabanon", "nature": "information", "outcome": matter.outcome, "words": matter.words}
    return {f"matter-{matter.pk}-{name}": value for name, value in (given | values).items()}


def test_a_matter_is_corrected_with_a_trace(town: SmallTown) -> None:
    answered_town(town)
    client = entered(town.agent)
    matter = closed(town, client)
    client.post(f"/desk/recent/matter/{matter.pk}/", correction(matter, subject="lampadaire", words="une lumière"))
    matter.refresh_from_db()
    assert (matter.subject, matter.words) == (town.streetlight, "une lumière")
    assert Correction.objects.get().before == {"subject_id": town.shed.pk, "words": "cabanon"}
    page = client.get("/desk/recent/").content.decode()
    assert "<s>cabanon</s>" in page and "<b>une lumière</b>" in page


def test_a_channel_is_corrected(town: SmallTown) -> None:
    answered_town(town)
    client = entered(town.agent)
    matter = closed(town, client)
    number = matter.contact_id
    client.post(f"/desk/recent/contact/{number}/", {f"contact-{number}-channel": "counter"})
    assert Contact.objects.get().channel == "counter"


def test_a_correction_that_cannot_be_made_keeps_what_was_typed(town: SmallTown) -> None:
    answered_town(town)
    client = entered(town.agent)
    matter = closed(town, client)
    refused = client.post(f"/desk/recent/matter/{matter.pk}/", correction(matter, outcome="case", words="mes mots"))
    assert refused.status_code == 422 and "mes mots" in refused.content.decode()
    matter.refresh_from_db()
    assert matter.outcome == "answered"


def test_nobody_corrects_a_colleagues_contact(town: SmallTown) -> None:
    answered_town(town)
    matter = closed(town, entered(town.agent))
    other = entered(town.agent_and_technician)
    assert other.post(f"/desk/recent/matter/{matter.pk}/", correction(matter, words="autre")).status_code == 404
    contact = f"/desk/recent/contact/{matter.contact_id}/"
    assert other.post(contact, {f"contact-{matter.contact_id}-channel": "counter"}).status_code == 404
    assert "cabanon" not in other.get("/desk/recent/").content.decode().lower()
    assert entered(town.technician).get("/desk/recent/").status_code == 403


def test_a_finished_contact_leads_to_where_it_is_corrected(town: SmallTown) -> None:
    answered_town(town)
    client = entered(town.agent)
    matter = closed(town, client)
    response = client.get(f"/desk/contacts/{matter.contact_id}/")
    assert response["Location"] == f"/desk/recent/#contact-{matter.contact_id}"
    assert len(client.get("/desk/recent/").context["rows"]) == 1
