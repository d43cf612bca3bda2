"""An invented day of work in the sample town, for the screenshots: python -m tools.shots_house, after `parvis setup`.

Prints one JSON object: the reference of the case to show, and the URLs of its citizen's pages, of the tablet at the
entrance and of the screen in the hall.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "parvis.config.settings"

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.utils import translation  # noqa: E402

from parvis.apps.cases.models import Case, CaseNumber  # noqa: E402
from parvis.apps.cases.queries.request_place import Place  # noqa: E402
from parvis.apps.cases.services import handling  # noqa: E402
from parvis.apps.cases.services.citizen import citizen  # noqa: E402
from parvis.apps.catalogue.models import Channel, Subject  # noqa: E402
from parvis.apps.content.models import Answer  # noqa: E402
from parvis.apps.content.queries import answers  # noqa: E402
from parvis.apps.directory.models import Actor, User  # noqa: E402
from parvis.apps.directory.services.staff import record_presence  # noqa: E402
from parvis.apps.intake.channels import Arrival  # noqa: E402
from parvis.apps.intake.services import contacts, matters, requests  # noqa: E402
from parvis.apps.intake.services.counter import visits  # noqa: E402
from parvis.apps.intake.services.counter.devices import set_device  # noqa: E402
from parvis.apps.places.queries.addresses import complete  # noqa: E402
from parvis.apps.residents.models import Person  # noqa: E402
from parvis.apps.residents.services import people  # noqa: E402
from parvis.apps.schedules.models import RoadNotice  # noqa: E402
from parvis.apps.schedules.rules.nights import Word  # noqa: E402
from parvis.apps.schedules.services.parking import declare_operation  # noqa: E402
from parvis.lib.clock import now  # noqa: E402


@dataclass(frozen=True)
class Call:
    """A call: when, the agent, the subject."""

    at: str
    agent: str
    subject: str
    words: str
    place: str
    person: str = ""
    details: dict[str, str] = field(default_factory=dict)


CALLS = [
    Call(
        "12 10:10",
        "karim.benali",
        "lampadaire",
        "Il clignote toute la nuit.",
        "2041 henriette",
        "Rita Lamarche",
        {"etendue": "un", "etat": "clignote", "poteau": "CA-214"},
    ),
    Call(
        "13 09:05",
        "lea.tremblay",
        "signalisation",
        "Le panneau d’arrêt est couché.",
        "2513 bellevue",
        "Julien Bédard",
        {"quoi": "tombe"},
    ),
    Call(
        "17 08:50",
        "lea.tremblay",
        "nid-de-poule",
        "À la sortie du stationnement de l’aréna.",
        "1555 chambly",
        "Julien Bédard",
        {"grandeur": "moyen", "danger": "no"},
    ),
    Call(
        "20 10:32",
        "sonia.pelletier",
        "arbre",
        "Grosse branche au-dessus du trottoir, elle penche.",
        "1664 chambly",
        "Rita Lamarche",
        {"danger": "no", "fils": "no", "terrain": "ville"},
    ),
    Call(
        "23 08:35",
        "karim.benali",
        "neige-plainte",
        "Le trottoir n’est pas déneigé, les enfants marchent dans la rue.",
        "2722 bellevue",
        "Rita Lamarche",
        {"quoi": "pas_fait"},
    ),
    Call(
        "24 11:20",
        "lea.tremblay",
        "fuite-eau",
        "L’eau sort de l’asphalte et coule vers le fossé.",
        "1708 chambly",
        "Julien Bédard",
        {"probleme": "fuite_rue", "voisins": "yes"},
    ),
    Call(
        "24 13:31",
        "karim.benali",
        "lampadaire",
        "Trois de suite sont éteints, il fait noir devant l’école.",
        "1559 ecole",
        "",
        {"etendue": "plusieurs", "etat": "eteint"},
    ),
]


PUBLISHED = datetime(2026, 11, 9, 15, tzinfo=UTC)


@contextmanager
def moment(text: str) -> Iterator[None]:
    """Freezes the clock at a moment of November 2026, given as "18 09:20"."""
    before = settings.PARVIS_NOW
    day, hour = text.split()
    settings.PARVIS_NOW = f"2026-11-{day}T{hour}:00-05:00"
    try:
        yield
    finally:
        settings.PARVIS_NOW = before


def someone(username: str) -> User:
    """A sample account."""
    return User.objects.get(username=username)


def open_case(call: Call) -> Case:
    """Opens a case from a call."""
    with moment(call.at):
        agent = someone(call.agent)
        contact = contacts.receive(
            Arrival(channel=Channel.PHONE, key=f"shots-{call.at}", by=Actor.staff(agent), text=call.words)
        )
        subject = Subject.objects.get(slug=call.subject)
        request = requests.NewRequest(
            key=f"shots-{call.at}",
            subject=subject,
            words=call.words,
            details=call.details,
            place=Place(complete(call.place, limit=1)[0]),
            by=Actor.staff(agent),
            contact_id=contact.pk,
            finish=True,
            person=Person.objects.filter(name=call.person).first(),
        )
        return requests.open_request(request).case


def answer(at: str, agent: str, slug: str, words: str) -> None:
    """Records a call answered on the spot."""
    with moment(at):
        by = someone(agent)
        contact = contacts.receive(Arrival(channel=Channel.PHONE, key=f"shots-{at}", by=Actor.staff(by), text=words))
        current_answer = answers.current_answer(slug)
        if current_answer is None:
            raise LookupError(f"no answer on {slug}")
        rendered = answers.render(current_answer, "fr", audience="resident", demo=True, today=now().date())
        given = matters.GivenAnswer(current_answer, rendered.short.plain, "fr", rendered.given_facts, {"text": words})
        matter = matters.MatterInput(contact.pk, f"shots-{at}", by, words, current_answer.subject, finish=True)
        matters.settle_answered(matter, given)


def person(name: str, **values: Any) -> Person:
    """Registers a resident with an e-mail address or a phone number."""
    return people.register_person(name=name, by=Actor.staff(someone("lea.tremblay")), **values)


def the_case_to_show() -> Case:
    """A pothole: taken, a question asked and answered, the crew announced."""
    person("Marie-Claude Fournier", email="mc.fournier@exemple.ca", phone="450 555-0142")
    words = "Gros trou devant chez elle, dans la voie vers Chambly. Un cycliste l’a évité de justesse dimanche."
    case = open_case(
        Call(
            *("18 09:20", "lea.tremblay", "nid-de-poule", words, "2541 bellevue", "Marie-Claude Fournier"),
            {"grandeur": "grand", "profondeur": "beaucoup", "danger": "no"},
        )
    )
    patrick, marc = someone("patrick.roy"), someone("marc.gagnon")
    with moment("18 10:05"):
        handling.take(case_id=case.pk, by=patrick)
    with moment("18 11:30"):
        words = (
            "Le trou est-il dans la voie, ou sur l’accotement? L’équipe apporte le bon matériel dès le premier passage."
        )
        handling.ask(case_id=case.pk, words=words, by=patrick)
    with moment("19 08:42"):
        citizen.reply(
            case_id=case.pk, words="Dans la voie, à un mètre du bord. On doit le contourner.", by=Actor.citizen()
        )
    with moment("20 09:15"):
        handling.note(
            case_id=case.pk, words="Vu sur place : 70 cm sur 40, 12 cm de profond. Asphalte tiède au garage.", by=marc
        )
    with moment("23 13:40"):
        words = "L’équipe passe mardi après-midi. La circulation se fera sur une voie pendant une trentaine de minutes."
        handling.answer(case_id=case.pk, words=words, by=patrick)
    return case


def the_queue() -> None:
    """The other cases of the public works department."""
    person("Julien Bédard", email="j.bedard@exemple.ca")
    person("Rita Lamarche", phone="450 555-0177")
    opened = {call.at: open_case(call) for call in CALLS}
    patrick, marc = someone("patrick.roy"), someone("marc.gagnon")
    with moment("16 08:30"):
        handling.take(case_id=opened["12 10:10"].pk, by=marc)
        handling.wait(case_id=opened["12 10:10"].pk, words="Hydro-Québec doit vérifier l’alimentation.", by=marc)
    with moment("18 08:20"):
        handling.take(case_id=opened["17 08:50"].pk, by=patrick)
    with moment("20 11:15"):
        handling.new_date(
            case_id=opened["13 09:05"].pk, due=date(2026, 11, 26), words="Le poteau est commandé.", by=patrick
        )
    with moment("24 11:40"):
        handling.take(case_id=opened["24 11:20"].pk, by=marc)


def the_day() -> None:
    """The calls answered on the spot since this morning."""
    for at, slug, words in (
        ("24 08:14", "collectes", "c'est quelle semaine le bac brun"),
        ("24 08:52", "paiement-taxes", "ma carte passe pas pour mes taxes"),
        ("24 09:30", "deneigement", "je peux stationner dans la rue ce soir"),
        ("24 10:41", "deneigement", "la souffleuse a laissé un banc devant mon entrée"),
        ("24 13:12", "cabanon-unifamilial", "ça prend tu un permis pour un cabanon"),
        ("24 13:50", "rdd", "j'ai de la vieille peinture"),
    ):
        answer(at, "lea.tremblay", slug, words)


def the_counter() -> dict[str, str]:
    """An afternoon at the counter: two visits over, one at a window, four people in the hall; returns the two URLs."""
    lea, karim = someone("lea.tremblay"), someone("karim.benali")
    with moment("24 08:05"):
        door = set_device(kind="door", name="Entrée principale", by=lea)
        hall = set_device(kind="hall", name="Salle d’attente", by=lea)
    for rank, (arrived, called, ended) in enumerate((("13:08", "13:11", "13:17"), ("13:20", "13:26", "13:31"))):
        with moment(f"24 {arrived}"):
            visits.take_number(device=door, key=f"shots-{rank}", language="fr")
        with moment(f"24 {called}"):
            visit = visits.call_next(window=3, key=f"shots-{rank}", by=karim)
        with moment(f"24 {ended}"):
            contacts.finish(contact_id=visit.contact_id or 0, by=karim)
    for at, language in (("13:49", "fr"), ("13:55", "fr"), ("13:58", "en"), ("14:09", "fr")):
        with moment(f"24 {at}"):
            visits.take_number(device=door, key=f"shots-{at}", language=language)
    with moment("24 14:04"):
        visits.write_in(name="Jeanne Arsenault", key="shots-name", language="fr", by=lea)
    with moment("24 14:06"):
        visits.call_next(window=3, key="shots-third", by=karim)
    return {"door": f"/attente/borne/{door.secret}/", "hall": f"/attente/ecran/{hall.secret}/"}


def links_of(case: Case) -> dict[str, str]:
    """The URLs of its citizen's pages."""
    return {"follow": f"/suivi/{case.secret}/", "receipt": f"/demande/recue/{case.secret}/"}


def the_streets() -> None:
    """Snow to be cleared tonight; the example of a notice to boil water, which every public page shows, is left out."""
    RoadNotice.objects.filter(kind=RoadNotice.Kind.BOIL_WATER, example=True).delete()
    with moment("24 13:55"):
        declare_operation(night=date(2026, 11, 24), word=Word.ON, by=someone("patrick.roy"))


def main() -> None:
    """Creates everything, then marks who is present at the moment of the screenshots."""
    CaseNumber.objects.create(year=2026, last=416)
    with translation.override("fr"):
        Answer.objects.update(last_published_at=PUBLISHED)  # before that moment, not when the town was loaded
        case = the_case_to_show()
        the_queue()
        the_day()
        the_streets()
        for username in ("patrick.roy", "marc.gagnon", "simon.theriault", "karim.benali"):
            record_presence(user=someone(username))
        counter = the_counter()
    print(json.dumps({"reference": case.reference, **links_of(case), **counter}))


if __name__ == "__main__":
    main()
