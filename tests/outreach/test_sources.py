"""What a message holds when it is composed from what the desk knows already: a writer only checks it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from pydantic import ValidationError

from parvis.apps.cases.services.incidents.incidents import Words as IncidentWords
from parvis.apps.cases.services.incidents.incidents import open_incident
from parvis.apps.outreach.loading import load_message_templates
from parvis.apps.outreach.models import Message, Template
from parvis.apps.outreach.queries.messages import content_of
from parvis.apps.outreach.rules.content import blanks_of
from parvis.apps.outreach.rules.limits import BANNER, PANEL
from parvis.apps.outreach.schemas import MessageTemplateData
from parvis.apps.outreach.services.approvals import ask_for_approval
from parvis.apps.outreach.services.templates import delete_template
from parvis.apps.schedules.models import Declaration, RoadNotice
from parvis.apps.schedules.rules.nights import Word
from parvis.lib import clock
from parvis.lib.clock import now
from parvis.operations.town.reading import read
from tests.factories import SmallTown, unique
from tests.town.conftest import CARIGNAN

pytestmark = pytest.mark.django_db
In = Callable[..., Client]
TOWNS = CARIGNAN.parent


def composed(client: Client, **source: object) -> Message:
    client.post("/desk/outreach/new/", {"key": unique(), **source})
    return Message.objects.latest("pk")


def only_to_check(town: SmallTown, message: Message) -> None:
    """Nothing is left to write: its approval may be asked for as it is."""
    content = content_of(message)
    assert content.title("", "fr") and content.text("", "fr") and len(content.channels) > 1
    short = content.short("panels", "fr")
    assert 0 < len(short) <= PANEL and len(content.title("banner", "fr")) <= BANNER
    assert content.expires_at and content.expires_at > now()
    asked = ask_for_approval(message_id=message.pk, revision=message.revision, by=town.editor)
    assert asked.state == Message.State.IN_REVIEW


def test_01_from_a_snow_operation(town: SmallTown, signed_in: In) -> None:
    night = Declaration.objects.create(
        night=clock.today(), word=Word.ON, at=now(), by=town.manager, department=town.works
    )
    message = composed(signed_in(town.editor), night=night.pk)
    assert message.kind == "parking" and message.urgency == "urgent" and message.declaration == night
    assert message.expires_at and timezone.localtime(message.expires_at).hour == 7
    if message.expires_at > now():
        only_to_check(town, message)


@pytest.mark.parametrize("ends", [True, False])
def test_02_from_works(town: SmallTown, signed_in: In, ends: bool) -> None:
    today = clock.today()
    works = RoadNotice.objects.create(
        key="pavage",
        nature_fr="Pavage",
        place_fr=town.address.street.name,
        street=town.address.street,
        first_day=today,
        last_day=today + timedelta(days=3) if ends else None,
        detour_fr="Détour par le chemin du Fleuve.",
        owner=town.works,
    )
    message = composed(signed_in(town.editor), notice=works.pk)
    content = content_of(message)
    assert content.streets == (town.address.street_id,) and message.kind == "works"
    assert "Pavage" in content.short("panels", "fr") and ("jusqu’au" in content.short("panels", "fr")) == ends
    only_to_check(town, message)


def test_03_from_a_water_notice_in_both_languages_since_it_is_about_health(town: SmallTown, signed_in: In) -> None:
    boil = RoadNotice.objects.create(
        key="bouillir",
        kind=RoadNotice.Kind.BOIL_WATER,
        nature_fr="Faites bouillir l’eau",
        nature_en="Boil your water",
        place_fr=town.address.street.name,
        street=town.address.street,
        first_day=clock.today(),
        details_fr="Une minute à gros bouillons avant de la boire.",
        details_en="One minute at a rolling boil before drinking it.",
        owner=town.works,
    )
    message = composed(signed_in(town.editor), notice=boil.pk)
    content = content_of(message)
    assert {"banner", "cap", "panels"} <= set(content.channels) and content.has("en") and content.is_safety
    assert content.short("panels", "en").startswith("Boil your water")
    only_to_check(town, message)


def test_04_from_an_incident_without_the_english_that_would_be_refused(town: SmallTown, signed_in: In) -> None:
    words = IncidentWords("Bris d’aqueduc", "Main break", "On répare.", "Being fixed.", street=town.address.street)
    incident = open_incident(key=unique(), words=words, department=town.works, by=town.manager)
    message = composed(signed_in(town.editor), incident=incident.pk)
    content = content_of(message)
    assert message.incident == incident and content.streets == (town.address.street_id,)
    assert content.short("panels", "fr").startswith("Bris d’aqueduc") and not content.has("en")
    only_to_check(town, message)


@pytest.mark.parametrize(
    "folder", sorted(path.parent for path in TOWNS.glob("*/messages.yaml")), ids=lambda one: one.name
)
def test_05_every_bracket_of_the_templates_of_a_town_is_a_blank_that_holds_back_an_approval(folder: Path) -> None:
    for row in read(folder).messages:
        for words in (row.title, row.text, row.short, row.say):
            for text in words.by_language.values():
                found = blanks_of(text)
                assert len(found) == text.count("[") == text.count("]"), (row.key, text)


@pytest.mark.parametrize("wrong", ["[" + "x" * 201 + "]", "[heure\nou jour]", "[", "[]", "[a [b]]"])
def test_05_a_template_whose_bracket_would_be_published_as_it_is_is_refused(wrong: str) -> None:
    row = next(row for row in read(CARIGNAN).messages if row.key == "works").model_dump(exclude={"say"})
    assert MessageTemplateData.model_validate(row)
    with pytest.raises(ValidationError, match="on one line"):
        MessageTemplateData.model_validate(row | {"text": {"fr": f"Avis {wrong}", "en": "Notice"}})


def test_05_the_templates_of_the_town_are_loaded_once_and_those_removed_stay_so(town: SmallTown, signed_in: In) -> None:
    rows = read(CARIGNAN).messages
    assert {row.key for row in rows} >= {"parking-ban", "water-main-break", "boil-water", "lifted", "works", "event"}
    assert load_message_templates(templates=rows).created == len(rows)
    boil, works = (Template.objects.get(key=key) for key in ("boil-water", "works"))
    delete_template(template_id=works.pk, by=town.editor)
    assert load_message_templates(templates=rows).created == 0
    editor = signed_in(town.editor)
    page = editor.get("/desk/outreach/new/").content.decode()
    assert boil.name in page and works.name not in page
    water = content_of(composed(editor, template=boil.pk))
    assert water.has("fr") and water.has("en") and water.blanks()
    fresh = editor.get(f"/desk/outreach/{Message.objects.latest('pk').pk}/").content.decode()
    assert "Le français a changé après l’anglais" not in fresh  # both were written at once
    parking = content_of(composed(editor, template=Template.objects.get(key="parking-ban").pk))
    assert parking.has("fr") and not parking.has("en")  # English needs a reason there
