"""Helpers of the tests of the call screen."""

import json
import re
from datetime import date
from typing import Any

from django.test import Client

from parvis.apps.catalogue.models import ExampleQuestion
from parvis.apps.content.models import Answer
from parvis.apps.content.services.content import bump_edition
from parvis.apps.directory.models import User
from parvis.apps.intake.models import Contact
from tests.factories import SmallTown, unique

SAID = "Il faut un permis."
SETTLED = "Faut-il un permis pour un cabanon?"


def entered(user: User) -> Client:
    """A signed-in client."""
    client = Client()
    client.force_login(user)
    return client


def begun(client: Client, channel: str = "phone") -> str:
    """Begins a contact and returns the URL of its screen."""
    response = client.post("/desk/contacts/", {"channel": channel, "key": unique()})
    assert response.status_code == 302
    return str(response["Location"])


def contact_at(url: str) -> Contact:
    """The contact of the URL of a screen."""
    return Contact.objects.get(pk=int(url.strip("/").rpartition("/")[2]))


def answered_town(town: SmallTown, short: str = SAID) -> Answer:
    """A published answer on sheds, with its example questions."""
    answer = Answer(
        subject=town.shed,
        title_fr="Cabanon",
        title_en="Shed",
        short_fr=short,
        short_en="You need a permit.",
        yes_to_fr=SETTLED,
        summary_fr="Permis requis",
        owner=town.planning,
        review_on=date(2027, 6, 1),
        audiences=[],
    )
    answer.save()
    answer.save_revision().publish()
    answer.refresh_from_db()
    ExampleQuestion.objects.create(subject=town.shed, language="fr", text="construire un cabanon dans ma cour")
    ExampleQuestion.objects.create(subject=town.pothole, language="fr", text="nid de poule dans la rue")
    bump_edition()
    return answer


def form_of(client: Client, url: str) -> dict[str, str]:
    """The values the one-key form of the screen would submit now."""
    page = client.get(url).content.decode()
    form = page[page.index('id="answered"') :].partition("</form>")[0]
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
    return {name: value for name, value in fields if name != "csrfmiddlewaretoken"}


def key_on(client: Client, url: str) -> str:
    """The idempotency key of the matter that the screen would settle now."""
    return form_of(client, url)["key"]


def save(client: Client, url: str, seq: int, **draft: Any) -> Any:
    """Saves a draft as the screen does."""
    return client.post(f"{url}draft", {"seq": seq, "draft": json.dumps(draft)})


def case_form(key: str, town: SmallTown, **values: Any) -> dict[str, str]:
    """A new case: by default a pothole in front of an address, anonymous."""
    given = {
        "key": key,
        "subject": town.pothole.slug,
        "nature": "request",
        "audience": "resident",
        "words": "Un gros trou.",
        "address": str(town.address.pk),
        "who": "nobody",
        "language": "fr",
        "ask-taille": "grand",
    }
    return {f"case-{name.replace('__', '-')}": str(value) for name, value in (given | values).items()}
