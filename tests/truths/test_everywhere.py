"""Each kind of truth in force is planted, then looked for on every surface, in both languages, in two towns.

A ban published by the composer, a notice to boil water, a closed street, a snow operation, a collection that is
cancelled, an incident: each is the first thing said until it ends, and nothing of it remains after. What lapsed is said
nowhere.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from django.db import transaction
from django.test import Client, override_settings
from django.utils import translation
from pytest_django import DjangoDbBlocker, Settings

from parvis.apps.cases.services.incidents import incident_news, incidents
from parvis.apps.cases.services.incidents.approvals import approve_incident
from parvis.apps.catalogue.models import ExampleQuestion, Subject
from parvis.apps.content.models import Fact
from parvis.apps.content.queries import advisories, answers
from parvis.apps.content.queries.address import advisories_at
from parvis.apps.content.services.content import bump_edition
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.intake.queries import inbox
from parvis.apps.matching.queries.as_json import ask_as_json
from parvis.apps.matching.queries.asking import ask
from parvis.apps.outreach.models import Message
from parvis.apps.outreach.rules.content import BASE, Words
from parvis.apps.outreach.services import approvals, drafts, ending
from parvis.apps.places.models import Address
from parvis.apps.schedules.models import PickupChange, RoadNotice, Stream, WinterRule
from parvis.apps.schedules.services.parking import declare_operation, undo_declaration
from parvis.apps.schedules.services.works import NewRoadNotice, lift_works, publish_works
from parvis.lib import ttl_cache
from parvis.lib.clock import now
from parvis.lib.i18n.languages import LANGUAGES
from parvis.operations.town.load import load
from tests.counting import statements
from tests.desk.call.made import begun, entered
from tests.factories import unique
from tests.public.makers import words
from tests.town.conftest import CARIGNAN, VILLAGE

MORNING = datetime.fromisoformat("2026-12-08T10:00:00-05:00")
WATER = {"fr": "Faut-il faire bouillir l’eau?", "en": "Do I have to boil the water?"}
NONE = SimpleNamespace(slug="")
OVER = re.compile("Levé|Lifted")  # whoever was told to boil must read that it is over
LAPSED = "9 876,54"


@dataclass(frozen=True)
class Truth:
    """What was planted: words to look for in each language, the subject ("" for none); `question`
    in the place of the town's own examples on that subject.
    """

    marker: dict[str, str]
    question: dict[str, str] | None
    subject: str
    end: Callable[[], object]


@pytest.fixture(scope="module", params=[CARIGNAN, VILLAGE], ids=lambda path: path.name)
def town_loaded(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """A town on a winter morning, without anything in force; loaded once, and rolled back."""
    folder: Path = request.param
    with django_db_blocker.unblock(), transaction.atomic(), override_settings(PARVIS_NOW=MORNING.isoformat()):
        load(folder, demo=True)
        RoadNotice.objects.all().delete()
        PickupChange.objects.all().delete()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def place(town_loaded: None, db: None, settings: Settings) -> Address:
    """One of the addresses of that town, that morning."""
    settings.PARVIS_NOW = MORNING.isoformat()
    ttl_cache.forget_all()
    rows = Address.objects.filter(sector__isnull=False, street__owner="town").select_related("street", "sector")
    address = rows.order_by("pk").first()
    assert address is not None
    return address


def someone_who_may(action: Action, *, but: User | None = None) -> User:
    users = User.objects.filter(is_active=True).order_by("pk")
    return next(user for user in users if user != but and user.may_everywhere(action))


def may_in(action: Action) -> tuple[User, Department]:
    """Someone who may do that in a department, and that department."""
    pairs = ((user, one) for user in User.objects.order_by("pk") for one in Department.objects.order_by("pk"))
    return next((user, one) for user, one in pairs if user.may_in(action, one.pk))


def subject_of(topic: str) -> str:
    """The first subject whose answer gives that for an address, by slug; "" in a town without one."""
    rows = Subject.objects.filter(active=True, answerable=True).order_by("position", "slug")
    return next((row.slug for row in rows if topic in row.computed), "")


# --- What is planted --------------------------------------------------------------------------------------------------


def publish_message(**values: object) -> Message:
    """A message of the town, written by one person and approved by another."""
    writer = someone_who_may(Action.WRITE_MESSAGE)
    approver = someone_who_may(Action.APPROVE_MESSAGE, but=writer)
    draft = drafts.MessageDraft(**{"channels": ("site", "banner"), "english_reason": "safety"} | values)  # type: ignore[arg-type]
    message = drafts.start_message(key=unique("message"), draft=draft, by=writer)
    approvals.ask_for_approval(message_id=message.pk, revision=message.revision, by=writer)
    return approvals.approve(message_id=message.pk, revision=message.revision, by=approver)


def plant_ban(place: Address, *, until: datetime | None = None, named: str = "", urgency: str = "urgent") -> Truth:
    french, english = f"Zorgvlied interdit {named}".strip(), f"Zorgvlied forbidden {named}".strip()
    message = publish_message(
        kind="parking",
        urgency=urgency,
        versions={(BASE, "fr"): Words(french, "Pas d’auto dans la rue."), (BASE, "en"): Words(english, "No cars.")},
        expires_at=until or now() + timedelta(hours=22),
        subject_id=Subject.objects.get(slug=subject_of("tonight")).pk,
    )
    by = someone_who_may(Action.WRITE_MESSAGE)
    return Truth(
        {"fr": french, "en": english},
        None,
        subject_of("tonight"),
        lambda: ending.lift(message_id=message.pk, by=by),
    )


def plant_boil_water(place: Address) -> Truth:
    by, owner = may_in(Action.PUBLISH_WORKS)
    notice = NewRoadNotice(
        kind="boil_water", nature_fr="Zorgvlied d’ébullition", nature_en="Zorgvlied to boil water", whole_town=True,
        details_fr="Bouillez l’eau une minute.", details_en="Boil the water for one minute.", first_day=MORNING.date(),
    )  # fmt: skip
    row = publish_works(notice=notice, owner=owner, key=unique(), by=by)
    marker = {"fr": "Zorgvlied d’ébullition", "en": "Zorgvlied to boil water"}
    return Truth(marker, WATER, subject_of("works"), lambda: lift_works(works_id=row.pk, by=by))


def plant_closure(place: Address) -> Truth:
    by, owner = may_in(Action.PUBLISH_WORKS)
    notice = NewRoadNotice(
        kind="closure", nature_fr="Pont Zorgvlied fermé", nature_en="Zorgvlied bridge closed", street=place.street,
        closure="full", first_day=MORNING.date(), last_day=MORNING.date() + timedelta(days=3),
    )  # fmt: skip
    row = publish_works(notice=notice, owner=owner, key=unique(), by=by)
    marker = {"fr": "Pont Zorgvlied fermé", "en": "Zorgvlied bridge closed"}
    return Truth(marker, None, subject_of("works"), lambda: lift_works(works_id=row.pk, by=by))


def plant_operation(place: Address) -> Truth:
    owner = WinterRule.objects.get().owner_id
    by = next(user for user in User.objects.order_by("pk") if user.may_in(Action.DECLARE_OPERATION, owner))
    row = declare_operation(night=MORNING.date(), word="on", by=by)
    marker = {"fr": "opération de déneigement est déclarée", "en": "snow operation is declared"}
    return Truth(marker, None, subject_of("tonight"), lambda: undo_declaration(declaration_id=row.pk, by=by))


def plant_cancelled(place: Address) -> Truth:
    row = PickupChange.objects.create(
        stream=Stream.objects.order_by("rank")[0], rank=99, kind="cancelled", why_fr="bris Zorgvlied",
        why_en="Zorgvlied breakdown", day=MORNING.date() + timedelta(days=2), verified_on=MORNING.date(),
    )  # fmt: skip
    return Truth({"fr": "bris Zorgvlied", "en": "Zorgvlied breakdown"}, None, subject_of("pickups"), row.delete)


def plant_cancelled_by_message(place: Address) -> Truth:
    message = publish_message(
        kind="notice",
        versions={
            (BASE, "fr"): Words("Collecte Zorgvlied annulée", "Rentrez vos bacs."),
            (BASE, "en"): Words("Zorgvlied pickup cancelled", "Take your bins back."),
        },
        expires_at=now() + timedelta(days=1),
        subject_id=Subject.objects.get(slug=subject_of("pickups")).pk,
    )
    by = someone_who_may(Action.WRITE_MESSAGE)
    return Truth(
        {"fr": "Collecte Zorgvlied annulée", "en": "Zorgvlied pickup cancelled"},
        None,
        subject_of("pickups"),
        lambda: ending.lift(message_id=message.pk, by=by),
    )


def plant_incident(place: Address) -> Truth:
    """Something in progress on a street, opened by one person and made public by another."""
    opener = someone_who_may(Action.OPEN_INCIDENT)
    approver = someone_who_may(Action.APPROVE_MESSAGE, but=opener)
    slug = subject_of("tonight")
    described = incidents.Words(
        title_fr="Bris Zorgvlied", title_en="Zorgvlied break", say_fr="Une équipe est sur place.",
        say_en="A crew is there.", subject=Subject.objects.get(slug=slug), street=place.street,
    )  # fmt: skip
    closer, department = may_in(Action.END_INCIDENT)
    row = incidents.open_incident(key=unique(), words=described, department=department, by=opener)
    if row.public_at is None:
        assert lead(slug, place) == [], "nobody is told before the second person"
        row = approve_incident(incident_id=row.pk, seen=row.asked_at, by=approver)

    def end() -> None:
        incident_news.end_incident(
            incident_id=row.pk, key=unique(), reason="done", words_fr="Fait.", words_en="", by=closer
        )

    return Truth({"fr": "Bris Zorgvlied", "en": "Zorgvlied break"}, None, slug, end)


TRUTHS = {
    "ban": plant_ban,
    "boil water": plant_boil_water,
    "closure": plant_closure,
    "snow operation": plant_operation,
    "incident": plant_incident,
    "cancelled collection": plant_cancelled,
    "cancelled by a message": plant_cancelled_by_message,
}


# --- Where it is looked for -------------------------------------------------------------------------------------------


def said(truth: Truth, place: Address, lang: str) -> Iterator[tuple[str, str]]:
    """Every surface that answers: its name, and what it says, from its first word on."""
    if question := question_on(truth, lang):
        with translation.override(lang):
            yield "ask", ask_as_json(question, lang, address=place)["answer"]["short"]
        asked = Client().post("/api/v1/ask", json.dumps({"text": question, "lang": lang}), "application/json")
        yield "the API, asked", asked.json()["answer"]["short"]
        page = words(Client(), f"/?q={quote(question)}&langue={lang}")
        yield "the site, asked", page[page.index('<p class="short"') :]
    if truth.subject:
        answer = Client().get(f"/api/v1/answers/{truth.subject}", headers={"Accept-Language": lang}).json()
        yield "the API, an answer", answer["short"]
        page = words(Client(), f"/reponses/{truth.subject}/?langue={lang}")
        yield "the public answer", page[page.index('<p class="short"') :]
        agent = entered(someone_who_may(Action.TAKE_CONTACT))
        pane = words(agent, f"{begun(agent)}answer/{truth.subject}?lang={lang}")
        yield "said at the desk", pane[pane.index('<p class="say"') :]
        yield "a letter", letter_of(truth.subject, lang)


def question_on(truth: Truth, lang: str) -> str:
    """A question that is surely about it; "" in a town that has no such subject."""
    if truth.question:
        return truth.question[lang]
    rows = ExampleQuestion.objects.filter(subject__slug=truth.subject, language=lang).order_by("pk")
    texts = (row.text for row in rows)
    return next((text for text in texts if (ask(text, lang).answer or NONE).slug == truth.subject), "")


def letter_of(slug: str, lang: str) -> str:
    answer = answers.current_answer(slug)
    assert answer is not None
    return inbox.paragraphs(answers.render(answer, lang), "en" if lang == "en" else "fr")


def shown(place: Address, lang: str) -> Iterator[tuple[str, str]]:
    """Every surface that shows the day of an address."""
    yield "the page of an address", words(Client(), f"/mon-adresse/{place.pk}/?langue={lang}")
    day = Client().get(f"/api/v1/addresses/{place.pk}/day", headers={"Accept-Language": lang}).json()
    yield "the API, a day", json.dumps(day, ensure_ascii=False)
    phone = Client()
    phone.cookies["adresse"] = str(place.pk)
    yield "the app", words(phone, f"/app/?langue={lang}")
    agent = entered(someone_who_may(Action.TAKE_CONTACT))
    yield "the day at the desk", words(agent, f"{begun(agent)}place?place-address={place.pk}&lang={lang}")


@pytest.mark.parametrize("kind", TRUTHS)
def test_what_is_in_force_is_the_first_thing_said_and_shown_until_it_ends(place: Address, kind: str) -> None:
    truth = TRUTHS[kind](place)
    ttl_cache.forget_all()
    missing = [
        f"{name}, {lang}"
        for lang in LANGUAGES
        for name, text in said(truth, place, lang)
        if not _leads(text, truth.marker[lang])
    ]
    missing += [
        f"{name}, {lang}"
        for lang in LANGUAGES
        for name, text in shown(place, lang)
        if truth.marker[lang] not in plain(text)
    ]
    assert not missing
    truth.end()
    ttl_cache.forget_all()
    kept = [
        f"{name}, {lang}"
        for lang in LANGUAGES
        for name, text in said(truth, place, lang)
        if _leads(text, truth.marker[lang]) and not OVER.search(text)
    ]
    assert not kept


def _leads(text: str, marker: str) -> bool:
    """Whether the words come in the first sentences, before any general rule."""
    return marker in plain(text)[: len(marker) + 100]


def plain(text: str) -> str:
    """Text without tags, with ordinary spaces."""
    return " ".join(re.sub(r"<[^>]*>", " ", text).replace("\u00a0", " ").split())


# --- Which come first, where, and until when --------------------------------------------------------------------------


def lead(slug: str, place: Address | None = None, *, day: date | None = None) -> list[str]:
    """The titles of what an answer begins with, in order."""
    ttl_cache.forget_all()
    subject = Subject.objects.get(slug=slug)
    return [each.title for each in advisories.advisories_on(slug, subject.computed, "fr", address=place, day=day)]


def test_of_several_the_gravest_comes_first_then_what_ends_soonest_and_none_is_left_out(place: Address) -> None:
    slug = subject_of("tonight")
    plant_ban(place, named="grave", until=now() + timedelta(hours=30), urgency="emergency")
    plant_ban(place, named="tôt", until=now() + timedelta(hours=20))
    plant_operation(place)
    assert lead(slug) == ["Zorgvlied interdit grave", "Zorgvlied interdit tôt", "Stationnement interdit cette nuit"]
    page = plain(words(Client(), f"/reponses/{slug}/?langue=fr"))
    first = page[page.index("Zorgvlied interdit grave. ") :]
    assert first.index("interdit tôt. ") < first.index("opération de déneigement est déclarée") < 800
    assert "Jusqu’au mercredi 9 décembre à 6 h" in first


def test_it_ends_by_itself_where_it_is_read(place: Address, settings: Settings) -> None:
    truth = plant_ban(place)
    assert lead(truth.subject, place) == ["Zorgvlied interdit"]
    settings.PARVIS_NOW = (MORNING + timedelta(hours=22)).isoformat()
    assert lead(truth.subject, place) == []
    page = words(Client(), f"/reponses/{truth.subject}/?langue=fr")
    assert "Zorgvlied" not in page


def test_what_concerns_an_address_costs_the_same_with_one_and_with_twenty(place: Address) -> None:
    counts, stream = list[int](), Stream.objects.order_by("rank")[0]
    for many in (1, 19):
        for rank in range(len(counts) * 100, len(counts) * 100 + many):
            PickupChange.objects.create(
                stream=stream, rank=500 + rank, kind="cancelled", sectors=["ailleurs"], day=MORNING.date()
            )
        ttl_cache.forget_all()
        advisories.advisories_in_force("fr")
        with statements() as queries:
            advisories_at(place)
        counts.append(len(queries))
    assert counts == [2, 2]


def test_it_is_told_of_the_days_that_it_covers(place: Address) -> None:
    slug = subject_of("tonight")
    plant_ban(place, until=now() + timedelta(days=2))
    today = MORNING.date()
    covered = [bool(lead(slug, day=today + timedelta(days=n))) for n in (-1, 0, 1, 2, 3)]
    assert covered == [False, True, True, False, False]


def test_what_touches_a_street_leads_there_only_and_everywhere_when_no_address_is_known(place: Address) -> None:
    other = Address.objects.exclude(street=place.street).filter(street__owner="town").select_related("street", "sector")
    elsewhere = other.first()
    assert elsewhere
    slug = subject_of("tonight")
    publish_message(
        kind="parking",
        versions={(BASE, "fr"): Words("Zorgvlied d’une rue", "Pas d’auto ici.")},
        expires_at=now() + timedelta(hours=22),
        streets=(place.street_id,),
    )
    assert [name.partition(",")[0] for name in lead(slug, place)] == ["Zorgvlied d’une rue"]
    assert lead(slug, elsewhere) == []
    assert len(lead(slug)) == 1 and place.street.name in lead(slug)[0]
    assert "Zorgvlied" not in dict(shown(elsewhere, "fr"))["the page of an address"].partition("<main")[2]


@pytest.mark.parametrize("values", [{"drill": True, "kind": "parking"}, {"kind": "news"}], ids=["drill", "news"])
def test_an_exercise_and_ordinary_news_lead_no_answer(place: Address, values: dict[str, object]) -> None:
    slug = subject_of("tonight")
    publish_message(
        versions={(BASE, "fr"): Words("Zorgvlied", "Pas d’auto.")},
        expires_at=now() + timedelta(hours=22),
        subject_id=Subject.objects.get(slug=slug).pk,
        **values,
    )
    assert lead(slug) == []


def test_a_message_that_waits_for_its_moment_is_not_said_before_it(place: Address) -> None:
    slug = subject_of("tonight")
    publish_message(
        kind="parking",
        versions={(BASE, "fr"): Words("Zorgvlied", "Pas d’auto.")},
        starts_at=now() + timedelta(hours=3),
        expires_at=now() + timedelta(hours=22),
        subject_id=Subject.objects.get(slug=slug).pk,
    )
    assert lead(slug) == []


def test_no_yes_nor_no_of_its_own_is_said_while_something_else_is_in_force(place: Address) -> None:
    slug = subject_of("tonight")
    before = answers.published(slug, "fr")
    plant_ban(place)
    ttl_cache.forget_all()
    after = answers.published(slug, "fr")
    assert before and after and not (after.yes_to or after.no_to)
    assert after.stamp != before.stamp and after.short.plain.endswith(before.short.plain)


def test_a_lapsed_value_is_told_nowhere(place: Address) -> None:
    slug = subject_of("pickups")
    answer = answers.current_answer(slug)
    assert answer is not None
    keys = [fact.key for fact in answers.render(answer, "fr").used]
    assert keys
    Fact.objects.filter(key__in=keys).update(value=LAPSED, kind="text", valid_from=None, valid_to=date(2026, 12, 7))
    bump_edition()
    ttl_cache.forget_all()
    truth = Truth({"fr": "", "en": ""}, None, slug, lambda: None)
    told = [each for lang in LANGUAGES for each in (*said(truth, place, lang), *shown(place, lang))]
    assert [name for name, text in told if LAPSED in plain(text)] == []
