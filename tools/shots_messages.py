"""Invented messages for the screenshots: python -m tools.shots_messages, after `tools.shots_house`.

Mail received, a message to the public, an issue of the newsletter. Prints one JSON object: the URLs of their pages.
"""

import json
import os
from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from zoneinfo import ZoneInfo

os.environ["DJANGO_SETTINGS_MODULE"] = "parvis.config.settings"

import django

django.setup()

from django.utils import translation  # noqa: E402

from parvis.apps.directory.models import User  # noqa: E402
from parvis.apps.intake.services.mail.received import take_in_mail  # noqa: E402
from parvis.apps.mail.services.incoming import store_message  # noqa: E402
from parvis.apps.newsletter.rules.blocks import Block  # noqa: E402
from parvis.apps.newsletter.services.issues import Words, save_issue  # noqa: E402
from parvis.apps.newsletter.services.subscribing import Origin, Wanted, enrol  # noqa: E402
from parvis.apps.outreach.models import Message  # noqa: E402
from parvis.apps.outreach.rules.content import AGENTS, BASE, SHORT  # noqa: E402
from parvis.apps.outreach.rules.content import Words as Version  # noqa: E402
from parvis.apps.outreach.services.drafts import MessageDraft, start_message  # noqa: E402
from parvis.apps.panels.services.screens import ScreenValues, add_screen  # noqa: E402
from parvis.lib.clock import at  # noqa: E402
from parvis.operations.demo.news import NEWS  # noqa: E402

TOWN_ZONE = ZoneInfo("America/Toronto")
# When it came, its sender and their address, its subject, its words. The last one is the one shown.
MAIL = (
    (
        "24 08:17",
        "Daniel Ouellet",
        "d.ouellet@exemple.ca",
        "Heures du comptoir",
        "Bonjour,\n\nÀ quelle heure le comptoir de l’hôtel de ville ouvre-t-il le vendredi?\n\nMerci,\nDaniel Ouellet",
    ),
    (
        "24 09:40",
        "Rita Lamarche",
        "rita.lamarche@exemple.ca",
        "Trottoir glacé devant l’école",
        "Bonjour,\n\nLe trottoir n’a pas été épandu ce matin, une dame a failli tomber.\n\nRita Lamarche",
    ),
    (
        "24 11:05",
        "Karen Walsh",
        "k.walsh@example.ca",
        "Parking tonight?",
        "Hello,\n\nMay my visitors park on the street tonight?\n\nThank you,\nKaren Walsh",
    ),
    (
        "24 12:31",
        "Julien Bédard",
        "j.bedard@exemple.ca",
        "Bac brun oublié",
        "Bonjour,\n\nNotre bac brun n’a pas été ramassé hier, alors que toute la rue l’a été.\n\nJulien Bédard",
    ),
    (
        "24 13:46",
        "Mylène Gauthier",
        "mylene.gauthier@exemple.ca",
        "Subvention pour une toilette",
        "Bonjour,\n\nNous remplaçons une vieille toilette par un modèle à faible débit. "
        "Est-ce que la Ville donne une subvention, et comment la demander?\n\nMerci d’avance,\nMylène Gauthier",
    ),
)
BLOCKS_OF_NEWS = (3, 2, 1)  # the rows of NEWS, in the order of the issue


def moment(text: str) -> datetime:
    """A moment of November 2026 in the town, given as "18 09:20"."""
    day, hour = text.split()
    return datetime.fromisoformat(f"2026-11-{day}T{hour}:00").replace(tzinfo=TOWN_ZONE)


def mail_received() -> int:
    """Five messages of the day wait in the inbox; returns the contact of the last one."""
    contact = 0
    for when, name, address, subject, words in MAIL:
        with at(moment(when)):
            message = EmailMessage()
            message["From"] = f"{name} <{address}>"
            message["To"] = "info@carignan.quebec"
            message["Subject"] = subject
            message["Date"] = format_datetime(moment(when))
            message["Message-ID"] = f"<{when.replace(' ', '-').replace(':', '')}@exemple.ca>"
            message.set_content(words)
            incoming = take_in_mail(incoming_id=store_message(message.as_bytes())[0].pk)
            contact = incoming.received.contact_id or 0
    return contact


def readers(clerk: User) -> None:
    """People who asked at the counter for the news and the alerts."""
    origin = Origin("counter", words="Je le demande.", evidence="a dit oui", clerk=clerk)
    with at(moment("10 10:00")):
        for n in range(48):
            wanted = Wanted(news=True, alerts=n % 3 != 0, places=[])
            enrol(channel="email", target=f"lecteur{n}@exemple.ca", language="fr", wanted=wanted, origin=origin)


def message_to_the_public(writer: User, manager: User) -> int:
    """A notice of snow clearing, being written; returns its number."""
    with at(moment("24 08:00")):
        add_screen(values=ScreenValues(name="Hôtel de ville", place="Hall", groups=("hotel-de-ville",)), by=manager)
    text = (
        "On déneige cette nuit. De 2\u00a0h à 7\u00a0h, aucun véhicule ne doit rester dans la rue, partout dans la "
        "ville.\n\nMerci de laisser passer la charrue."
    )
    versions: Mapping[tuple[str, str], Version] = {
        (BASE, "fr"): Version("Stationnement interdit cette nuit", text),
        (SHORT, "fr"): Version("", "Stationnement interdit dans les rues de 2 h à 7 h cette nuit."),
        (AGENTS, "fr"): Version("", "Oui, il est interdit de stationner dans la rue, de 2\u00a0h à 7\u00a0h."),
    }
    draft = MessageDraft(
        kind=Message.Kind.PARKING,
        urgency=Message.Urgency.URGENT,
        channels=("site", "banner", "panels", "push", "letters", "texts", "facebook"),
        versions=versions,
        expires_at=moment("25 07:00"),
    )
    with at(moment("24 14:05")):
        return start_message(key="shots-message", draft=draft, by=writer).pk


def issue_of_newsletter(writer: User) -> int:
    """An issue of three news, ready to leave; returns its number."""
    rows = [NEWS[rank] for rank in BLOCKS_OF_NEWS]
    blocks = [Block(title, text, title_en, text_en) for _days, title, text, title_en, text_en in rows]
    words = Words(
        "La place s’allume samedi",
        "Les premières neiges sont là, et la Ville se prépare à les fêter.",
        title_en="The square lights up on Saturday",
        intro_en="The first snow is here, and the Town is getting ready to celebrate it.",
        blocks=blocks,
    )
    with at(moment("24 13:20")):
        return save_issue(words=words, key="shots-issue", by=writer).pk


def main() -> None:
    """Creates everything."""
    people = {user.username: user for user in User.objects.all()}
    with translation.override("fr"):
        readers(clerk=people["lea.tremblay"])
        contact = mail_received()
        message = message_to_the_public(people["helene.fortin"], manager=people["louis.bergeron"])
        issue = issue_of_newsletter(people["helene.fortin"])
    made = {"mail": f"/desk/inbox/{contact}/", "message": f"/desk/outreach/{message}/"}
    print(json.dumps(made | {"issue": f"/desk/newsletter/{issue}/"}))


if __name__ == "__main__":
    main()
