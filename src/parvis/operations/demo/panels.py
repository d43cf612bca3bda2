"""Two example screens, with two messages of an evening."""

from datetime import timedelta

from parvis.apps.directory.rules.permissions import Action
from parvis.apps.panels.models import Screen
from parvis.apps.panels.services.items import show
from parvis.apps.panels.services.screens import ScreenValues, add_screen
from parvis.lib.clock import now
from parvis.operations.demo.marks import MARK
from parvis.operations.demo.town import Town

SCREENS = (
    ScreenValues(name="Hôtel de ville", place="Hall", groups=("hotel-de-ville",)),
    ScreenValues(
        name="Entrée de la ville", place="Panneau de la rue principale", width=384, height=96, groups=("rue",)
    ),
)
MESSAGES = (
    "Bac brun. Au chemin demain avant 7 h.",
    "Bibliothèque. Heure du conte samedi à 10 h, gratuit, sans inscription.",
)
SHOWN = timedelta(days=7)


def example_screens(town: Town) -> None:
    """Adds the screens and their messages, marked as examples; nothing where nobody manages the panels."""
    manager = next((user for user in town.workers if user.may(Action.MANAGE_PANELS)), None)
    if manager is None or Screen.objects.exists():
        return
    for values in SCREENS:
        add_screen(values=values, by=manager, example=True)
    for rank, text in enumerate(MESSAGES):
        show(key=f"{MARK}panel-{rank}", text_fr=text, expires_at=now() + SHOWN, by=manager)
